internal import DNS
internal import JSON

/// How one host name relates to another, seen from the names alone.
package enum NameRelation: String, Decodable, JSONWritable, Sendable, Hashable {
    /// The two are equal.
    case same
    /// The two end in the same registrable name, as far as that shows without a list of public suffixes.
    case related
    case different
}

extension NameRelation {
    /// The closest relation between any name of one list and any of the other; nil when a list is empty.
    static func closest(_ names: [DomainName], _ others: [DomainName]) -> NameRelation? {
        guard !names.isEmpty, !others.isEmpty else { return nil }
        var found = NameRelation.different
        for name in names {
            for other in others {
                switch between(name, other) {
                case .same: return .same
                case .related: found = .related
                case .different: break
                }
            }
        }
        return found
    }

    /// Names are related when they share their last two labels, or, below a two-letter top label whose next label is a word
    /// by which registries sort (`co.uk`, `com.br`, `or.jp`), their last three.
    static func between(_ name: DomainName, _ other: DomainName) -> NameRelation {
        if name == other { return .same }
        let first = name.labels, second = other.labels
        guard let top = first.last, first.count >= 2, second.count >= 2 else { return .different }
        let sorting = top.utf8.count == 2 && RegistrableName.isSorting(first[first.count - 2].utf8)
        let needed = sorting ? 3 : 2
        guard first.count >= needed, second.count >= needed else { return .different }
        return first.suffix(needed).elementsEqual(second.suffix(needed)) ? .related : .different
    }
}
