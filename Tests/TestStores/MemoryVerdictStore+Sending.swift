import FoundationEssentials
package import Limiting
import RateLimits
package import Verdicts

/// The twin of what was sent: what the records say of it.
extension MemoryVerdictStore: SendingHistory {
    package func sent(by tenant: String, since: Timestamp, until: Timestamp, accounts: [String]?, after: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [SentMessage] {
        let begin = VerdictID.lowest(at: since), end = VerdictID.lowest(at: until)
        let found = all.filter { record in
            record.tenant == tenant && record.id >= begin && record.id < end && (after.map { record.id > $0 } ?? true) && record.direction == .outbound && (accounts.map { names in record.authUser.map { names.contains($0) } ?? false } ?? true)
                && ([.accept, .tag, .neutralise, .hold].contains(record.action) || record.action == .defer && record.codes.contains("limit.exceeded") || record.action == .reject && record.codes.contains("limit.too_large"))
        }
        return try found.sorted { $0.id < $1.id }.prefix(limit).map { record in
            var party = SendingParty(try JSONDecoder().decode(Envelope.self, from: Data(record.envelope)))
            if party.authUser == nil, party.site == nil || party.script == nil {
                let subjects = try JSONDecoder().decode(Counted.self, from: Data(record.evidence)).rateLimit?.subjects ?? []
                party.told = subjects.compactMap { try? LimitSubject(path: $0) }.filter { $0.scope == .site || $0.scope == .script }
            }
            return SentMessage(id: record.id, receivedAt: record.receivedAt, amounts: Amounts(recipients: max(record.recipients.count, 1), octets: record.size), party: party,
                               isPutOff: record.action == .defer || record.action == .reject, digest: record.digest, recipients: Int64(record.recipients.hashValue))
        }
    }

    package func accounts(of tenant: String, since: Timestamp, until: Timestamp, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [String]? {
        let begin = VerdictID.lowest(at: since), end = VerdictID.lowest(at: until)
        let names = Set(all.filter { $0.tenant == tenant && $0.id >= begin && $0.id < end }.compactMap(\.authUser))
        return names.count > limit ? nil : Array(names)
    }

    private struct Counted: Decodable {
        let rateLimit: RateLimitEvidence?

        private enum CodingKeys: String, CodingKey { case rateLimit = "rate_limit" }
    }
}
