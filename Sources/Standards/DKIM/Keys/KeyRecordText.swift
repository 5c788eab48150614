package import Cryptography
package import DNS
internal import Mail

/// The record that tells verifiers of a key, in the forms in which people publish it.
/// Source: RFC 6376 §3.6.1, RFC 8463 §4.1; RFC 1035 §3.3.14 and §5.1 (zone files).
package struct KeyRecordText: Sendable, Equatable {
    /// Octets of one character-string of a TXT record (RFC 1035 §3.3).
    private static let stringOctets = 255

    /// The name at which it stands, without the final dot.
    package let owner: DomainName
    /// One line, for panels that cut it up themselves.
    package let text: String

    package init(owner: DomainName, kind: KeyKind, publicKey: [UInt8]) {
        self.owner = owner
        text = "v=DKIM1; k=\(kind.rawValue); p=" + String(decoding: Base64.encode(publicKey), as: UTF8.self)
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
}

extension SigningKey {
    /// Its record; nil where the name would be too long.
    package var record: KeyRecordText? { owner.map { KeyRecordText(owner: $0, kind: kind, publicKey: publicKey) } }
}
