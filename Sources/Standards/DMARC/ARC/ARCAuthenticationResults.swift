package import Mail

/// An ARC-Authentication-Results: what a sealer saw, under its instance.
/// Source: RFC 8617 §4.1.1 and §4.2.1.
package struct ARCAuthenticationResults: Sendable {
    package let instance: Int
    /// The authserv-id with which the results begin, as written.
    package let authservID: String
    /// What an Authentication-Results field of this sealer would hold: the authserv-id, and what follows it. Where that is too long, the
    /// authserv-id alone: of a text that is cut, the end of a name may be missing.
    package let results: String
    /// The field as it stands in the message.
    package let field: ArraySlice<UInt8>

    static let name = "ARC-Authentication-Results"

    /// Reads a field.
    /// - Throws: where it does not begin with an instance and a semicolon, or nothing follows.
    /// - Limits: `sets`, `fieldOctets`, `resultsOctets`.
    package init(_ field: HeaderField, limits: ARCLimits = ARCLimits()) throws(ARCFault) {
        guard field.octets.count <= limits.fieldOctets else { throw ARCFault(nil, "\(Self.name): longer than \(limits.fieldOctets) octets") }
        var rest = field.unfolded
        Self.skipComments(&rest)
        guard rest.popFirst() == UInt8(ascii: "i") else { throw ARCFault(nil, "\(Self.name): it does not begin with i=") }
        Self.skipComments(&rest)
        guard rest.popFirst() == ASCII.equals else { throw ARCFault(nil, "\(Self.name): it does not begin with i=") }
        Self.skipComments(&rest)
        let digits = rest.prefix { ASCII.isDigit($0) }
        instance = try ARCInstance.read(digits, in: Self.name, limits)
        rest = rest[digits.endIndex...]
        Self.skipComments(&rest)
        guard rest.popFirst() == ASCII.semicolon else { throw ARCFault(instance, "\(Self.name) \(instance): no semicolon after the instance") }
        Self.skipComments(&rest)
        let identifier = Self.identifier(rest)
        guard !identifier.isEmpty else { throw ARCFault(instance, "\(Self.name) \(instance): there is no authserv-id") }
        authservID = ASCII.text(identifier)
        results = ASCII.text(rest.count <= limits.resultsOctets ? ASCII.trimmed(rest) : identifier)
        self.field = field.octets
    }

    /// A token or a quoted-string (RFC 8601 §2.2).
    private static func identifier(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard octets.first == ASCII.quote else { return octets.prefix { !ASCII.isSpace($0) && $0 != ASCII.semicolon && $0 != ASCII.open } }
        let inside = octets.dropFirst()
        return inside[..<(inside.firstIndex(of: ASCII.quote) ?? inside.endIndex)]
    }

    /// Passes white space and comments (RFC 5322 §3.2.2).
    private static func skipComments(_ octets: inout ArraySlice<UInt8>) {
        var depth = 0
        while let octet = octets.first {
            switch octet {
            case ASCII.open: depth += 1
            case ASCII.close where depth > 0: depth -= 1
            case ASCII.backslash where depth > 0: octets.removeFirst()
            default: if depth == 0, !ASCII.isSpace(octet) { return }
            }
            if !octets.isEmpty { octets.removeFirst() }
        }
    }
}

/// The number of a set in its chain.
/// Source: RFC 8617 §4.2.1.
enum ARCInstance {
    /// - Returns: 1…`sets`.
    static func read(_ digits: ArraySlice<UInt8>, in field: String, _ limits: ARCLimits) throws(ARCFault) -> Int {
        guard (1...2).contains(digits.count), let number = ASCII.number(digits), number >= 1, number <= limits.sets else {
            throw ARCFault(nil, "\(field): i= is not a number of 1…\(limits.sets)")
        }
        return number
    }
}
