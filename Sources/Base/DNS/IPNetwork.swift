internal import JSON

/// An address with the number of leading bits that count (CIDR).
/// Source: RFC 4632 §3.1.
package struct IPNetwork: Hashable, Sendable {
    package let address: IPAddress
    /// 0…32 for IPv4, 0…128 for IPv6.
    package let prefix: Int

    /// - Parameter prefix: number of leading bits; nil when it does not fit the family.
    package init?(_ address: IPAddress, prefix: Int) {
        guard prefix >= 0, prefix <= (address.isV4 ? 32 : 128) else { return nil }
        self.address = address
        self.prefix = prefix
    }

    /// Reads `address` or `address/prefix`; nil when it is neither.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        guard parts.count == 2 else { self.init(address, prefix: address.isV4 ? 32 : 128); return }
        guard parts[1].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let prefix = Int(parts[1]) else { return nil }
        self.init(address, prefix: prefix)
    }

    /// Whether the leading bits agree; never across families.
    package func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let its)):
            return prefix == 0 || (mine ^ its) >> (32 - UInt32(prefix)) == 0
        case (.v6(let high, let low), .v6(let itsHigh, let itsLow)):
            if prefix == 0 { return true }
            if prefix <= 64 { return (high ^ itsHigh) >> (64 - UInt64(prefix)) == 0 }
            return high == itsHigh && (low ^ itsLow) >> (128 - UInt64(prefix)) == 0
        default: return false
        }
    }

    /// The first and the last address.
    package var range: (first: IPAddress, last: IPAddress) {
        switch address {
        case .v4(let number):
            let host: UInt32 = prefix >= 32 ? 0 : .max >> UInt32(max(0, prefix))
            return (.v4(number & ~host), .v4(number | host))
        case .v6(let high, let low):
            let hostHigh: UInt64 = prefix >= 64 ? 0 : .max >> UInt64(max(0, prefix))
            let hostLow: UInt64 = prefix >= 128 ? 0 : prefix <= 64 ? .max : .max >> UInt64(prefix - 64)
            return (.v6(high: high & ~hostHigh, low: low & ~hostLow), .v6(high: high | hostHigh, low: low | hostLow))
        }
    }
}

extension IPNetwork: CodedAsText {
    package static var textForm: String { "an IP network" }

    package var description: String { "\(address)/\(prefix)" }
}

/// Networks taken together.
package struct NetworkSet: Sendable, Equatable {
    private let networks: [IPNetwork]

    package init(_ networks: [IPNetwork]) { self.networks = networks }

    /// Whether the address, taken out of its IPv4-mapped form, lies in one of them.
    package func contains(_ address: IPAddress) -> Bool {
        let address = address.unmapped
        return networks.contains { $0.contains(address) }
    }

    /// Loopback, private use, link-local, shared and unique-local addresses: a host of our own or behind our own proxy.
    package static let privateUse = NetworkSet(ofPrivateUse)

    /// Addresses that no host on the public Internet has: private, documentation, benchmarking, multicast, reserved
    /// (RFC 6890 registries).
    package static let specialPurpose = NetworkSet(ofPrivateUse + [
        "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3", "::/128", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "2001:10::/28", "3fff::/20", "ff00::/8",
    ].compactMap { IPNetwork($0) })

    private static let ofPrivateUse: [IPNetwork] = [
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    ].compactMap { IPNetwork($0) }
}
