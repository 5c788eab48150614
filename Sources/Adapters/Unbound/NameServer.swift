package import DNS

/// A resolver to ask, by its address and port.
package struct NameServer: Hashable, Sendable {
    package let address: IPAddress
    package let port: UInt16

    package init(_ address: IPAddress, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }

    /// Reads `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`; nil for anything else, and for port 0.
    package init?(_ text: some StringProtocol) {
        if let address = IPAddress(text) { self.init(address); return }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard let address = IPAddress(host), !address.isV4 else { return nil }
            self.init(address, port: port)
        } else {
            guard let address = IPAddress(host), address.isV4 else { return nil }
            self.init(address, port: port)
        }
    }
}

extension NameServer: CustomStringConvertible {
    package var description: String { address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}
