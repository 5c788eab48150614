import Foundation
import Glibc
import Synchronization

/// A name server in the test itself that does as it is told, on UDP: answers, refuses, keeps silent, or holds a reply back.
package final class ScriptedNameServer: Sendable {
    package enum Reply: Sendable {
        /// Records of the type asked for, each as the octets of its data.
        case records([[UInt8]], ttl: UInt32)
        /// No records, with this RCODE and no SOA.
        case code(UInt8)
        case silence
        /// Kept until `release(_:)`.
        case hold
    }

    private struct State {
        var script: @Sendable (_ name: String, _ type: UInt16) -> Reply
        var asked: [String: Int] = [:]
        var held: [(question: [UInt8], port: UInt16)] = []
        var ended = false
    }

    private let socket: LoopbackSocket
    private let state: Mutex<State>

    package var port: UInt16 { socket.port }

    package init(_ script: @escaping @Sendable (_ name: String, _ type: UInt16) -> Reply) throws {
        guard let socket = LoopbackSocket(type: SOCK_DGRAM, port: 0) else { throw FreePort.NoneLeft() }
        self.socket = socket
        state = Mutex(State(script: script))
        let thread = Thread { [weak self] in
            while let self, !self.state.withLock({ $0.ended }) { self.serveOne() }
        }
        thread.start()
    }

    package func end() { state.withLock { $0.ended = true } }

    package func change(_ script: @escaping @Sendable (_ name: String, _ type: UInt16) -> Reply) { state.withLock { $0.script = script } }

    /// How often a name was asked for, of whatever type.
    package func asked(_ name: String) -> Int { state.withLock { $0.asked[name, default: 0] } }

    /// Questions held back now.
    package var held: Int { state.withLock { $0.held.count } }

    /// Answers everything held back.
    package func release(_ reply: Reply) {
        let held = state.withLock { state in defer { state.held = [] }; return state.held }
        for each in held { answer(each.question, each.port, reply) }
    }

    private func serveOne() {
        guard let (octets, port) = socket.receive(within: 50), let question = Self.read(octets) else { return }
        let reply = state.withLock { state in
            state.asked[question.name, default: 0] += 1
            return state.script(question.name, question.type)
        }
        if case .hold = reply { state.withLock { $0.held.append((octets, port)) } } else { answer(octets, port, reply) }
    }

    private func answer(_ octets: [UInt8], _ port: UInt16, _ reply: Reply) {
        guard let question = Self.read(octets) else { return }
        var code: UInt8 = 0, records: [[UInt8]] = [], seconds: UInt32 = 0
        switch reply {
        case .records(let data, let ttl): records = data; seconds = ttl
        case .code(let number): code = number
        case .silence, .hold: return
        }
        // RFC 1035 §4.1.1: a response, recursion wanted and available, one question.
        var message = Array(octets.prefix(2)) + [0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + octets[12..<question.end]
        for data in records {
            message += [0xc0, 12] + octets[(question.end - 4)..<question.end]
            message += [24, 16, 8, 0].map { (shift: UInt32) -> UInt8 in UInt8(truncatingIfNeeded: seconds >> shift) }
            message += [UInt8(data.count >> 8), UInt8(data.count & 255)] + data
        }
        socket.send(message, to: port)
    }

    private static func read(_ octets: [UInt8]) -> (name: String, type: UInt16, end: Int)? {
        var labels: [String] = [], at = 12
        while at < octets.count, octets[at] != 0 {
            let end = at + 1 + Int(octets[at])
            guard end < octets.count else { return nil }
            labels.append(String(decoding: octets[(at + 1)..<end], as: UTF8.self))
            at = end
        }
        guard at + 5 <= octets.count else { return nil }
        return (labels.joined(separator: ".").lowercased(), UInt16(octets[at + 1]) << 8 | UInt16(octets[at + 2]), at + 5)
    }
}
