package import DNS

/// Local entries, made ready to be looked up; never changed once made.
package struct LocalList: Sendable {
    private struct Half: Hashable { var high: UInt64, low: UInt64 }

    private let entries: [LocalEntry]
    /// For each length of prefix that occurs, the entries by their leading bits; the longest first.
    private var v4: [(prefix: Int, table: [UInt32: [Int]])] = []
    private var v6: [(prefix: Int, table: [Half: [Int]])] = []
    private var exact: [DomainName: [Int]] = [:]
    private var within: [DomainName: [Int]] = [:]
    private var addresses: [String: [Int]] = [:]
    private var files: [String: [Int]] = [:]

    package init(_ entries: [LocalEntry]) {
        self.entries = entries
        var four: [Int: [UInt32: [Int]]] = [:], six: [Int: [Half: [Int]]] = [:]
        for (place, entry) in entries.enumerated() {
            switch entry.subject {
            case .network(let network):
                // A mapped network is the IPv4 network it stands for, as a mapped client is its IPv4 address.
                let isMapped = !network.address.isV4 && network.prefix >= 96 && network.address.unmapped.isV4
                let prefix = isMapped ? network.prefix - 96 : network.prefix
                switch isMapped ? network.address.unmapped : network.address {
                case .v4(let number): four[prefix, default: [:]][Self.leading(number, prefix), default: []].append(place)
                case .v6(let high, let low): six[prefix, default: [:]][Self.leading(high, low, prefix), default: []].append(place)
                }
            case .domain(let name, let withSubdomains):
                if withSubdomains { within[name, default: []].append(place) } else { exact[name, default: []].append(place) }
            case .address(let key): addresses[key, default: []].append(place)
            case .files(let ending): files[ending, default: []].append(place)
            }
        }
        v4 = four.sorted { $0.key > $1.key }.map { (prefix: $0.key, table: $0.value) }
        v6 = six.sorted { $0.key > $1.key }.map { (prefix: $0.key, table: $0.value) }
    }

    package var count: Int { entries.count }

    /// The domains of entries that count, at most so many.
    package func domains(at now: Int64, most: Int) -> [DomainName] {
        var found: [DomainName] = []
        for entry in entries where found.count < most {
            if case .domain(let name, _) = entry.subject, entry.expires.map({ $0 > now }) ?? true { found.append(name) }
        }
        return found
    }

    /// The entries for an address, the longest prefix first.
    package func entries(for address: IPAddress, at now: Int64) -> [LocalEntry] {
        var found: [LocalEntry] = []
        switch address.unmapped {
        case .v4(let number):
            for (prefix, table) in v4 { take(table[Self.leading(number, prefix)], at: now, into: &found) }
        case .v6(let high, let low):
            for (prefix, table) in v6 { take(table[Self.leading(high, low, prefix)], at: now, into: &found) }
        }
        return found
    }

    /// The entries for a domain: the domain itself first, then from the nearest name above to the farthest.
    package func entries(for domain: DomainName, at now: Int64) -> [LocalEntry] {
        var found: [LocalEntry] = []
        if !exact.isEmpty { take(exact[domain], at: now, into: &found) }
        if within.isEmpty { return found }
        var name: DomainName? = domain
        while let each = name, !each.isRoot { take(within[each], at: now, into: &found); name = each.parent }
        return found
    }

    /// The entries for a whole mail address.
    package func entries(forAddress address: String, at now: Int64) -> [LocalEntry] {
        var found: [LocalEntry] = []
        if !addresses.isEmpty, let key = LocalSubject.key(address) { take(addresses[key], at: now, into: &found) }
        return found
    }

    /// The entries for files whose names end so.
    package func entries(forFiles ending: String, at now: Int64) -> [LocalEntry] {
        var found: [LocalEntry] = []
        if !files.isEmpty { take(files[ending], at: now, into: &found) }
        return found
    }

    private func take(_ places: [Int]?, at now: Int64, into found: inout [LocalEntry]) {
        guard let places else { return }
        for place in places where entries[place].expires.map({ now < $0 }) ?? true { found.append(entries[place]) }
    }

    private static func leading(_ number: UInt32, _ prefix: Int) -> UInt32 { prefix <= 0 ? 0 : number & (UInt32.max << UInt32(max(0, 32 - prefix))) }

    private static func leading(_ high: UInt64, _ low: UInt64, _ prefix: Int) -> Half {
        if prefix <= 0 { return Half(high: 0, low: 0) }
        if prefix <= 64 { return Half(high: high & (UInt64.max << UInt64(64 - prefix)), low: 0) }
        return Half(high: high, low: low & (UInt64.max << UInt64(max(0, 128 - prefix))))
    }
}
