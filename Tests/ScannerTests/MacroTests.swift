import Mail
import Malware
import Scanner
import TestSupport
import Testing

/// Office documents with macros: the old format, a macro project by itself, and the new format with one inside.
@Suite(.longWork) struct MacroTests {
    /// Python that writes a compound file [MS-CFB] and a macro project [MS-OVBA].
    private static let make = """
        def compound(streams):
            # A file of [MS-CFB]: the storages of the names' paths, all streams in the mini stream. `streams`: (path, octets).
            nodes, mini, minifat = [('Root Entry', 5, None, b'')], b'', []
            for path, octets in streams:
                above = 0
                for depth, name in enumerate(path.split('/')):
                    last = depth == path.count('/')
                    found = next((n for n, node in enumerate(nodes) if node[0] == name and node[2] == above), None)
                    if found is None:
                        nodes.append((name, 2 if last else 1, above, octets if last else b'')); found = len(nodes) - 1
                    above = found
            entries = b''
            for number, (name, kind, above, octets) in enumerate(nodes):
                inner = [n for n, node in enumerate(nodes) if node[2] == number]
                beside = [n for n, node in enumerate(nodes) if node[2] == above and n > number] if above is not None else []
                start, size = 0xfffffffe, len(octets)
                if octets:
                    start, count = len(minifat), (len(octets) + 63) // 64
                    minifat += [start + each + 1 for each in range(count - 1)] + [0xfffffffe]
                    mini += octets.ljust(count * 64, b'\\0')
                wide = name.encode('utf-16-le') + b'\\0\\0'
                entries += wide.ljust(64, b'\\0') + struct.pack('<HBBIII16sIQQIQ', len(wide), kind, 1, 0xffffffff, min(beside, default=0xffffffff), min(inner, default=0xffffffff), b'', 0, 0, 0, start, size)
            entries += (b'\\0' * 68 + struct.pack('<III', 0xffffffff, 0xffffffff, 0xffffffff) + b'\\0' * 48) * (-len(nodes) % 4)
            mini = mini.ljust((len(mini) + 511) // 512 * 512, b'\\0')
            table = b''.join(struct.pack('<I', each) for each in minifat)
            table = table.ljust((len(table) + 511) // 512 * 512, b'\\xff')
            # FAT, directory, mini FAT, mini stream, one after the other.
            fat, counts = [0xfffffffd], [len(entries) // 512, len(table) // 512, len(mini) // 512]
            starts = []
            for count in counts:
                starts.append(len(fat)); fat += [len(fat) + each + 1 for each in range(count - 1)] + [0xfffffffe]
            entries = bytearray(entries)
            struct.pack_into('<IQ', entries, 116, starts[2], len(minifat) * 64)
            head = bytes.fromhex('d0cf11e0a1b11ae1') + b'\\0' * 16 + struct.pack('<HHHHH6sIIIIIIIIII', 0x3e, 3, 0xfffe, 9, 6, b'', 0, 1, starts[0], 0, 4096, starts[1], counts[1], 0xfffffffe, 0, 0)
            head += struct.pack('<I', 0xffffffff) * 108
            return head + b''.join(struct.pack('<I', each) for each in fat).ljust(512, b'\\xff') + bytes(entries) + table + mini
        def packed(octets):
            # [MS-OVBA] 2.4.1, literals alone; at most 4096 octets.
            tokens = b''.join(b'\\0' + octets[at:at + 8] for at in range(0, len(octets), 8))
            return b'\\x01' + struct.pack('<H', 0xb000 | (len(tokens) + 2 - 3)) + tokens
        def record(kind, octets): return struct.pack('<HI', kind, len(octets)) + octets
        def project(source):
            name = b'Module1'; wide = name.decode().encode('utf-16-le')
            listing = record(1, struct.pack('<I', 1)) + record(2, struct.pack('<I', 0x409)) + record(0x14, struct.pack('<I', 0x409)) + record(3, struct.pack('<H', 1252)) + record(4, b'VBAProject')
            listing += record(5, b'') + record(0x40, b'') + record(6, b'') + record(0x3d, b'') + record(7, struct.pack('<I', 0)) + record(8, struct.pack('<I', 0))
            listing += struct.pack('<HIIH', 9, 4, 1, 2) + record(0xc, b'') + record(0x3c, b'') + record(0xf, struct.pack('<H', 1)) + record(0x13, struct.pack('<H', 0xffff))
            listing += record(0x19, name) + record(0x47, wide) + record(0x1a, name) + record(0x32, wide) + record(0x1c, b'') + record(0x48, b'') + record(0x31, struct.pack('<I', 0))
            listing += record(0x1e, struct.pack('<I', 0)) + record(0x2c, struct.pack('<H', 0xffff)) + record(0x21, b'') + record(0x2b, b'') + record(0x10, b'')
            return [('VBA/dir', packed(listing)), ('VBA/Module1', packed(source)), ('VBA/_VBA_PROJECT', b'\\xcc\\x61\\xff\\xff\\0\\0\\0')]
        source = b'Attribute VB_Name = "Module1"\\r\\nSub AutoOpen()\\r\\n  MsgBox "hello"\\r\\nEnd Sub\\r\\n'
        save('project.bin', compound(project(source)))
        word = ('WordDocument', b'\\xec\\xa5\\xc1\\0' + b'\\0' * 400)
        save('letter.doc', compound([word] + [('Macros/' + path, octets) for path, octets in project(source)]))
        save('plain.doc', compound([word]))
        types = ('[Content_Types].xml', b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        save('letter.docm', zipped([types, ('word/document.xml', b'<w/>'), ('word/vbaProject.bin', compound(project(source)))]))
        save('letter.docx', zipped([types, ('word/document.xml', b'<w/>')]))
        out = io.BytesIO()
        with zipfile.ZipFile(out, 'w') as archive:
            archive.writestr('word/vbaProject.bin', compound(project(source)))
            archive.writestr('other.bin', b'x' * 100, compress_type=zipfile.ZIP_LZMA)
        save('half.docm', out.getvalue())
        save('packed.zip', zipped([('letter.docm', zipped([types, ('word/vbaProject.bin', compound(project(source)))]))]))
        """

    @Test func macrosAreTold() async throws {
        let samples = try await SampleArchives(Self.make)
        try await RunningScanner.with { running in
            for (names, outcome) in [(["project.bin", "letter.doc", "letter.docm", "packed.zip"], ScanOutcome.suspicious("Heuristics.OLE2.ContainsMacros.VBA")), (["plain.doc", "letter.docx"], .clean)] {
                for name in names {
                    let octets = try samples.octets(name)
                    #expect(await running.scanner.outcome(octets, by: soon) == outcome, "\(name)")
                }
            }
        }
    }

    /// What is beside them that the scanner cannot open does not hide them.
    @Test func macrosAreToldBesideALimit() async throws {
        let octets = try await SampleArchives(Self.make).octets("half.docm")
        try await RunningScanner.with { running in
            let evidence = await MalwareChecker(scanner: running.scanner).check(Message(octets: AttachedFile.mail(octets, "half.docm", .base64)), limits: MessageLimits(), by: soon).evidence
            #expect(evidence.result == .limitsExceeded)
            #expect(evidence.finds.map { "\($0.part ?? "-") \($0.name)" } == ["1.2 zip method 14 not opened", "1.2 Heuristics.OLE2.ContainsMacros.VBA"])
        }
    }
}
