package import DNS
internal import JSON

/// Whether being on a list speaks against a subject or for it.
package enum ListEffect: String, Decodable, JSONWritable, Sendable, Hashable {
    case block, allow
}

/// What some answers of a zone mean.
package struct ListingRule: Sendable, Hashable {
    package var pattern: AnswerPattern
    /// Such as `spamhaus.sbl`.
    package var code: String
    /// For people.
    package var meaning: String
    /// The kinds for which the answer counts: an address for end users says nothing about a hop behind the provider's mail server.
    package var counts: SubjectKinds

    package init(_ pattern: AnswerPattern, _ code: String, _ meaning: String, counts: SubjectKinds = .every) {
        self.pattern = pattern
        self.code = code
        self.meaning = meaning
        self.counts = counts
    }
}

/// Answers by which a list says that it does not answer us; they say nothing of the subject.
package struct RefusalRule: Sendable, Hashable {
    package var pattern: AnswerPattern
    package var reason: String
    /// Whether asking again soon is pointless; false where only the question was wrong.
    package var pauses: Bool

    package init(_ pattern: AnswerPattern, _ reason: String, pauses: Bool = true) {
        self.pattern = pattern
        self.reason = reason
        self.pauses = pauses
    }
}

/// A name by which a zone shows whether it works.
/// Source: RFC 5782 §5.
package struct ZoneProbe: Sendable, Hashable {
    /// Below the zone, such as `2.0.0.127`.
    package var name: String
    package var isListed: Bool
    /// Whether the zone must answer as expected to be `working`; false where its operator promises no such entry. A name that
    /// must not be listed and is counts either way.
    package var isRequired: Bool

    package init(_ name: String, isListed: Bool, isRequired: Bool = true) {
        self.name = name
        self.isListed = isListed
        self.isRequired = isRequired
    }
}

/// A list in the DNS: what to ask it, and how to read what it says.
/// Source: RFC 5782.
package struct ListZone: Sendable {
    package struct Families: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let v4 = Families(rawValue: 1), v6 = Families(rawValue: 2)
    }

    /// How a domain is turned into a question.
    package enum DomainForm: Sendable, Hashable {
        /// The list has wildcards below what it lists: the whole name, once (Spamhaus DBL and ZRD ask for this).
        case whole
        /// The list holds registered names without wildcards: the last labels, once for each of these numbers.
        case lastLabels(ClosedRange<Int>)
    }

    /// As it is shown; without any access key.
    package let name: String
    /// Where it is asked.
    package let origin: DomainName
    package let effect: ListEffect
    package let asks: SubjectKinds
    /// The families of address that it lists; empty for a list of domains, which must never be asked for an address.
    package let families: Families
    /// nil for a list of addresses.
    package let domains: DomainForm?
    package let listings: [ListingRule]
    package let refusals: [RefusalRule]
    package let probes: [ZoneProbe]
    /// The codes of all listings, or what they have in common: `spamhaus.dbl.` for a zone all of whose codes begin so.
    let codes: [String]
    /// `origin` with a dot before it.
    let suffix: String

    /// - Parameter name: nil where the origin itself may be shown.
    package init(_ origin: DomainName, shownAs name: String? = nil, effect: ListEffect = .block, asks: SubjectKinds, families: Families = [],
                 domains: DomainForm? = nil, listings: [ListingRule], refusals: [RefusalRule] = [], probes: [ZoneProbe]) {
        self.name = name ?? origin.text
        self.origin = origin
        self.effect = effect
        self.asks = asks
        self.families = families
        self.domains = domains
        self.listings = listings
        self.refusals = refusals
        self.probes = probes
        codes = Self.inShort(listings.map(\.code).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
        suffix = "." + origin.text
    }

    private static func inShort(_ codes: [String]) -> [String] {
        guard codes.count > 1, let first = codes.first else { return codes }
        let labels = first.split(separator: ".").dropLast()
        let common = labels.joined(separator: ".") + "."
        return labels.count >= 2 && codes.allSatisfy { $0.hasPrefix(common) } ? [common] : codes
    }

    /// Whether the origin holds a key that nobody must see.
    package var isSecret: Bool { name != origin.text }

    /// The name for a question below the zone; nil when it would be too long for the DNS.
    func question(_ labels: String) -> DomainName? {
        labels.utf8.count + suffix.utf8.count <= 253 ? DomainName(trusted: labels + suffix) : nil
    }

    /// Trouble in words; what a resolver says of a validation holds the name that was asked, and so the key.
    func shown(_ trouble: DNSTrouble) -> String {
        guard isSecret else { return trouble.description }
        switch trouble {
        case .timeout, .responseCode: return trouble.description
        case .bogus: return "DNSSEC validation failed"
        case .local: return "the resolver could not ask"
        }
    }
}

extension ListZone: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { name }
    package var debugDescription: String { name }
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
