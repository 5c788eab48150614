import Mail
import Malware
import Scanner
import TestSupport
import Testing

/// Archives that libclamav does not open, or not to the end, at whatever depth.
@Suite(.longWork) struct ClosedArchiveTests {
    private struct Row {
        let file: String, outcome: ScanOutcome
        init(_ file: String, _ outcome: ScanOutcome) { (self.file, self.outcome) = (file, outcome) }
        init(closed file: String, _ name: String) { self.init(file, .limitsExceeded(name)) }
    }

    private static let tools = """
        import binascii, bz2, lzma, random, subprocess
        other = b'harmless, and of some length ' * 8
        def tarred(files, mode='w'):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode=mode) as archive:
                for name, octets in files:
                    entry = tarfile.TarInfo(name); entry.size = len(octets); archive.addfile(entry, io.BytesIO(octets))
            return out.getvalue()
        def in_zip(octets): return zipped([('note', other), ('x', octets)])
        def in_tgz(octets): return tarred([('note', other), ('x', octets)], 'w:gz')
        # Stored, of one file each.
        def rar5(octets):
            def block(kind, flags, body, data=b''):
                head = bytes([kind, flags | (2 if data else 0)]) + bytes([len(data)] if data else []) + body
                head = bytes([len(head)]) + head
                return struct.pack('<I', binascii.crc32(head)) + head + data
            return b'Rar!\\x1a\\7\\1\\0' + block(1, 0, b'\\0') + block(2, 0, bytes([0, len(octets), 0x20, 0, 1, 5]) + b'a.com', octets) + block(5, 0, b'\\0')
        def rar4(octets):
            def block(kind, flags, body, data=b''):
                head = struct.pack('<BHH', kind, flags, 7 + len(body)) + body
                return struct.pack('<H', binascii.crc32(head) & 0xffff) + head + data
            file = struct.pack('<IIBIIBBHI', len(octets), len(octets), 2, binascii.crc32(octets), 0x4a8a8a8a, 29, 0x30, 5, 0x20) + b'a.com'
            return b'Rar!\\x1a\\7\\0' + block(0x73, 0, bytes(6)) + block(0x74, 0x8000, file, octets) + block(0x7b, 0, b'')
        def ace(octets):
            def block(head): return struct.pack('<HH', ~binascii.crc32(head) & 0xffff, len(head)) + head
            file = struct.pack('<IIIIIBBHHH', len(octets), len(octets), 0, 0x20, binascii.crc32(octets), 0, 3, 10, 0, 5) + b'a.com'
            return block(b'\\0\\0\\0**ACE**' + bytes([20, 20, 2, 0]) + bytes(13)) + block(b'\\1\\1\\0' + file) + octets
        def zstd(octets): return subprocess.run(['zstd', '-q', '-c'], input=octets, stdout=subprocess.PIPE, check=True).stdout
        def large(octets):
            # The head before the file says that its sizes are elsewhere (zip64), as where it was written to a pipe.
            one = bytearray(zipped([('a.com', octets)])); sizes = one[18:26]; list = one.index(b'PK\\1\\2')
            one[18:26] = b'\\xff' * 8; one[28] = 20
            one[-6:-2] = struct.pack('<I', list + 20)
            return bytes(one[:35] + struct.pack('<HHQQ', 1, 16, *reversed(struct.unpack('<II', sizes))) + one[35:])
        def broken(archive, name):
            # The first block of the first file is of a kind that there is none of.
            octets = bytearray(archive); octets[30 + len(name)] = 7
            return bytes(octets)
        # Packed by programs that tests do not have: of deflate64, with a password, by compress(1), and whole ones.
        deflate64 = base64.b64decode('N3q8ryccAATfSD7aSAAAAAAAAABSAAAAAAAAAO/NbREFwVEKgCAMANCzCAZZ7E/xt6GGg7ChK6Sim3T33utuVzwsyLd9+OrOjvwaH4Lxn04UsEITLBFrBCxCJ9WjgaQmsNKWlM5znn4BBAYAAQlIAAcLAQABAwQBCQxEAAgKATzPUWgAAAUBGQwAAAAAAAAAAAAAAAARDQBhAC4AYwBvAG0AAAAUCgEA4IUmJsF93QEVBgEAIICkgQAA')
        locked_arj = base64.b64decode('YOouACILAQIRAAIAoF4Ia6BeCGsAAAAAAAAAAAAAAAABAAAAAABsb2NrZWQuYXJqAACxlOBEAABg6jUALgsBAhEBAKCgXghrIAAAAMYAAACzg0h5AACkEQAAAAAAAKBeCGugXghrAAAAAGEudHh0AADxKnceAAAQFlF9Xeqw6RHTJgNoCSMNcFx3jxUgP74xirDE9CX0x2DqAAA=')
        compressed = base64.b64decode('H52QWGo8CQGlBJAgULbQ4AJFS0AaKKB4SXFjyBCKfUgUSTIkiJQWU6gEcULEI5EWI6kksZJESpUpLagUCdnCSBImRUKQQLICiYqAAwseTLiw4cOIEytevJFxY8ePIUeWlHIy5cqWL2POpFLzZs6dPX8KJGgQoUKGDmtAlEjRIkaNHD2CFEnSJEonKlm6hCmTpk2cOnn6BA==')
        whole_7z = base64.b64decode('N3q8ryccAAQ1zvaBPgAAAAAAAABSAAAAAAAAADaq0kngAM8ANl0ANBlJ7o3pFsmc3xbbg3NIpPnQs8LYJrhY1vaoSFtse+1oaai2RDq/MfU/UpPbuWO8aDtygAAAAAEEBgABCT4ABwsBAAEhIQEADIDQAAgKAQE615sAAAUBGQsAAAAAAAAAAAAAABENAGEALgBjAG8AbQAAABQKAQDE+H0nwX3dARUGAQAggKSBAAA=')
        whole_lzh = base64.b64decode('JwAtbGg1LTIAAADQAAAAy1oIayACSJUABQAA0TkIAAFhLmNvbQAAADFDbmlmq7gD7DhAUOoyAEiGO7kIuAUAlLNItT059XKHhAqddjVCJsidCpchjG7XH+YA')
        whole_arj = base64.b64decode('YOopACILAQIQAALBy1oIa8taCGsAAAAAAAAAAAAAAAAAAAAAAAB4LmFyagAAcZwltwAAYOo1AC4LAQIQAQDLy1oIazQAAADQAAAAATrXmwAApBEAAAAAAADLWghry1oIawAAAABhLmNvbQAAnLJ6KgAAADFLjmos1ztAO6GiA4MuZACQCnf6hE4CICRd6Go2e+L7ByME1w5zBNaRXgyoIcz7q6/5gGDqAAA=')
        first = zlib.compressobj(9, zlib.DEFLATED, -15)
        breaks = b'\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\0\\xff' + first.compress(other) + first.flush(zlib.Z_FULL_FLUSH) + b'\\7' + zlib.compress(eicar)

        """

    private static let make = tools + """
        for name, octets in [('rar5', rar5(eicar)), ('rar4', rar4(eicar)), ('ace', ace(eicar)), ('zstd', zstd(eicar)), ('lzma', lzma.compress(eicar, format=lzma.FORMAT_ALONE)), ('compress', compressed),
                             ('zip-lzma', zipped([('a.com', eicar)], zipfile.ZIP_LZMA)), ('two.bz2', bz2.compress(other) + bz2.compress(eicar)), ('deflate64.7z', deflate64), ('zip64', large(eicar)),
                             ('broken.zip', broken(zipped([('a.com', eicar)]), 'a.com')), ('breaks.gz', breaks), ('locked.arj', locked_arj)]:
            save(name, octets); save(name + ' in zip', in_zip(octets)); save(name + ' in tgz', in_tgz(octets)); save(name + ' in zip in zip', in_zip(in_zip(octets)))
        program = open('/bin/true', 'rb').read()
        save('rar behind a program', program + rar5(eicar))
        save('rar behind gzip', gzip.compress(other) + rar4(eicar))
        save('zip behind gzip', gzip.compress(other) + zipped([('a.com', eicar)]))
        save('zip behind tar', tarred([('note', other)]) + zipped([('a.com', eicar)]))
        save('zip-lzma behind text', other + zipped([('a.com', eicar)], zipfile.ZIP_LZMA))
        save('locked zip behind text', other + locked(zipped([('a.com', eicar)])))
        save('zip without its list', zipped([('a.com', eicar)]).split(b'PK\\1\\2')[0])
        save('zip behind zip', zipped([('a.com', eicar)]) + zipped([('note', other)]))
        save('zip before zip', zipped([('note', other)]) + zipped([('a.com', eicar)]))
        def forgetful(archive):
            # Its list leaves the first file out.
            list = archive.index(b'PK\\1\\2'); second = archive.index(b'PK\\1\\2', list + 4); end = archive.index(b'PK\\5\\6')
            return archive[:list] + archive[second:end] + b'PK\\5\\6' + struct.pack('<HHHHIIH', 0, 0, 1, 1, end - second, list, 0)
        save('zip whose list leaves a file out', forgetful(zipped([('a.com', eicar), ('note', other)])))
        save('deb', b'!<arch>\\ndebian-binary   0           0     0     644     4         `\\n2.0\\n')
        save('beside an open one', zipped([('a.com', eicar), ('x', rar5(eicar))]))
        save('beside a locked one', zipped([('locked.zip', locked(zipped([('b', b'x' * 100)]))), ('x', rar5(eicar))]))

        """

    @Test func whatIsNotOpenedIsTold() async throws {
        let samples = try await SampleArchives(Self.make)
        let kinds: [(String, ScanOutcome)] = [
            ("rar5", .limitsExceeded("rar not opened")), ("rar4", .limitsExceeded("rar not opened")), ("ace", .limitsExceeded("ace not opened")), ("zstd", .limitsExceeded("zstd not opened")),
            ("lzma", .limitsExceeded("lzma not opened")), ("compress", .limitsExceeded("compress not opened")), ("zip-lzma", .limitsExceeded("zip method 14 not opened")),
            ("two.bz2", .limitsExceeded("bzip2 stream not opened")), ("deflate64.7z", .limitsExceeded("a file in 7z not opened")), ("zip64", .limitsExceeded("a file in zip not opened")),
            ("broken.zip", .limitsExceeded("a file in zip not opened")), ("breaks.gz", .limitsExceeded("gzip stream not opened")), ("locked.arj", .encrypted("arj")),
        ]
        let rows = kinds.flatMap { kind in ["", " in zip", " in tgz", " in zip in zip"].map { Row(kind.0 + $0, kind.1) } } + [
            Row(closed: "rar behind a program", "rar not opened"), Row(closed: "rar behind gzip", "rar not opened"), Row(closed: "zip behind gzip", "zip not opened"),
            Row(closed: "zip behind tar", "zip not opened"), Row(closed: "zip-lzma behind text", "a file in zip not opened"), Row("locked zip behind text", .encrypted("zip")),
            Row(closed: "zip without its list", "a file in zip not opened"), Row(closed: "zip behind zip", "a file in zip not opened"), Row(closed: "zip before zip", "a file in zip not opened"),
            Row(closed: "zip whose list leaves a file out", "a file in zip not opened"), Row(closed: "deb", "deb not opened"),
            // What was found goes before what was not opened, and this before what is locked.
            Row("beside an open one", .infected("Eicar-Test-Signature.UNOFFICIAL")), Row(closed: "beside a locked one", "rar not opened"),
        ]
        try await RunningScanner.with { running in
            for row in rows {
                let outcome = await running.scanner.outcome(try samples.octets(row.file), by: soon)
                #expect(outcome == row.outcome, "\(row.file): \(outcome)")
            }
            // What one message held is not told of the next.
            #expect(await running.scanner.outcome(harmless, by: soon) == .clean)
        }
    }

    /// Written by hand, so that the lists tell what no packer would: each has files a and b, and between them one with the EICAR file, which only some programs open.
    private static let disagreeing = tools + """
        text = bytes(range(97, 117)) * 50
        def packed(octets):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            return packer.compress(octets) + packer.flush()
        def head(name, octets, flags=0, sizes=True):
            data = packed(octets); behind = struct.pack('<III', binascii.crc32(octets), len(data), len(octets))
            return b'PK\\3\\4' + struct.pack('<HHHHH', 20, flags, 8, 0, 33) + (behind if sizes else bytes(12)) + struct.pack('<HH', len(name), 0) + name + data + (b'' if sizes else b'PK\\7\\x08' + behind)
        def entry(name, octets, place, flags=0, more=0, size=None):
            return b'PK\\1\\2' + struct.pack('<HHHHHHIIIHHHHHII', 20, 20, flags, 8, 0, 33, binascii.crc32(octets), len(packed(octets)) + more, len(octets) if size is None else size, len(name), 0, 0, 0, 0, 0, place) + name
        def end(count, size, place, comment=0): return b'PK\\5\\6' + struct.pack('<HHHHIIH', 0, 0, count, count, size, place, comment)
        a, hidden, b = head(b'a', text), head(b'e.com', eicar), head(b'b', text * 2)
        body = a + hidden + b; size = len(body)
        list = entry(b'a', text, 0) + entry(b'b', text * 2, len(a + hidden)); two = end(2, len(list), size)
        whole = entry(b'a', text, 0) + entry(b'e.com', eicar, len(a)) + entry(b'b', text * 2, len(a + hidden))
        def listed(*more): return body + list + b''.join(more) + end(2 + len(more), len(list) + sum(len(each) for each in more), size)
        large = b'PK\\6\\6' + struct.pack('<QHHIIQQQQ', 44, 45, 45, 0, 0, 2, 2, len(list), size)
        locator = b'PK\\6\\7' + struct.pack('<IQI', 0, size + len(list), 1)
        second = list + end(2, len(list), size + len(whole) + 22)
        piped = head(b'a', text, 8, False) + hidden
        def member(octets, flags=0, more=b''): return b'\\x1f\\x8b\\x08' + bytes([flags]) + bytes(6) + more + packed(octets) + struct.pack('<II', zlib.crc32(octets), len(octets))
        refused = member(eicar, 2, b'zz')
        # Stored. What libclamav cuts out of it has the level of the files in it, and is not told of.
        def cab(files):
            data = b''.join(octets for name, octets in files); blocks = [data[at:at + 32768] for at in range(0, len(data), 32768)]
            place = 44 + sum(17 + len(name) for name, octets in files); entries = b''; at = 0
            for name, octets in files: entries += struct.pack('<IIHHHH', len(octets), at, 0, 0x5aa0, 0, 0x20) + name + b'\\0'; at += len(octets)
            rest = struct.pack('<IHH', place, len(blocks), 0) + entries + b''.join(struct.pack('<IHH', 0, len(each), len(each)) + each for each in blocks)
            return b'MSCF' + bytes(4) + struct.pack('<IIIIBBHHHHH', 36 + len(rest), 0, 44, 0, 3, 1, 1, len(files), 0, 7, 0) + rest
        noise = random.Random(1).randbytes(9 << 20)
        def attached(octets): return b'MIME-Version: 1.0\\r\\nContent-Type: application/gzip; name=a.gz\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n' + base64.encodebytes(octets)
        for name, octets in [
            ('left out', listed()), ('left out of a large list', body + list + large + locator + two), ('a locator alone', body + list + locator + two), ('an entry of nothing', listed(entry(b'x', b'', 0x7fffffff))),
            ('an entry of the end', listed(entry(b'x/', b'', size - 3))), ('two lists', body + whole + end(3, len(whole), size, len(second)) + second),
            ('covered', (lambda list: body + list + end(2, len(list), size))(entry(b'a', text, 0, more=len(hidden)) + entry(b'b', text * 2, len(a + hidden)))),
            ('covered behind a stream', (lambda list: piped + list + end(1, len(list), len(piped)))(entry(b'a', text, 0, 8, len(piped) - len(a)))),
            ('a wrong size of the list', body + list + end(2, len(list) - 1, size)), ('an octet behind', body + list + two + b'\\0'), ('lines behind', body + list + two + b'\\n' * 70000), ('a file behind', a + b + (lambda list: list + end(2, len(list), len(a + b)))(entry(b'a', text, 0) + entry(b'b', text * 2, len(a))) + hidden),
            ('refused.gz', refused + struct.pack('<I', 5)), ('same size.gz', gzip.compress(text[:len(eicar)]) + refused), ('zeros between.gz', gzip.compress(text) + bytes(16) + gzip.compress(eicar)),
            ('cab', cab([(b'a.bin', bytes(100) + zipped([('a', text)])), (b'z.gz', b'\\x1f\\x8b\\x08\\x80' + bytes(6) + noise[:3 << 20])])), ('mail of 1 MiB', attached(gzip.compress(noise[:1 << 20], 1) + refused)), ('mail of 9 MiB', attached(gzip.compress(noise, 1) + refused)),
        ]: save(name, octets)

        """

    @Test func whatListsDisagreeOnIsTold() async throws {
        let samples = try await SampleArchives(Self.disagreeing)
        let zips = ["left out", "left out of a large list", "a locator alone", "an entry of nothing", "an entry of the end", "two lists", "covered", "covered behind a stream", "a wrong size of the list",
                    "an octet behind", "lines behind", "a file behind"].map { Row(closed: $0, "a file in zip not opened") }
        let rows = zips + [Row(closed: "refused.gz", "gzip not opened"), Row(closed: "same size.gz", "gzip stream not opened"), Row(closed: "zeros between.gz", "gzip stream not opened"), Row(closed: "cab", "gzip not opened"),
                           Row(closed: "mail of 1 MiB", "gzip stream not opened"), Row(closed: "mail of 9 MiB", "gzip stream not opened")]
        try await RunningScanner.with { running in
            for row in rows {
                let outcome = await running.scanner.outcome(try samples.octets(row.file), by: soon)
                #expect(outcome == row.outcome, "\(row.file): \(outcome)")
            }
        }
    }

    private static let whole = tools + """
        empty = b'PK\\5\\6' + bytes(18)
        pipe = zlib.compressobj(9, zlib.DEFLATED, -15)
        class Pipe(io.RawIOBase):
            octets = b''
            def writable(self): return True
            def write(self, more): self.octets += bytes(more); return len(more)
        def to_pipe(files, way=zipfile.ZIP_DEFLATED):
            out = Pipe()
            with zipfile.ZipFile(out, 'w', way) as archive:
                for name, octets in files: archive.writestr(name, octets)
            return out.octets
        noise_in_zip = zipped([('noise', random.Random(2).randbytes(70000)), ('note', other)])
        commented = zipped([('a', other), ('b', other * 2)])[:-2] + b'\\x09\\0PK, of us'
        epub = io.BytesIO()
        with zipfile.ZipFile(epub, 'w') as archive:
            archive.writestr('mimetype', 'application/epub+zip'); archive.writestr('META-INF/container.xml', '<x/>' * 30, zipfile.ZIP_DEFLATED); archive.comment = b'a comment'
        for name, octets in [
            ('empty.zip', empty), ('empty.tar', bytes(10240)), ('empty.7z', bytes.fromhex('377abcaf271c0004') + struct.pack('<I', 0x8d9bd50f) + bytes(20)), ('empty.gz', gzip.compress(b'')),
            ('empty.bz2', bz2.compress(b'')), ('empty.xz', lzma.compress(b'')), ('empty.lzma', lzma.compress(b'', format=lzma.FORMAT_ALONE)), ('empty.zst', zstd(b'')),
            ('tiny.gz', b'\\x1f\\x8b\\x08\\x08' + bytes(6) + b'n' * 200 + b'\\0' + gzip.compress(b'x')[10:]), ('tiny.bz2', bz2.compress(b'tiny')), ('tiny.xz', lzma.compress(b'tiny')), ('tiny.zip', zipped([('a', b'tiny'), ('d/', b''), ('e', b'')])),
            ('7z', whole_7z), ('lzh', whole_lzh), ('arj', whole_arj), ('xz', lzma.compress(other)), ('two.xz', lzma.compress(other) + lzma.compress(other)),
            ('bz2', bz2.compress(other)), ('bz2 and an empty one', bz2.compress(other) + bz2.compress(b'')), ('two.gz', gzip.compress(other) + gzip.compress(other * 9)), ('padded.gz', gzip.compress(other) + bytes(512)),
            ('same names', zipped([('a/x', other), ('b/x', other), ('c/x', other + b'c')])), ('names', zipped([('\\u0444\\u0430\\u0439\\u043b', other), ('a' * 300, other), ('two\\nlines', other), ('../../up', other), ('c:\\\\x\\\\y', other)])),
            ('zip in zip', in_zip(in_zip(other))), ('tar in tar', tarred([('i.tar', tarred([('a', other), ('b', other)])), ('b', other), ('c', other)])), ('zip of bzip2', zipped([('a', other)], zipfile.ZIP_BZIP2)),
            ('zip to a pipe', to_pipe([('a', other), ('b', other * 2)])), ('epub', epub.getvalue()), ('docx', zipped([('[Content_Types].xml', b'<?xml version="1.0"?><Types></Types>'), ('word/document.xml', b'<?xml version="1.0"?><w:document>hello</w:document>')])),
            ('names differ', zipped([('note', other)]).replace(b'note', b'nota', 1)), ('jar', zipped([('META-INF/MANIFEST.MF', b'Manifest-Version: 1.0\\n'), ('a/B.class', bytes.fromhex('cafebabe00000034') + bytes(60))])), ('zip behind text', other + zipped([('a', other)])),
            # What looks like the head of a file in a ZIP, in a program.
            ('program', open('/bin/true', 'rb').read() + b'PK\\3\\4' + bytes(range(200, 250)) + b'Rar!\\x1a\\7\\0' + bytes(range(100)) + b'1AY&SY'),
            ('marks', zipped([('marks', (b'PK\\1\\2' + b'\\x0b' * 40 + b'PK\\3\\4' + b'\\x0b' * 40) * 20)], zipfile.ZIP_STORED)), ('stored zip to a pipe', to_pipe([('a.zip', noise_in_zip), ('b', other)], zipfile.ZIP_STORED)),
            ('zip of noise to a pipe', to_pipe([('a.zip', noise_in_zip), ('b', other)])), ('commented', commented), ('gzip of a gzip', gzip.compress(gzip.compress(other), 0)), ('cut.gz', gzip.compress(random.Random(3).randbytes(70000))[:-300]),
            ('program with zip', open('/bin/true', 'rb').read() + zipped([('a', other), ('b', other * 2)])),
            ('many.zip', zipped([('%d' % each, b'number %d' % each) for each in range(5000)])),
        ]:
            save(name, octets); save(name + ' in zip', in_zip(octets)); print(name)

        """

    @Test func whatIsOpenedIsClean() async throws {
        let samples = try await SampleArchives(Self.whole)
        let files = try samples.folder.read("log").split(separator: "\n").map(String.init)
        #expect(files.count == 41)
        try await RunningScanner.with { running in
            for file in files.flatMap({ [$0, $0 + " in zip"] }) {
                let outcome = await running.scanner.outcome(try samples.octets(file), by: soon)
                #expect(outcome == .clean, "\(file): \(outcome)")
            }
        }
    }

    /// Told once, of the part, though the message as it came shows it, too.
    @Test func thePartIsNamed() async throws {
        let samples = try await SampleArchives(Self.make)
        try await RunningScanner.with { running in
            for way in AttachedFile.Way.allCases {
                let message = Message(octets: AttachedFile.mail(try samples.octets("rar5 in zip"), "a.zip", way))
                let evidence = await MalwareChecker(scanner: running.scanner).check(message, limits: MessageLimits(), by: soon).evidence
                #expect(evidence.result == .limitsExceeded && evidence.finds.map(\.name) == ["rar not opened"], "\(way): \(evidence)")
                #expect(evidence.finds.first?.part != nil, "\(way): no part is named")
            }
        }
    }
}
