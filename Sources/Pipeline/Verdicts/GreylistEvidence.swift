package import JSON

/// Whether a message in the middle of the scale was put off until its sender comes again.
package struct GreylistEvidence: Sendable, Equatable, Decodable {
    package enum Result: String, Sendable, Decodable, JSONWritable, CaseIterable {
        /// Seen for the first time.
        case deferred
        /// Back before the time.
        case early
        /// Back in time.
        case passed
        /// Passed before, or an author with history.
        case known
        /// Could not be known; then nothing is put off.
        case unknown
        /// Not asked: `reason` says why.
        case exempt
    }

    package var result: Result
    /// Who is meant by the client: `author` or `spf` with the domain that is proved, else `network` with the network.
    package var client: String?
    /// Seconds until he may come back.
    package var wait: Int?
    /// Seconds from the first try to this one.
    package var after: Int?
    package var reason: String?

    package init(_ result: Result, client: String? = nil, wait: Int? = nil, after: Int? = nil, reason: String? = nil) {
        self.result = result; self.client = client; self.wait = wait; self.after = after; self.reason = reason
    }

    private enum CodingKeys: String, CodingKey { case result, client, wait, after, reason }
}

extension GreylistEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.client, client)
        json.member(CodingKeys.wait, wait)
        json.member(CodingKeys.after, after)
        json.member(CodingKeys.reason, reason)
        json.closeObject()
    }
}
