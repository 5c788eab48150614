internal import CLinux
internal import Glibc
internal import Malware

/// What `postern-scanner` says on its control socket: `Sources/Programs/postern-scanner/protocol.h`, octet by octet.
enum ControlMessage {
    case started(SignatureState)
    case hello(Hello)
    case ended(slot: Int, process: Int32, status: Int32)
    case changed
    case failed(String)

    struct Hello {
        let slot: Int
        let process: Int32
        let sandbox: SandboxParts
        /// Its socket.
        let socket: Int32
        /// Stands for its process (pidfd).
        let handle: Int32
    }

    /// What came of a look at a socket.
    enum Packet {
        case message(ControlMessage)
        /// Of another version or length: said by no program of ours.
        case unknown
        case nothing
        case end
    }

    /// Takes one message; never waits.
    static func receive(_ socket: Int32) -> Packet {
        var octets = [UInt8](repeating: 0, count: 512), passed: [Int32] = [-1, -1]
        let count = unsafe postern_receive_packet(socket, &octets, octets.count, &passed)
        if count == -Int(EAGAIN) { return .nothing }
        if count == -Int(EMSGSIZE) { return .unknown }
        if count <= 0 { return .end }
        if let message = ControlMessage(WireReader(octets: Array(octets.prefix(count))), passed) { return .message(message) }
        for each in passed where each >= 0 { close(each) }
        return .unknown
    }

    private init?(_ packet: WireReader, _ passed: [Int32]) {
        guard packet.octets.count >= 8, packet.number(1, UInt8.self) == 3 else { return nil }
        let slot = Int(packet.number(2, UInt16.self)), process = packet.number(4, Int32.self)
        switch (packet.number(0, UInt8.self), packet.octets.count) {
        case (1, 72):
            let newest = packet.number(16, Int64.self), daily = packet.number(24, Int64.self)
            self = .started(SignatureState(count: Int(packet.number(8, UInt32.self)), isBuiltInOnly: packet.number(12, UInt32.self) != 0,
                                           newestFile: newest > 0 ? newest : nil, dailyMade: daily > 0 ? daily : nil,
                                           dailyVersion: Int(packet.number(32, UInt32.self)), mainVersion: Int(packet.number(36, UInt32.self)), library: packet.text(40..<72)))
        case (2, 16):
            guard passed.allSatisfy({ $0 >= 0 }), passed.count == 2 else { return nil }
            self = .hello(Hello(slot: slot, process: process, sandbox: SandboxParts(rawValue: packet.number(12, UInt32.self)), socket: passed[0], handle: passed[1]))
        case (3, 16): self = .ended(slot: slot, process: process, status: packet.number(8, Int32.self))
        case (4, 8): self = .changed
        case (5, 256): self = .failed(packet.text(8..<256))
        default: return nil
        }
    }
}

/// What a scanner answers.
struct ScanReply {
    let id: UInt64
    let report: ScanReport

    /// Octets before the first file, of each file, and of each part of a mail; files and parts of one reply.
    private static let head = 256, entry = 96, digest = 32, entries = 255, parts = 512

    enum Packet {
        case reply(ScanReply)
        case nothing
        /// It is gone, or says what no scanner says.
        case end
    }

    static func receive(_ socket: Int32) -> Packet {
        var octets = [UInt8](repeating: 0, count: head + entries * entry + parts * digest + 1), passed: [Int32] = [-1, -1]
        let count = unsafe postern_receive_packet(socket, &octets, octets.count, &passed)
        for each in passed where each >= 0 { close(each) }
        if count == -Int(EAGAIN) { return .nothing }
        guard count >= head else { return .end }
        let packet = WireReader(octets: Array(octets.prefix(count))), name = packet.text(16..<124), files = Int(packet.number(13, UInt8.self)), parts = Int(packet.number(124, UInt16.self))
        guard count == head + files * entry + parts * digest else { return .end }
        guard let outcome = Self.outcome(packet.number(12, UInt8.self), name) else { return .end }
        var report = ScanReport(outcome, leftOut: Int(packet.number(14, UInt16.self)))
        report.parts = (0..<parts).map { ScanReport.Part(sha256: Array(packet.octets[(head + files * entry + $0 * digest)...].prefix(digest))) }
        for place in (0..<files).map({ head + $0 * entry }) {
            let file = file(packet, at: place), part = Int(packet.number(place + 4, UInt16.self))
            report.contents.append(file)
            if part > 0, part <= parts { report.parts[part - 1].contents.append(file) }
        }
        for place in [128, 192] where packet.number(place, UInt8.self) != 0 {
            guard let other = Self.outcome(packet.number(place, UInt8.self), packet.text(place + 1..<place + 64)) else { return .end }
            report.others.append(other)
        }
        return .reply(ScanReply(id: packet.number(0, UInt64.self), report: report))
    }

    private static func outcome(_ number: UInt8, _ name: String) -> ScanOutcome? {
        switch number {
        case 0: .clean
        case 1: .infected(name)
        case 2: .limitsExceeded(name)
        case 3: .encrypted(name)
        case 4: .suspicious(name)
        case 5: .notScanned(name)
        default: nil
        }
    }

    private static func file(_ packet: WireReader, at place: Int) -> ContainedFile {
        ContainedFile(content: ContainedFile.Content(rawValue: packet.number(place, UInt8.self)) ?? .other, name: packet.unicode(place + 8..<place + entry),
                      depth: Int(packet.number(place + 2, UInt16.self)), isEncrypted: packet.number(place + 1, UInt8.self) & 1 != 0)
    }
}

/// Asks a scanner for a scan.
/// - Returns: 0, or a negated errno.
func sendScanRequest(_ socket: Int32, id: UInt64, limit: UInt32, file: SealedFile) -> Int32 {
    var request: [UInt8] = []
    unsafe withUnsafeBytes(of: id) { unsafe request.append(contentsOf: $0) }
    unsafe withUnsafeBytes(of: limit) { unsafe request.append(contentsOf: $0) }
    request.append(contentsOf: [0, 0, 0, 0])
    return unsafe postern_send_packet(socket, request, request.count, file.descriptor)
}

/// Numbers in the machine's own byte order, and texts that end with a zero octet. What lies outside reads as zero.
private struct WireReader {
    let octets: [UInt8]

    func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _ type: Number.Type) -> Number {
        guard offset >= 0, offset <= octets.count - MemoryLayout<Number>.size else { return 0 }
        return unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }

    /// Unicode without control characters; octets that are not UTF-8 become U+FFFD.
    func unicode(_ range: Range<Int>) -> String {
        let word = String(decoding: octets[range.clamped(to: 0..<octets.count)].prefix { $0 != 0 }, as: UTF8.self)
        return String(String.UnicodeScalarView(word.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "?" : $0 }))
    }

    /// Visible ASCII; anything else becomes `?`.
    func text(_ range: Range<Int>) -> String {
        let word = octets[range.clamped(to: 0..<octets.count)].prefix { $0 != 0 }
        return String(decoding: word.map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
