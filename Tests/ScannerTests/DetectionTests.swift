import Foundation
import Malware
import Scanner
import TestSupport
import Testing

private let testFiles = "/usr/share/clamav-testfiles"

@Suite(.longWork) struct DetectionTests {
    @Test func theTestFileIsFoundWhereverItIs() async throws {
        let samples = try await SampleArchives("""
            save('zip', zipped([('a.com', eicar)]))
            save('zip in zip', zipped([('note.txt', b'hello'), ('inner.zip', zipped([('a.com', eicar)]))]))
            save('gzip', gzip.compress(eicar))
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode='w:gz') as archive:
                entry = tarfile.TarInfo('a.com'); entry.size = len(eicar); archive.addfile(entry, io.BytesIO(eicar))
            save('tar.gz', out.getvalue())
            head = b'From: a@example.org\\r\\nMIME-Version: 1.0\\r\\nContent-Type: multipart/mixed; boundary=x\\r\\n\\r\\n--x\\r\\nContent-Type: text/plain\\r\\n\\r\\nhello\\r\\n--x\\r\\n'
            part = b'Content-Type: application/octet-stream; name=a.zip\\r\\nContent-Disposition: attachment; filename=a.zip\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n'
            save('mail', head + part + base64.encodebytes(zipped([('a.com', eicar)])) + b'\\r\\n--x--\\r\\n')
            large = io.BytesIO()
            with tarfile.open(fileobj=large, mode='w') as archive:
                for each in range(7):
                    entry = tarfile.TarInfo('padding%d' % each); entry.size = 10 << 20; archive.addfile(entry, io.BytesIO(bytes(10 << 20)))
                entry = tarfile.TarInfo('a.com'); entry.size = len(eicar); archive.addfile(entry, io.BytesIO(eicar))
            save('behind seventy MiB', zipped([('large.tar', large.getvalue())]))
            save('beside a locked one', zipped([('locked.zip', locked(zipped([('b', b'x' * 100)]))), ('a.com', eicar)]))
            """)
        try await RunningScanner.with { running in
            #expect(await running.scanner.outcome(eicar, by: soon) == .infected("Eicar-Test-Signature.UNOFFICIAL"))
            for name in ["zip", "zip in zip", "gzip", "tar.gz", "mail", "behind seventy MiB", "beside a locked one"] {
                let octets = try samples.octets(name)
                #expect(await running.scanner.outcome(octets, by: soon) == .infected("Eicar-Test-Signature.UNOFFICIAL"), "\(name)")
            }
            #expect(await running.scanner.outcome(harmless, by: soon) == .clean)
            #expect(await running.scanner.outcome([], by: soon) == .clean)
        }
    }

    @Test func whatCannotBeReadIsNotCalledClean() async throws {
        let samples = try await SampleArchives("save('locked', locked(zipped([('a', b'secret' * 20)])))")
        try await RunningScanner.with { running in
            let octets = try samples.octets("locked")
            #expect(await running.scanner.outcome(octets, by: soon) == .encrypted("Zip"))
        }
    }

    @Test func bombsEndAtALimit() async throws {
        let samples = try await SampleArchives("""
            # Ten gigabytes of zeros: the same 16 MiB, compressed once, 640 times over. Nobody gets to the checksum.
            press = zlib.compressobj(9, zlib.DEFLATED, -15)
            block = press.compress(bytes(16 << 20)) + press.flush(zlib.Z_FULL_FLUSH)
            save('zeros.gz', b'\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\0\\xff' + block * 640 + b'\\x03\\0' + struct.pack('<II', 0, (640 * (16 << 20)) & 0xffffffff))
            # Ten files of 20 MB, each another: what was seen already is not unpacked again.
            level = zipped([('%d.zip' % each, zipped([('%d' % each, bytes([each]) + bytes(20 << 20))])) for each in range(10)])
            for depth in range(3): level = zipped([('%d' % depth, level)])
            save('forty-two.zip', level)
            level = eicar
            for depth in range(40): level = zipped([('inner.zip', level)])
            save('deep.zip', level)
            save('many.zip', zipped([('%d' % each, b'x%d' % each) for each in range(3000)], zipfile.ZIP_STORED))
            """)
        try await RunningScanner.with(change: { settings, _ in settings.limits.files = 1000; settings.limits.unpacked = 100 << 20 }) { running in
            for name in ["zeros.gz", "forty-two.zip", "deep.zip", "many.zip"] {
                let outcome = try await running.scanner.outcome(samples.octets(name), by: soon)
                #expect(outcome.exceeds, "\(name): \(outcome)")
            }
            #expect(running.scanner.status.broken == 0)
        }
    }

    /// libclamav passes over what it cannot unpack; what lies behind it is not called clean.
    @Test func aFullTemporaryFolderAndScarceMemoryAreLimits() async throws {
        let samples = try await SampleArchives("""
            import random
            large = random.Random(1).randbytes(3 << 20)
            save('zip', zipped([('large', large), ('a.com', eicar)]))
            head = b'From: a@example.org\\r\\nMIME-Version: 1.0\\r\\nContent-Type: multipart/mixed; boundary=x\\r\\n\\r\\n--x\\r\\n'
            part = b'Content-Type: application/zip; name=a.zip\\r\\nContent-Disposition: attachment; filename=a.zip\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n'
            save('mail', head + part + base64.encodebytes(open('zip', 'rb').read()) + b'\\r\\n--x--\\r\\n')
            """)
        let zip = try samples.octets("zip"), mail = try samples.octets("mail")
        try await RunningScanner.with { running in
            for each in [zip, mail] { #expect(await running.scanner.outcome(each, by: soon).isInfected) }
        }
        try await RunningScanner.with(change: { settings, _ in settings.limits.temporary = 1 << 18 }) { running in
            for each in [zip, mail] { #expect(await running.scanner.outcome(each, by: soon) == .limitsExceeded("MaxTemporaryFiles")) }
        }
        try await RunningScanner.with(change: { settings, _ in settings.limits.memory = 6 << 20 }) { running in
            for each in [zip, mail] { #expect(await running.scanner.outcome(each, by: soon) == .limitsExceeded("MaxMemory")) }
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
        }
    }

    @Test func aMessageThatIsTooLarge() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.limits.message = 1000 }) { running in
            #expect(await running.scanner.outcome([UInt8](repeating: 65, count: 1001), by: soon) == .limitsExceeded("MaxMessageSize"))
            #expect(await running.scanner.outcome([UInt8](repeating: 65, count: 1000), by: soon) == .clean)
        }
    }

    /// Debian's test files, and those of the suites: each holds the same small program, in another wrapping.
    @Test(Suites.needed(), .enabled(if: FileManager.default.fileExists(atPath: testFiles), "SKIPPED: no clamav-testfiles; `make test` installs them"))
    func everyWrappingIsOpened() async throws {
        // libclamav 1.4.6 of Debian has no RAR, and does not see the attachment in these three mails.
        let missed = ["clam-v2.rar", "clam.mail-boundary-content-disposition.eml", "clam.mail-multiple-content-type.eml", "clam.mail-semicolon-boundary.eml"]
        let signature = String(decoding: try Suites.octets("av/clamav.hdb"), as: UTF8.self)
        try await RunningScanner.with(signatures: ["clam.hdb": signature]) { running in
            var found = 0
            for name in try FileManager.default.contentsOfDirectory(atPath: testFiles).sorted() {
                let outcome = await running.scanner.outcome(Array(try Data(contentsOf: URL(fileURLWithPath: "\(testFiles)/\(name)"))), by: soon)
                #expect(outcome == .infected("ClamAV-Test-File.UNOFFICIAL"), "\(name)")
                found += 1
            }
            #expect(found == 44)
            for path in try Suites.files("av/clamav_hdb_scanfiles") {
                let outcome = await running.scanner.outcome(try Suites.octets(path), by: soon)
                let isMissed = missed.contains { path.hasSuffix("/" + $0) }
                #expect(outcome == (path.hasSuffix(".rar") ? .limitsExceeded("rar not opened") : isMissed ? .clean : .infected("ClamAV-Test-File.UNOFFICIAL")), "\(path)")
            }
            #expect(running.scanner.status.signatures?.count == 2 && running.scanner.status.signatures?.isBuiltInOnly == false)
            #expect(running.scanner.status.broken == 0)
        }
    }
}
