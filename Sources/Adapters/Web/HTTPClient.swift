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
    ///   - patience: for the whole exchange.
    /// - Throws: `HTTPTrouble` where there is no whole answer; also when the task is cancelled.
    package func ask(_ method: String, _ path: String, json: [UInt8]? = nil, patience: Duration) async throws -> Answer {
        let exchange = HTTPExchange(settings, method, path, json, patience)
        let result: Result<Answer, HTTPTrouble> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in executor.queue.async { continuation.resume(returning: exchange.run()) } }
        } onCancel: {
            exchange.cancel()
        }
        return try result.get()
    }
}

/// Why there is no answer.
package struct HTTPTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}
