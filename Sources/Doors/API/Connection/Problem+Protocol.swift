internal import HTTPTypes
internal import NIOHTTP1

extension Problem {
    /// The head of an answer that does not come from a route.
    var head: HTTPResponseHead {
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status.code, reasonPhrase: status.reasonPhrase))
        for field in header { head.headers.add(name: field.name.rawName, value: field.value) }
        head.headers.replaceOrAdd(name: "content-length", value: String(octets.count))
        return head
    }

    /// What the client is told when its request is no HTTP.
    init(for error: HTTPParserError, _ limits: APILimits) {
        switch error {
        case .headerOverflow:
            self.init(.requestHeaderFieldsTooLarge, "header-too-large", "The request's header is too large",
                      "The request line and the header fields have more than \(limits.headerOctets) octets, or there are more than \(limits.headerFields) fields. A long envelope goes into a form.",
                      limit: limits.headerOctets)
        case .invalidVersion:
            self.init(.httpVersionNotSupported, "version", "This HTTP version is not spoken here", "HTTP/1.1 and HTTP/1.0 are.")
        case .invalidContentLength, .unexpectedContentLength:
            self.init(.badRequest, "invalid-length", "The request is not valid HTTP", "Content-Length is not a number, is given twice, or is given with Transfer-Encoding.", parameter: "Content-Length")
        case .invalidChunkSize:
            self.init(.badRequest, "invalid-chunk", "The request is not valid HTTP", "The size of a chunk is not a hexadecimal number.")
        case .invalidEOFState:
            self.init(.badRequest, "incomplete", "The request is not complete", "The connection was closed before the request's end.")
        default:
            self.init(.badRequest, "invalid-request", "The request is not valid HTTP", "It cannot be read (\(error)).")
        }
        closes = true
    }

    static func late(_ limit: Duration) -> Problem {
        var problem = Problem(.requestTimeout, "too-slow", "The request took too long to arrive",
                              "From its first octet to its last a request may take \(limit.components.seconds) seconds.", limit: Int(limit.components.seconds))
        problem.closes = true
        return problem
    }
}
