internal import Foundation
internal import Limiting
internal import RateLimits
internal import Verdicts

extension SendingParty {
    private struct Told: Decodable {
        struct Limits: Decodable { let subjects: [String]? }

        let rateLimit: Limits?

        enum CodingKeys: String, CodingKey { case rateLimit = "rate_limit" }
    }

    /// Who sent a message that was judged; nil where its record cannot be read.
    init?(_ record: VerdictRecord) {
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(record.envelope)) else { return nil }
        self.init(envelope)
        if authUser == nil, site == nil || script == nil {
            // What counting made of the message's header; the message itself is gone.
            let subjects = (try? JSONDecoder().decode(Told.self, from: Data(record.evidence)))?.rateLimit?.subjects ?? []
            told = subjects.compactMap { try? LimitSubject(path: $0) }.filter { $0.scope == .site || $0.scope == .script }
        }
    }
}
