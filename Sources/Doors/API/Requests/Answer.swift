package import HTTPTypes
internal import HummingbirdCore
internal import NIOCore

/// What a route answers.
package struct Answer: Sendable {
    package var status = HTTPResponse.Status.ok
    package var mediaType: String
    package var octets: [UInt8]
    package var fields: [(name: HTTPField.Name, value: String)] = []

    /// JSON text.
    package init(json: [UInt8], status: HTTPResponse.Status = .ok) { self.init(json, mediaType: "application/json", status: status) }

    package init(_ octets: [UInt8], mediaType: String, status: HTTPResponse.Status = .ok) {
        self.octets = octets
        self.mediaType = mediaType
        self.status = status
    }

    static let nothing = Answer([], mediaType: "", status: .noContent)

    /// - Parameter isHead: leaves the body away and keeps its length.
    func response(isHead: Bool) -> Response {
        var header = HTTPFields()
        if status != .noContent {
            header[.contentType] = mediaType
            header[.contentLength] = String(octets.count)
        }
        header[.cacheControl] = "no-store"
        for (name, value) in fields { header[name] = value }
        return Response.made(status, header, isHead || status == .noContent ? [] : octets)
    }
}

extension Problem {
    func response(isHead: Bool) -> Response {
        let octets = self.octets
        var header = self.header
        header[.contentLength] = String(octets.count)
        return Response.made(status, header, isHead ? [] : octets)
    }
}

extension Response {
    fileprivate static func made(_ status: HTTPResponse.Status, _ header: HTTPFields, _ octets: [UInt8]) -> Response {
        // An empty body would have Hummingbird declare the length 0; a closure without a length leaves the fields as they are.
        if octets.isEmpty { return Response(status: status, headers: header, body: ResponseBody { try await $0.finish(nil) }) }
        return Response(status: status, headers: header, body: ResponseBody(byteBuffer: ByteBuffer(bytes: octets)))
    }
}
