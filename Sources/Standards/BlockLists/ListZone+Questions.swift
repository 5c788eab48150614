internal import DNS

extension ListZone {
    /// Whether the zone lists this sort of thing at all: a list of domains is never asked for an address, nor the reverse.
    func takes(_ value: ListSubject.Value) -> Bool {
        switch value {
        case .address(.v4): return families.contains(.v4)
        case .address(.v6): return families.contains(.v6)
        case .domain: return domains != nil
        }
    }

    /// Calls `ask` with every name to look up for a subject that `takes` accepts.
    /// - Parameter seen: the shortened domains that this zone was asked for already.
    func eachQuestion(_ subject: ListSubject, seen: inout Set<String>, ask: (DomainName) -> Void) {
        guard case .domain(let domain) = subject.value, case .lastLabels(let numbers)? = domains else {
            if let name = question(subject.labels) { ask(name) }
            return
        }
        let labels = domain.labels
        // Longest first: where both are listed, the nearer name comes first.
        for count in numbers.reversed() where count >= 2 && count <= labels.count {
            let text = labels.suffix(count).joined(separator: ".")
            if seen.insert(text).inserted, let name = question(text) { ask(name) }
        }
    }

    /// What a question was about, as it is shown: the subject, or the part of its domain that was asked for.
    func subject(_ subject: ListSubject, asked name: DomainName) -> String {
        guard case .domain = subject.value else { return subject.text }
        return String(name.text.dropLast(suffix.utf8.count))
    }
}
