package import Cryptography
package import DNS

/// The record that tells verifiers of a key, in the forms in which people publish it.
/// Source: RFC 6376 §3.6.1, RFC 8463 §4.1; RFC 1035 §3.3.14 and §5.1 (zone files).
package struct KeyRecordText: Sendable, Equatable {
    /// Octets of one character-string of a TXT record (RFC 1035 §3.3).
    private static let stringOctets = 255

    /// The name at which it stands, without the final dot.
    package let owner: DomainName
    /// One line, for panels that cut it up themselves.
    package let text: String
    /// The value of p=.
    package let encodedKey: String

    package init(owner: DomainName, kind: KeyKind, publicKey: [UInt8]) {
        self.owner = owner
        encodedKey = Self.base64(publicKey)
        text = "v=DKIM1; k=\(kind.rawValue); p=\(encodedKey)"
    }

    /// The character-strings of the record, each of at most 255 octets; all of its octets are printable ASCII.
    package var strings: [String] {
        let octets = Array(text.utf8)
        return stride(from: 0, to: octets.count, by: Self.stringOctets).map { start in
            String(decoding: octets[start..<min(start + Self.stringOctets, octets.count)], as: UTF8.self)
        }
    }

    /// The strings in quotes on one line: what most panels and `nsupdate` take.
    package var quoted: String { strings.map { "\"\($0)\"" }.joined(separator: " ") }

    /// The record as a zone file has it, each string on a line of its own.
    /// - Parameter ttl: in seconds.
    package func zoneFile(ttl: Int = 3600) -> String {
        let lines = strings.map { "\"\($0)\"" }
        return "\(owner.text). \(ttl) IN TXT " + (lines.count == 1 ? lines[0] : "(\n    " + lines.joined(separator: "\n    ") + " )")
    }

    /// Source: RFC 4648 §4.
    private static func base64(_ octets: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(octets.count / 3 * 4 + 4)
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 { text.append(place <= group.count ? digits[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "=")) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension SigningKey {
    /// Its record; nil where the name would be too long.
    package var record: KeyRecordText? { owner.map { KeyRecordText(owner: $0, kind: kind, publicKey: publicKey) } }
}
