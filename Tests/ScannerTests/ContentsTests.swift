import Malware
import Scanner
import TestSupport
import Testing

/// What the scanner tells of files inside files.
@Suite(.longWork) struct ContentsTests {
    private struct Row {
        let file: String, contents: [ContainedFile]
        init(_ file: String, _ contents: [ContainedFile]) { self.file = file; self.contents = contents }
    }

    private static let make = """
        program = open('/bin/true', 'rb').read()
        save('flat.zip', zipped([('read.me', b'hello'), ('bin/true', program)]))
        inner = zipped([('deep.elf', program)])
        save('nested.zip', zipped([('inner.zip', inner), ('b.txt', b'x')]))
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode='w') as archive:
            entry = tarfile.TarInfo('in/tar.bin'); entry.size = len(program)
            archive.addfile(entry, io.BytesIO(program))
        save('packed.tar.gz', gzip.compress(out.getvalue()))
        save('single.gz', gzip.compress(program))
        save('locked.zip', locked(zipped([('secret.exe', b'x' * 50), ('other.txt', b'y' * 50)])))
        save('names.zip', zipped([('\\u0444\\u0430\\u0439\\u043b.txt', b'x'), ('a' * 200 + '.exe', b'y'), ('two\\nlines', b'z')]))
        save('many.zip', zipped([('%d.txt' % each, b'%d' % each) for each in range(300)]))
        save('mail.eml', b'From: a@example.org\\r\\nMIME-Version: 1.0\\r\\nContent-Type: application/zip; name=flat.zip\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n'
             + base64.encodebytes(zipped([('bin/true', program)])).replace(b'\\n', b'\\r\\n'))
        save('plain.txt', b'hello')
        """

    @Test func filesInFilesAreTold() async throws {
        let samples = try await SampleArchives(Self.make)
        let rows = [
            Row("plain.txt", []),
            Row("flat.zip", [.init(content: .other, name: "read.me", depth: 1), .init(content: .program, name: "bin/true", depth: 1)]),
            Row("nested.zip", [.init(content: .archive, name: "inner.zip", depth: 1), .init(content: .other, name: "b.txt", depth: 1), .init(content: .program, name: "deep.elf", depth: 2)]),
            Row("packed.tar.gz", [.init(content: .archive, name: "", depth: 0), .init(content: .program, name: "in/tar.bin", depth: 1)]),
            Row("single.gz", [.init(content: .program, name: "", depth: 0)]),
            Row("locked.zip", [.init(content: .other, name: "secret.exe", depth: 1, isEncrypted: true), .init(content: .other, name: "other.txt", depth: 1, isEncrypted: true)]),
            Row("names.zip", [.init(content: .other, name: "файл.txt", depth: 1), .init(content: .other, name: String(repeating: "a", count: 83) + ".exe", depth: 1), .init(content: .other, name: "two_lines", depth: 1)]),
            Row("mail.eml", [.init(content: .program, name: "bin/true", depth: 1)]),
        ]
        try await RunningScanner.with { running in
            for row in rows {
                let report = await running.scanner.scan(try samples.octets(row.file), by: soon)
                #expect(report.contents == row.contents, "\(row.file): \(report.contents)")
                #expect(report.leftOut == 0)
            }
            let many = await running.scanner.scan(try samples.octets("many.zip"), by: soon)
            #expect(many.contents.count == 255 && many.leftOut == 45)
            // What one message held is not told of the next.
            #expect(await running.scanner.scan(try samples.octets("plain.txt"), by: soon).contents.isEmpty)
        }
    }
}
