package import DNS

/// Where a term points: a name that is known when the record is read, or one that each message makes anew.
/// Source: RFC 7208 §7.1 and §4.8.
package enum SPFDomainSpec: Sendable, Equatable {
    case name(DomainName)
    /// Good syntax, yet no question can be asked about it: an empty label, or one above 63 octets.
    case unqueryable
    case macros(SPFMacroString)

    /// - Parameter text: visible ASCII.
    /// - Throws: `SPFSyntaxError` without the term.
    init(_ text: ArraySlice<UInt8>) throws(SPFSyntaxError) {
        guard !text.isEmpty else { throw SPFSyntaxError("the domain is empty") }
        let macros = try SPFMacroString(text, in: .record)
        try Self.checkEnd(text, literal: text.dropFirst(macros.tail))
        guard let literal = macros.literal else { self = .macros(macros); return }
        self = Self.targetName(literal).map { .name($0) } ?? .unqueryable
    }

    /// domain-end = ( "." toplabel [ "." ] ) / macro-expand
    private static func checkEnd(_ text: ArraySlice<UInt8>, literal: ArraySlice<UInt8>) throws(SPFSyntaxError) {
        var tail = literal
        if tail.isEmpty { return }
        if tail.last == UInt8(ascii: ".") { tail = tail.dropLast() }
        guard let dot = tail.lastIndex(of: UInt8(ascii: ".")) else {
            throw SPFSyntaxError("the domain has to end in a dot and a top label, or in a macro")
        }
        let label = tail[(dot + 1)...]
        guard let first = label.first, let last = label.last else { throw SPFSyntaxError("the domain's last label is empty") }
        // toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
        for octet in label where !isAlpha(octet) && !isDigit(octet) && octet != UInt8(ascii: "-") {
            throw SPFSyntaxError("the domain's last label holds something else than letters, digits and hyphens")
        }
        guard first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else {
            throw SPFSyntaxError("the domain's last label begins or ends with a hyphen")
        }
        if label.allSatisfy({ isDigit($0) }) {
            let isAddress = IPAddress(String(decoding: text, as: UTF8.self)) != nil
            throw SPFSyntaxError(isAddress ? "an address where a domain belongs; ip4: takes addresses" : "the domain's last label is a number")
        }
    }

    /// The name that an expanded domain-spec stands for.
    /// Source: RFC 7208 §7.3: above 253 octets, labels fall away from the left.
    /// - Returns: nil when no question can be asked about it.
    package static func targetName(_ expanded: [UInt8]) -> DomainName? {
        var text = expanded[...]
        if text.last == UInt8(ascii: ".") { text = text.dropLast() }
        while text.count > 253 {
            guard let dot = text.firstIndex(of: UInt8(ascii: ".")) else { return nil }
            text = text[(dot + 1)...]
        }
        if text.isEmpty { return nil }
        return DomainName(labels: text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init))
    }
}
