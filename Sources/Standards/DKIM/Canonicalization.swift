internal import JSON
internal import Mail

/// How octets are made ready for hashing, so that changes under way that mean nothing do not break a signature.
/// Source: RFC 6376 §3.4.
package enum Canonicalization: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    case simple, relaxed
}

/// The canonicalizations of header and body together, as c= has them.
/// Source: RFC 6376 §3.5 (c=).
package struct CanonicalizationPair: Sendable, Hashable {
    package var header: Canonicalization
    package var body: Canonicalization

    package init(header: Canonicalization, body: Canonicalization) {
        self.header = header
        self.body = body
    }

    /// Reads `relaxed/simple`; a missing second word is `simple`.
    /// - Returns: nil for a word that is neither.
    package init?(_ value: ArraySlice<UInt8>) {
        let slash = value.firstIndex(of: ASCII.slash) ?? value.endIndex
        guard let header = Canonicalization(rawValue: ASCII.text(ASCII.trimmed(value[..<slash]))) else { return nil }
        guard slash < value.endIndex else { self.init(header: header, body: .simple); return }
        guard let body = Canonicalization(rawValue: ASCII.text(ASCII.trimmed(value[(slash + 1)...]))) else { return nil }
        self.init(header: header, body: body)
    }

    package var text: String { header.rawValue + "/" + body.rawValue }
}
