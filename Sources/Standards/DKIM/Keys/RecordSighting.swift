/// What the DNS says of the record of a key.
package enum RecordSighting: Sendable, Hashable {
    /// There is one key record, and it has this key.
    case matches
    /// There is none.
    case missing
    /// There is another one, or it is unusable: how.
    case other(String)
    /// Could not be known: why.
    case trouble(String)

    /// As documents and the database have it.
    package var word: String {
        switch self {
        case .matches: "matches"
        case .missing: "missing"
        case .other: "other"
        case .trouble: "trouble"
        }
    }

    package var detail: String? {
        switch self {
        case .matches, .missing: nil
        case .other(let how): how
        case .trouble(let why): why
        }
    }

    /// Reads what ``word`` and ``detail`` wrote; nil for any other word.
    package init?(word: String, detail: String?) {
        switch word {
        case "matches": self = .matches
        case "missing": self = .missing
        case "other": self = .other(detail ?? "")
        case "trouble": self = .trouble(detail ?? "")
        default: return nil
        }
    }

    /// Whether signatures do not verify: known, not feared.
    package var isFault: Bool {
        switch self {
        case .missing, .other: true
        case .matches, .trouble: false
        }
    }

    /// What several resolvers saw, taken together: whoever sees a fault stands for many who verify; whoever could not know says nothing
    /// beside one who knows.
    /// - Returns: trouble where nobody was asked.
    package static func together(_ sightings: [RecordSighting]) -> RecordSighting {
        sightings.first { if case .other = $0 { true } else { false } } ?? sightings.first { $0 == .missing } ?? sightings.first { $0 == .matches }
            ?? sightings.first ?? .trouble("no resolver was asked")
    }
}
