internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTPTypes
package import Verdicts

/// A request that passed the door's checks, for a route to answer.
package struct Call: Sendable {
    let request: Request
    let channel: any Channel
    /// What stands in the path where the route has `{…}`, in order, percent-encoded as it came.
    package let names: [String]
    /// Who asks; nil on routes that are open to everyone.
    package let token: AccessToken?
    package let time: Timestamp
    let limits: APILimits
    let load: DoorLoad

    /// The last of ``names``; empty where there is none.
    package var name: String { names.last ?? "" }

    package func query() throws(Problem) -> Query { try Query(of: request.head.path ?? "", limit: limits.queryParameters) }

    /// The tenant that the caller is confined to; nil for none.
    package var tenant: String? { token?.tenant }

    /// Refuses parameters on a route that has none.
    func noParameters() throws(Problem) {
        if let first = try query().fields.first { throw .parameter(first.name, "is not a parameter here") }
    }

    /// Whether the client has closed its end, as one does that ended: it may still read an answer. Known on the thread of the connection only, where requests are answered.
    var isClientDone: Bool {
        guard channel.isActive else { return true }
        guard channel.eventLoop.inEventLoop, let watcher = try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self) else { return false }
        return watcher.peerIsDone
    }

    /// Tells a client that asked for it to send the body (RFC 9110 §10.1.1).
    func welcomeBody() throws(Problem) {
        guard let expected = request.headers[.expect] else { return }
        guard expected.lowercased() == "100-continue" else {
            throw Problem(.expectationFailed, "expectation", "This cannot be expected", "Only 100-continue can be.", parameter: "Expect")
        }
        channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }

    /// Checks what is known of the body before any of it is read.
    /// - Returns: the length that was declared, if one was.
    func declaredLength(limit: Int) throws(Problem) -> Int? {
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw Problem(.unsupportedMediaType, "content-encoding", "The body must not be encoded", "There is no Content-Encoding here but identity.", parameter: "Content-Encoding")
        }
        if let transfer = request.headers[.transferEncoding] {
            guard transfer.lowercased() == "chunked" else {
                throw Problem(.notImplemented, "transfer-coding", "This transfer coding is not known", "There is none here but chunked.", parameter: "Transfer-Encoding")
            }
            return nil
        }
        guard let text = request.headers[.contentLength] else { return 0 }
        guard let length = Int(text), length >= 0, length <= limit else { throw .tooLarge(limit) }
        return length
    }

    /// The whole body.
    ///
    /// The octets count against the room for all bodies together until `release` is called with their number.
    func body(declared: Int?, limit: Int) async throws -> [UInt8] {
        try welcomeBody()
        var octets: [UInt8] = []
        // Room for what was declared is made at once only as far as it costs nothing to declare it.
        octets.reserveCapacity(min(declared ?? 0, 256 << 10))
        var taken = 0
        do {
            for try await part in request.body {
                let count = part.readableBytes
                guard octets.count + count <= limit else { throw Problem.tooLarge(limit) }
                guard load.take(count, of: limits.allBodyOctets) else {
                    var problem = Problem.unavailable("no-room", "There is no room for more bodies.", retryAfter: limits.retryAfter)
                    problem.limit = limits.allBodyOctets
                    problem.closes = true
                    throw problem
                }
                taken += count
                if let declared, octets.count + count > octets.capacity { octets.reserveCapacity(min(declared, limit)) }
                octets.append(contentsOf: part.readableBytesView)
            }
            if let declared, declared != octets.count { throw CutOff() }
        } catch {
            load.release(taken)
            throw error
        }
        return octets
    }

    /// The parameters of the query, each once.
    /// - Parameter allowed: the names there are.
    /// - Throws: `Problem` that names another one, one that is given more than once, and one that is empty, longer than 1024 octets, or has a control character in it.
    func fields(_ allowed: Set<String>) throws(Problem) -> [Query.Field] {
        var seen: Set<String> = []
        let fields = try query().fields
        for (name, value) in fields {
            guard allowed.contains(name) else { throw .parameter(name, "is not a parameter here") }
            guard seen.insert(name).inserted else { throw .parameter(name, "is given more than once") }
            guard !value.isEmpty, value.utf8.count <= 1024, !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { throw .parameter(name, "is empty, longer than 1024 octets, or has a control character in it") }
        }
        return fields
    }

    /// A JSON body, which is small.
    func document() async throws -> [UInt8] {
        guard MediaType(request)?.name == "application/json" else { throw Problem.mediaType(["application/json"]) }
        let declared = try declaredLength(limit: limits.documentOctets)
        if declared == 0 { throw Problem.body("There is none; a JSON object is wanted.") }
        let octets = try await body(declared: declared, limit: limits.documentOctets)
        load.release(octets.count)
        if octets.isEmpty { throw Problem.body("There is none; a JSON object is wanted.") }
        try JSONBody.check(octets)
        return octets
    }
}

/// The media type of a request's body.
struct MediaType {
    /// In lower case, without parameters.
    let name: String
    let value: String

    init?(_ request: Request) {
        guard let value = request.headers[.contentType] else { return nil }
        self.value = value
        let word = value.utf8.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
        name = String(decoding: word, as: UTF8.self).lowercased()
    }
}

extension Problem {
    static func mediaType(_ accepted: [String]) -> Problem {
        var problem = Problem(.unsupportedMediaType, "media-type", "The body has the wrong media type",
                              "Accepted are \(accepted.joined(separator: ", ")).", parameter: "Content-Type")
        if let name = HTTPField.Name("Accept-Post") { problem.fields = [(name, accepted.joined(separator: ", "))] }
        return problem
    }
}
