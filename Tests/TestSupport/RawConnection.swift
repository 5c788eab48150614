import Foundation
import Glibc

/// A connection of plain octets, so that tests can say what no HTTP client would. Every call blocks: use it inside `blocking`.
package final class RawConnection: Sendable {
    package struct Trouble: Error { package let what: String }

    package let descriptor: Int32

    package init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard status == 0 else { throw Trouble(what: "connect: \(errno)") }
        // No test waits for ever.
        setTimeout(60)
    }

    package init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard status == 0 else { throw Trouble(what: "connect: \(errno)") }
        setTimeout(60)
    }

    /// - Parameter descriptor: of a socket that is connected, which is closed with this. It waits for ever.
    package init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    private func setTimeout(_ seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] { unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size)) }
    }

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    package func send(_ octets: [UInt8]) throws {
        var sent = 0
        while sent < octets.count {
            let count = unsafe octets.withUnsafeBytes { unsafe Glibc.send(descriptor, $0.baseAddress! + sent, octets.count - sent, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Trouble(what: "send: \(errno)") }
            sent += count
        }
    }

    /// Says that nothing more comes.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends it both ways.
    package func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// - Returns: nothing at the end.
    package func receive() throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 65_536), count: Int
        // A process that was stopped and goes on is interrupted where a socket has a time limit (signal(7)).
        repeat { count = unsafe octets.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress!, $0.count, 0) } } while count < 0 && errno == EINTR
        guard count >= 0 else { throw Trouble(what: errno == ECONNRESET ? "reset" : "receive: \(errno)") }
        return Array(octets.prefix(count))
    }

    package func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try receive()
            if part.isEmpty { return all }
            all += part
        }
    }

    /// Reads one answer; `left` keeps what came behind it.
    package func answer(_ left: inout [UInt8], bodyless: Bool = false) throws -> RawAnswer {
        while true {
            if let (answer, end) = RawAnswer.read(left, bodyless: bodyless) { left.removeFirst(end); return answer }
            let part = try receive()
            if part.isEmpty { throw Trouble(what: "the connection ended after \(String(decoding: left, as: UTF8.self))") }
            left += part
        }
    }

    package func answer(bodyless: Bool = false) throws -> RawAnswer {
        var left: [UInt8] = []
        return try answer(&left, bodyless: bodyless)
    }
}

/// An answer taken apart by hand.
package struct RawAnswer: Sendable {
    package let status: Int
    package let version: String
    package let header: [String: String]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }
    package var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) ?? [:] }
    package var isProblem: Bool { header["content-type"] == "application/problem+json" && json["status"] as? Int == status && (json["type"] as? String)?.hasPrefix("urn:postern:problem:") == true }
    package var kind: String { (json["type"] as? String).map { String($0.dropFirst("urn:postern:problem:".count)) } ?? "" }

    package static func read(_ octets: [UInt8], bodyless: Bool) -> (RawAnswer, Int)? {
        guard let end = octets.indices.dropLast(3).first(where: { octets[$0] == 13 && octets[$0 + 1] == 10 && octets[$0 + 2] == 13 && octets[$0 + 3] == 10 }) else { return nil }
        let lines = String(decoding: octets[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ", maxSplits: 2)
        guard words.count >= 2, let status = Int(words[1]) else { return nil }
        var header: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            header[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let start = end + 4, length = bodyless || status < 200 || status == 204 ? 0 : header["content-length"].flatMap(Int.init) ?? 0
        guard octets.count >= start + length else { return nil }
        return (RawAnswer(status: status, version: String(words[0]), header: header, body: Array(octets[start..<(start + length)])), start + length)
    }
}

/// Runs what blocks on a thread of its own: the server under test lives on the others.
package func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
