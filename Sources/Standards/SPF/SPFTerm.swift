import DNS

/// One term of a record.
/// Source: RFC 7208 §4.6.1.
enum SPFTerm: Sendable, Equatable {
    case directive(SPFResult, SPFMechanism)
    case redirect(SPFDomainSpec)
    case explanation(SPFDomainSpec)
    /// A modifier of another specification: its syntax counts, its meaning does not (RFC 7208 §6).
    case unknown

    /// - Parameter term: octets without spaces.
    /// - Throws: `SPFSyntaxError` without the term.
    init(_ term: ArraySlice<UInt8>) throws(SPFSyntaxError) {
        // RFC 7208 §7.1: nothing but visible ASCII stands in a term.
        for octet in term where octet < 0x21 || octet > 0x7e {
            throw SPFSyntaxError("the octet \(octet) is not a visible ASCII character")
        }
        let name = Self.name(term)
        let rest = term[name.endIndex...]
        // RFC 7208 §4.6.1: a modifier has its "=" before any ":" or "/".
        if rest.first == UInt8(ascii: "="), !name.isEmpty {
            self = try Self.modifier(Self.lowercased(name), value: rest.dropFirst())
        } else {
            self = try Self.directive(term)
        }
    }

    /// ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
    private static func name(_ term: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let first = term.first, isAlpha(first) else { return term.prefix(0) }
        var end = term.startIndex
        while end < term.endIndex, isAlpha(term[end]) || isDigit(term[end]) || term[end] == UInt8(ascii: "-")
            || term[end] == UInt8(ascii: "_") || term[end] == UInt8(ascii: ".") { end += 1 }
        return term[term.startIndex..<end]
    }

    private static func modifier(_ name: String, value: ArraySlice<UInt8>) throws(SPFSyntaxError) -> SPFTerm {
        switch name {
        // An unknown modifier takes any macro string, but never under these two names.
        case "redirect": return .redirect(try SPFDomainSpec(value))
        case "exp": return .explanation(try SPFDomainSpec(value))
        default:
            _ = try SPFMacroString(value, in: .record)
            return .unknown
        }
    }

    private static func directive(_ term: ArraySlice<UInt8>) throws(SPFSyntaxError) -> SPFTerm {
        var rest = term
        var qualifier = SPFResult.pass
        switch term.first {
        case UInt8(ascii: "+"): rest = rest.dropFirst()
        case UInt8(ascii: "-"): qualifier = .fail; rest = rest.dropFirst()
        case UInt8(ascii: "~"): qualifier = .softfail; rest = rest.dropFirst()
        case UInt8(ascii: "?"): qualifier = .neutral; rest = rest.dropFirst()
        default: break
        }
        let name = Self.name(rest)
        return .directive(qualifier, try mechanism(lowercased(name), rest[name.endIndex...]))
    }

    /// - Parameter rest: what follows the name: empty, or from its ":" or "/" on.
    private static func mechanism(_ name: String, _ rest: ArraySlice<UInt8>) throws(SPFSyntaxError) -> SPFMechanism {
        switch name {
        case "all":
            guard rest.isEmpty else { throw SPFSyntaxError("nothing may follow all") }
            return .all
        case "include": return .include(try required(name, rest))
        case "exists": return .exists(try required(name, rest))
        case "ptr": return .ptr(rest.isEmpty ? nil : try required(name, rest))
        case "a":
            let (target, v4, v6) = try dual(name, rest)
            return .a(target, v4: v4, v6: v6)
        case "mx":
            let (target, v4, v6) = try dual(name, rest)
            return .mx(target, v4: v4, v6: v6)
        case "ip4", "ip6": return .network(try network(name, rest))
        case "redirect", "exp": throw SPFSyntaxError("\(name) is a modifier: it has no qualifier, and \"=\" before its value")
        case "": throw SPFSyntaxError("no mechanism or modifier begins like this")
        default: throw SPFSyntaxError("there is no mechanism \(SPFSyntaxError.shown(ArraySlice(name.utf8)))")
        }
    }

    /// ":" domain-spec
    private static func required(_ name: String, _ rest: ArraySlice<UInt8>) throws(SPFSyntaxError) -> SPFDomainSpec {
        guard rest.first == UInt8(ascii: ":") else { throw SPFSyntaxError("\(name) wants \":\" and a domain") }
        return try SPFDomainSpec(rest.dropFirst())
    }

    /// [ ":" domain-spec ] [ dual-cidr-length ]; a domain may hold "/" too, so the lengths are read from the end.
    private static func dual(_ name: String, _ rest: ArraySlice<UInt8>) throws(SPFSyntaxError) -> (SPFDomainSpec?, Int, Int) {
        var rest = rest, v4 = 32, v6 = 128
        if let (before, digits) = length(rest), before.last == UInt8(ascii: "/") {
            v6 = try bits(digits, of: 128)
            rest = before.dropLast()
        }
        if let (before, digits) = length(rest) {
            v4 = try bits(digits, of: 32)
            rest = before
        }
        if rest.isEmpty { return (nil, v4, v6) }
        guard rest.first == UInt8(ascii: ":") else {
            throw SPFSyntaxError(rest.first == UInt8(ascii: "/") ? "the prefix length is wrong" : "\(name) wants \":\" before a domain")
        }
        return (try SPFDomainSpec(rest.dropFirst()), v4, v6)
    }

    /// ":" ip4-network [ ip4-cidr-length ], and the same of ip6.
    private static func network(_ name: String, _ rest: ArraySlice<UInt8>) throws(SPFSyntaxError) -> IPNetwork {
        guard rest.first == UInt8(ascii: ":") else { throw SPFSyntaxError("\(name) wants \":\" and an address") }
        let isV4 = name == "ip4"
        var text = rest.dropFirst(), prefix = isV4 ? 32 : 128
        if let slash = text.firstIndex(of: UInt8(ascii: "/")) {
            prefix = try bits(text[(slash + 1)...], of: prefix)
            text = text[..<slash]
        }
        guard let address = IPAddress(String(decoding: text, as: UTF8.self)), address.isV4 == isV4,
              let network = IPNetwork(address, prefix: prefix) else {
            throw SPFSyntaxError("\(SPFSyntaxError.shown(text)) is not an IPv\(isV4 ? 4 : 6) address")
        }
        return network
    }

    /// What stands before a trailing "/" and digits, and the digits; nil when the text does not end so.
    private static func length(_ text: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        var start = text.endIndex
        while start > text.startIndex, isDigit(text[start - 1]) { start -= 1 }
        guard start < text.endIndex, start > text.startIndex, text[start - 1] == UInt8(ascii: "/") else { return nil }
        return (text[..<(start - 1)], text[start...])
    }

    /// RFC 7208 §12: "0" or digits without a leading zero, within the family's bits.
    private static func bits(_ digits: ArraySlice<UInt8>, of most: Int) throws(SPFSyntaxError) -> Int {
        let wrong = SPFSyntaxError("the prefix length is not a number of 0…\(most) without leading zeros")
        guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { throw wrong }
        var number = 0
        for digit in digits {
            guard isDigit(digit) else { throw wrong }
            number = number * 10 + Int(digit - 48)
        }
        guard number <= most else { throw wrong }
        return number
    }

    private static func lowercased(_ name: ArraySlice<UInt8>) -> String {
        String(decoding: name.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }, as: UTF8.self)
    }
}

func isAlpha(_ octet: UInt8) -> Bool { octet | 0x20 >= 97 && octet | 0x20 <= 122 }
func isDigit(_ octet: UInt8) -> Bool { octet >= 48 && octet <= 57 }
