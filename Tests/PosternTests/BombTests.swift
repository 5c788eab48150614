import Foundation
import TestSupport
import Testing

/// Mails that are made to keep whoever unpacks them busy, at the real service with its real scanner.
@Suite(.longWork) struct BombTests {
    private static let make = """
        chunk = bytes(1 << 26)

        def zeros(count):
            # Deflates so many times 64 MiB; each piece begins anew, so that one is like the other.
            one = zlib.compressobj(9, zlib.DEFLATED, -15)
            piece = one.compress(chunk) + one.flush(zlib.Z_FULL_FLUSH)
            end = zlib.compressobj(9, zlib.DEFLATED, -15)
            crc = 0
            for _ in range(count): crc = zlib.crc32(chunk, crc)
            return piece * count + end.flush(), crc, count * len(chunk)

        def archive(names, packed, crc, count):
            out, entries = b'', b''
            for name in names:
                head = struct.pack('<HHHHHIIIHH', 20, 0, 8, 0, 0x5000, crc, len(packed), count, len(name), 0)
                entries += b'PK\\x01\\x02' + struct.pack('<H', 20) + head + struct.pack('<HHHII', 0, 0, 0, 0, len(out)) + name
                out += b'PK\\x03\\x04' + head + name + packed
            return out + entries + b'PK\\x05\\x06' + struct.pack('<HHHHIIH', 0, 0, len(names), len(names), len(entries), len(out), 0)

        def mail(name, body): save(name, b'From: anna@a.example\\r\\nTo: bob@host.example\\r\\nSubject: ' + name.encode() + b'\\r\\nMIME-Version: 1.0\\r\\n' + body)

        def attached(name, octets):
            mail(name, b'Content-Type: application/octet-stream; name=file.zip\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n' + base64.encodebytes(octets).replace(b'\\n', b'\\r\\n'))

        packed, crc, count = zeros(16)
        bomb = archive([b'%d.dat' % each for each in range(16)], packed, crc, count)
        for _ in range(5):
            one = zlib.compressobj(9, zlib.DEFLATED, -15)
            inner = one.compress(bomb) + one.flush()
            bomb = archive([b'%x.zip' % each for each in range(16)], inner, zlib.crc32(bomb), len(bomb))
        attached('nested archives', bomb)
        # Ten members of 1 GiB each.
        attached('ten gigabytes', (b'\\x1f\\x8b\\x08\\0\\0\\0\\0\\0\\x02\\xff' + packed + struct.pack('<II', crc, count)) * 10)
        many, entries = bytearray(), bytearray()
        for each in range(1000000):
            head = struct.pack('<HHHHHIIIHH', 20, 0, 0, 0, 0x5000, 0, 0, 0, 6, 0)
            entries += b'PK\\x01\\x02\\x14\\0' + head + struct.pack('<HHHII', 0, 0, 0, 0, len(many)) + b'%06d' % each
            many += b'PK\\x03\\x04' + head + b'%06d' % each
        end = struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, 1000000, 1000000, len(entries), len(many)) + struct.pack('<IIQI', 0x07064b50, 0, len(many) + len(entries), 1)
        many += entries + end + b'PK\\x05\\x06' + struct.pack('<HHHHIIH', 0, 0, 65535, 65535, len(entries), len(many), 0)
        attached('million members', gzip.compress(bytes(many), 1))
        mail('parts', b'Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n' + b'--b\\r\\nContent-Type: text/plain\\r\\n\\r\\nx\\r\\n' * 100000 + b'--b--\\r\\n')
        mail('nested mails', b'Content-Type: message/rfc822\\r\\n\\r\\n' + b'From: anna@a.example\\r\\nContent-Type: message/rfc822\\r\\n\\r\\n' * 1000 + b'Subject: end\\r\\n\\r\\nend\\r\\n')
        """

    private func result(_ answer: RawAnswer) -> String? { ((answer.json["evidence"] as? [String: Any])?["malware"] as? [String: Any])?["result"] as? String }

    /// Each is told to be too much, and does not keep others from being judged.
    @Test func tooMuchIsToldAndNobodyElseWaits() async throws {
        let samples = try await SampleArchives(Self.make), dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), memory = 400 << 20
        let service = try await RunningService(settings: ExampleZone.lists + "\nmalware: {signatures: \(samples.folder.path)/none, scanners: 2, remember: 0, memory: 400MiB, time: 80s}\ndeadline: 100s", dns: [dns.port])
        try await eventually("malware is scanned for") { try await service.ask("GET", "/readyz").text.contains(#""name":"malware","state":"ok""#) }
        let scanners = try Self.scanners(of: service.processID)
        #expect(scanners.count == 2)
        for name in ["nested archives", "ten gigabytes", "million members", "parts", "nested mails"] {
            let mail = try samples.octets(name)
            try await withThrowingTaskGroup(of: RawAnswer?.self) { group in
                group.addTask { try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: mail) }
                group.addTask {
                    for number in 0..<20 {
                        let other = try await service.ask("POST", "/v1/verdicts?\(ExampleZone.good)", body: ExampleZone.message("\(name) \(number)"))
                        #expect(result(other) == "clean", "beside \(name): \(other.text)")
                    }
                    return nil
                }
                for try await answer in group {
                    guard let answer else { continue }
                    #expect(answer.status == 200 && result(answer) == "limits_exceeded", "\(name): \(answer.text)")
                    #expect(ServiceTests.codes(answer).contains("malware.limits_exceeded"), "\(name): \(answer.text)")
                    #expect(ServiceTests.codes(answer).contains("malware.bomb") == (name == "nested archives"), "\(name): \(answer.text)")
                }
            }
        }
        // None of them had to be ended for it, and none took more than it may have beside what it began with.
        #expect(try Self.scanners(of: service.processID) == scanners)
        for each in scanners { #expect(try Self.peak(each) < memory, "scanner \(each)") }
        service.stop()
    }

    private static func children(_ process: Int32) throws -> [Int32] {
        try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8).split(separator: " ").compactMap { Int32($0) }
    }

    /// Those that scan, not the program that starts them.
    private static func scanners(of service: Int32) throws -> [Int32] {
        let tasks = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(service)/task")
        let own = try tasks.flatMap { try String(contentsOfFile: "/proc/\(service)/task/\($0)/children", encoding: .utf8).split(separator: " ").compactMap { Int32($0) } }
        let programs = try own.filter { try String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8).hasPrefix("postern-scanner") }
        return try programs.flatMap(children).sorted()
    }

    /// The most memory that it has had, in octets.
    private static func peak(_ process: Int32) throws -> Int {
        let line = try #require(try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? .max) << 10
    }
}
