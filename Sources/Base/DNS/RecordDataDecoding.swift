extension RecordData {
    /// Reads one record's data as it stands in a DNS message, names uncompressed.
    /// Source: RFC 1035 §3.3 and §3.4, RFC 3596 §2.2, RFC 6698 §2.1, RFC 7208 §3.3 (TXT strings are joined).
    /// - Parameters:
    ///   - wire: the RDATA without its length, 0…65535 octets.
    ///   - type: the record's type.
    /// - Returns: nil when the octets are not exactly one record of that type.
    package init?(wire: [UInt8], type: RecordType) {
        switch type {
        case .a:
            guard wire.count == 4, let address = IPAddress(networkOrder: wire) else { return nil }
            self = .address(address)
        case .aaaa:
            guard wire.count == 16, let address = IPAddress(networkOrder: wire) else { return nil }
            self = .address(address)
        case .cname, .ptr:
            guard let name = DomainName(wire: wire[...]) else { return nil }
            self = .name(name)
        case .mx:
            guard wire.count > 2, let host = DomainName(wire: wire[2...]) else { return nil }
            self = .exchange(UInt16(wire[0]) << 8 | UInt16(wire[1]), host)
        case .txt:
            guard let text = Self.joined(wire) else { return nil }
            self = .text(text)
        case .tlsa:
            guard wire.count > 3 else { return nil }
            self = .tlsa(usage: wire[0], selector: wire[1], matching: wire[2], data: Array(wire[3...]))
        }
    }

    /// The character-strings one after another; nil when there is none, or a length runs past the end (RFC 1035 §3.3.14).
    private static func joined(_ wire: [UInt8]) -> [UInt8]? {
        guard !wire.isEmpty else { return nil }
        var text: [UInt8] = [], at = 0
        text.reserveCapacity(wire.count)
        while at < wire.count {
            let end = at + 1 + Int(wire[at])
            guard end <= wire.count else { return nil }
            text.append(contentsOf: wire[(at + 1)..<end])
            at = end
        }
        return text
    }
}

extension DomainName {
    /// Reads an uncompressed name that fills the octets from the first to the last.
    /// Source: RFC 1035 §3.1.
    /// - Returns: nil when the root label is missing or not the last octet, a label is longer than 63 octets or compressed, or the
    ///   whole is longer than 255 octets.
    package init?(wire: ArraySlice<UInt8>) {
        guard wire.count <= 255 else { return nil }
        var labels: [[UInt8]] = [], rest = wire
        while let length = rest.popFirst() {
            if length == 0 {
                guard rest.isEmpty else { return nil }
                self.init(labels: labels)
                return
            }
            guard length <= 63, rest.count > Int(length) else { return nil }
            labels.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return nil
    }
}
