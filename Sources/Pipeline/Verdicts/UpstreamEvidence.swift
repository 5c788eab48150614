package import JSON

/// What a server before this one found, whose word is taken: its Authentication-Results field.
/// Source: RFC 8601 §4.1.
package struct UpstreamEvidence: Sendable, Equatable, Decodable {
    package struct Result: Sendable, Equatable, Decodable {
        package var method: String
        package var result: String
        /// As they stand there: `header.d=example.org`.
        package var properties: [String]

        package init(method: String, result: String, properties: [String]) { self.method = method; self.result = result; self.properties = properties }

        private enum CodingKeys: String, CodingKey { case method, result, properties }
    }

    /// Results that are kept.
    package static let maximumResults = 20

    package var authservID: String
    package var results: [Result]

    package init(authservID: String, results: [Result]) { self.authservID = authservID; self.results = results }

    private enum CodingKeys: String, CodingKey { case authservID = "authserv_id", results }
}

extension UpstreamEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.authservID, authservID)
        json.member(CodingKeys.results, results)
        json.closeObject()
    }
}

extension UpstreamEvidence.Result: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.method, method)
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.properties, properties)
        json.closeObject()
    }
}
