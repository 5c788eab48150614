import Cryptography
import Foundation
import Mail
import Malware
import Scanner
import TestSupport
import Testing

private let testFiles = "/usr/share/clamav-testfiles"

/// Mail by the scanner's own reading and by ours: what one view misses the other one finds.
@Suite(.longWork) struct BothViewsTests {
    @Test(Suites.needed(), .enabled(if: FileManager.default.fileExists(atPath: testFiles), "SKIPPED: no clamav-testfiles; `make test` installs them"))
    func everyTestFileIsFoundHoweverItIsAttached() async throws {
        let signature = String(decoding: try Suites.octets("av/clamav.hdb"), as: UTF8.self)
        try await RunningScanner.with(signatures: ["clam.hdb": signature]) { running in
            let checker = MalwareChecker(scanner: running.scanner)
            var found = 0
            for name in try FileManager.default.contentsOfDirectory(atPath: testFiles).sorted() {
                let octets = Array(try Data(contentsOf: URL(fileURLWithPath: "\(testFiles)/\(name)")))
                for way in AttachedFile.Way.allCases {
                    let message = Message(octets: AttachedFile.mail(octets, name, way)), evidence = await checker.check(message, limits: MessageLimits(), by: soon).evidence
                    #expect(evidence.result == .infected, "\(name) by \(way): \(evidence)")
                    #expect(evidence.finds.contains { $0.result == .infected && $0.part != nil }, "\(name) by \(way): no part is named")
                    found += 1
                }
            }
            #expect(found == 44 * 6)
        }
    }

    /// Both views come to the same octets in most mails; what is found inside is told of the part.
    @Test func partsThatTheScannerDecodedAreTold() async throws {
        let samples = try await SampleArchives("""
            program = open('/bin/true', 'rb').read()
            save('one.zip', zipped([('same.txt', b'x' * 50), ('run.dat', program)]))
            save('two.zip', zipped([('same.txt', b'y' * 50)]))
            save('plain.bin', bytes(range(256)) * 10)
            """)
        func attached(_ name: String) throws -> String {
            "--b\r\nContent-Type: application/octet-stream; name=\(name)\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + Data(try samples.octets(name)).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]) + "\r\n"
        }
        let names = ["one.zip", "plain.bin", "two.zip"], head = "From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: "
        let inner = head + "multipart/mixed; boundary=b\r\n\r\n" + (try names.map(attached).joined()) + "--b--\r\n"
        let outer = head + "multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n\(inner)\r\n--o--\r\n"
        try await RunningScanner.with { running in
            for mail in [inner, outer] {
                let report = await running.scanner.scan(Array(mail.utf8), by: soon)
                #expect(report.outcome == .clean)
                let contents = try names.map { name in
                    let digest = SHA256.digest(try samples.octets(name))
                    return try #require(report.parts.first { $0.sha256 == digest }, "\(name) of \(report.parts.count)").contents.map { "\($0.name) \($0.content)" }
                }
                #expect(contents == [["same.txt other", "run.dat program"], [], ["same.txt other"]])
                #expect(report.contents.count == 3)
            }
            // No more than a reply takes; the others are scanned by themselves.
            let parts = (0..<600).map { "--b\r\nContent-Type: application/octet-stream\r\n\r\nnumber \($0)\r\n" }.joined()
            let report = await running.scanner.scan(Array((head + "multipart/mixed; boundary=b\r\n\r\n\(parts)--b--\r\n").utf8), by: soon)
            #expect(report.outcome == .clean && report.parts.count == 512, "\(report.outcome) \(report.parts.count)")
            #expect(await running.scanner.scan(try samples.octets("one.zip"), by: soon).parts.isEmpty)
        }
    }

    /// The mails whose attachment libclamav 1.4.6 does not see.
    @Test(Suites.needed(), arguments: ["clam.mail-boundary-content-disposition.eml", "clam.mail-multiple-content-type.eml", "clam.mail-semicolon-boundary.eml"])
    func whatTheScannerMissesOurParserOpens(_ name: String) async throws {
        let signature = String(decoding: try Suites.octets("av/clamav.hdb"), as: UTF8.self)
        let path = try #require(try Suites.files("av/clamav_hdb_scanfiles").first { $0.hasSuffix("/" + name) }), octets = try Suites.octets(path)
        try await RunningScanner.with(signatures: ["clam.hdb": signature]) { running in
            #expect(await running.scanner.outcome(octets, by: soon) == .clean)
            let evidence = await MalwareChecker(scanner: running.scanner).check(Message(octets: octets), limits: MessageLimits(), by: soon).evidence
            #expect(evidence.result == .infected, "\(evidence)")
        }
    }
}
