internal import Dispatch
internal import Threads

/// Asks an HTTP server, by libcurl: one question after the other, on a thread of its own. Neither proxies of the environment nor `~/.netrc` have a say; redirections are not followed.
package final class HTTPClient: Sendable {
    package struct Settings: Sendable {
        /// `http://…` or `https://…`, without a slash at its end.
        package var base: String
        /// A unix socket to use instead of the host's address.
        package var socket: String?
        /// Certificates to trust, PEM; nil: the system's.
        package var caFile: String?
        /// Sent as `Authorization: Bearer`.
        package var token: String?
        package var connect = Duration.seconds(5)
        /// Octets of an answer.
        package var answerLimit = 16 << 20
        /// Whether an answer that has more is cut there, for who wants the status only; else it is trouble.
        package var cutsAnswer = false

        package init(base: String) { self.base = base }
    }

    package struct Answer: Sendable, Equatable {
        package let status: Int
        package let body: [UInt8]
    }

    private let settings: Settings
    private let executor = QueueExecutor(label: "postern.web")

    package init(_ settings: Settings) { self.settings = settings }

    /// - Parameters:
    ///   - path: with its query, percent-encoded.
    ///   - json: a body.
    ///   - fields: further ones of the header, 64 at most; names are tokens, values printable.
    ///   - patience: for the whole exchange.
    /// - Throws: `HTTPTrouble` where there is no whole answer; also when the task is cancelled, and where a field would end its line, be another one, or be none.
    package func ask(_ method: String, _ path: String, json: [UInt8]? = nil, fields: [(name: String, value: String)] = [], patience: Duration) async throws -> Answer {
        guard fields.count <= 64 else { throw HTTPTrouble(description: "there are more than 64 fields") }
        for (name, value) in fields where !Self.isToken(name) || !Self.isPlain(value) { throw HTTPTrouble(description: "a field of the header cannot be sent: \(Self.isToken(name) ? name : "its name is no token")") }
        let exchange = HTTPExchange(settings, method, path, json, fields, patience)
        let result: Result<Answer, HTTPTrouble> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in executor.queue.async { continuation.resume(returning: exchange.run()) } }
        } onCancel: {
            exchange.cancel()
        }
        return try result.get()
    }

    /// Source: RFC 9110 §5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256 && name.utf8.allSatisfy { $0 >= 48 && $0 <= 57 || $0 | 0x20 >= 97 && $0 | 0x20 <= 122 || "!#$%&'*+-.^_`|~".utf8.contains($0) }
    }

    /// Source: RFC 9110 §5.5; empty ones are left out, for libcurl would take the field away.
    private static func isPlain(_ value: String) -> Bool { !value.isEmpty && value.utf8.count <= 8192 && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } }
}

/// Why there is no answer.
package struct HTTPTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}
