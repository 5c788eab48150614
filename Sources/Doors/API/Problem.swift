package import HTTPTypes
internal import HummingbirdCore
internal import JSON

/// Why a request is not answered as it wished.
/// Source: RFC 9457.
package struct Problem: Error, Sendable, Equatable {
    package let status: HTTPResponse.Status
    /// The last word of `type`.
    package let kind: String
    package let title: String
    package var detail: String
    /// The parameter, field or part that is wrong.
    package var parameter: String?
    /// The limit that was met.
    package var limit: Int?
    package var retryAfter: Int?
    package var fields: [(name: HTTPField.Name, value: String)] = []
    /// Whether the connection cannot be used any more.
    package var closes = false

    init(_ status: HTTPResponse.Status, _ kind: String, _ title: String, _ detail: String, parameter: String? = nil, limit: Int? = nil) {
        self.status = status; self.kind = kind; self.title = title; self.detail = detail
        self.parameter = parameter; self.limit = limit
    }

    package static func == (one: Problem, other: Problem) -> Bool {
        one.status == other.status && one.kind == other.kind && one.detail == other.detail && one.parameter == other.parameter && one.limit == other.limit
    }

    /// The problem document.
    var octets: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.openObject()
        writer.key("type"); writer.string("urn:postern:problem:\(kind)")
        writer.key("title"); writer.string(title)
        writer.key("status"); writer.integer(status.code)
        writer.key("detail"); writer.string(detail)
        if let parameter { writer.key("parameter"); writer.string(parameter) }
        if let limit { writer.key("limit"); writer.integer(limit) }
        writer.closeObject()
        return writer.octets
    }

    var header: HTTPFields {
        var header = HTTPFields()
        header[.contentType] = "application/problem+json"
        header[.cacheControl] = "no-store"
        if let retryAfter { header[.retryAfter] = String(retryAfter) }
        for (name, value) in fields { header[name] = value }
        if closes { header[.connection] = "close" }
        return header
    }
}

extension Problem {
    static func notFound(_ detail: String) -> Problem { Problem(.notFound, "not-found", "There is no such thing", detail) }

    static func parameter(_ name: String, _ problem: String) -> Problem {
        Problem(.badRequest, "invalid-parameter", "A parameter is wrong", "\(name) \(problem)", parameter: name)
    }

    static func body(_ detail: String, parameter: String? = nil) -> Problem {
        Problem(.badRequest, "invalid-body", "The body is wrong", detail, parameter: parameter)
    }

    static func unauthorized(given: Bool) -> Problem {
        var problem = Problem(.unauthorized, "unauthorized", "A valid token is needed",
                              given ? "The token is not valid." : "Send it as Authorization: Bearer ptn_….")
        problem.fields = [(.wwwAuthenticate, given ? "Bearer realm=\"postern\", error=\"invalid_token\"" : "Bearer realm=\"postern\"")]
        return problem
    }

    static func tooLarge(_ limit: Int) -> Problem {
        var problem = Problem(.contentTooLarge, "too-large", "The body is too large", "The body has more than \(limit) octets.", limit: limit)
        problem.closes = true
        return problem
    }

    static func unavailable(_ kind: String, _ detail: String, retryAfter: Int) -> Problem {
        var problem = Problem(.serviceUnavailable, kind, "Not now; try again later", detail)
        problem.retryAfter = max(1, retryAfter)
        return problem
    }

    /// - Parameter things: what there are too many of, such as "tokens".
    static func tooMany(_ things: String, limit: Int) -> Problem {
        Problem(.conflict, "tenant-limit", "The tenant has as many as it may", "A tenant has at most \(limit) \(things); remove one first.", limit: limit)
    }

    static func full(retryAfter: Int) -> Problem { unavailable("busy", "The waiting line is full.", retryAfter: retryAfter) }
}
