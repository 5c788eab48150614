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
