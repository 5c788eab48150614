internal import DNS

/// What one answer of a zone means.
enum ZoneReading: Equatable {
    /// The rules that match, each with the answer that it matched; and answers that no rule knows.
    case listed([(rule: Int, answer: IPAddress)], unrecognised: [IPAddress])
    /// No record, or none that is known: not listed.
    case notListed(unrecognised: [IPAddress])
    case refused(reason: String, pauses: Bool)
    case trouble(DNSTrouble)

    static func == (first: ZoneReading, second: ZoneReading) -> Bool {
        switch (first, second) {
        case (.listed(let one, let rest), .listed(let other, let others)):
            return one.map(\.rule) == other.map(\.rule) && one.map(\.answer) == other.map(\.answer) && rest == others
        case (.notListed(let one), .notListed(let other)): return one == other
        case (.refused(let one, let pauses), .refused(let other, let others)): return one == other && pauses == others
        case (.trouble(let one), .trouble(let other)): return one == other
        default: return false
        }
    }
}

extension ListZone {
    /// Reads an answer by the zone's tables. One refusal among the records makes all of it a refusal; an answer that no table
    /// knows is no listing, so a list that changes hands or meaning cannot block all mail.
    func read(_ answer: DNSAnswer) -> ZoneReading {
        switch answer {
        case .nameError, .noData: return .notListed(unrecognised: [])
        case .trouble(let trouble): return .trouble(trouble)
        case .records(let records, _): return read(records)
        }
    }

    private func read(_ records: [RecordData]) -> ZoneReading {
        var found: [(rule: Int, answer: IPAddress)] = [], unrecognised: [IPAddress] = []
        for case .address(let address) in records.prefix(32) {
            guard case .v4(let number) = address else { continue }
            if let refusal = refusal(number) { return .refused(reason: refusal.reason, pauses: refusal.pauses) }
            var isKnown = false
            for (place, rule) in listings.enumerated() where rule.pattern.matches(number) {
                found.append((place, address))
                isKnown = true
            }
            if !isKnown { unrecognised.append(address) }
        }
        return found.isEmpty ? .notListed(unrecognised: unrecognised) : .listed(found, unrecognised: unrecognised)
    }

    private func refusal(_ number: UInt32) -> RefusalRule? {
        refusals.first { $0.pattern.matches(number) } ?? Self.universalRefusals.first { $0.pattern.matches(number) }
    }

    /// Spamhaus began with 127.255.255.0/24 for errors; others follow.
    private static let universalRefusals: [RefusalRule] = {
        let network: UInt32 = 0x7fff_ff00
        let known: [(UInt32, String)] = [
            (250, "the access key is disabled"), (251, "the access key is not accepted"), (252, "the zone's name is mistyped"),
            (254, "asked through a public or open resolver"), (255, "too many queries"),
        ]
        return known.map { RefusalRule(.range((network | $0.0)...(network | $0.0)), $0.1) }
            + [RefusalRule(.range(network...(network | 255)), "the list answered with an error")]
    }()
}
