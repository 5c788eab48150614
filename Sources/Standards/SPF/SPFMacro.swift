/// One macro: `%{` letter, transformers, delimiters `}`.
/// Source: RFC 7208 §7.1 to §7.3.
struct SPFMacro: Sendable, Equatable {
    /// RFC 7208 §7.2.
    enum Letter: UInt8, Sendable {
        case s = 0x73, l = 0x6c, o = 0x6f, d = 0x64, i = 0x69, p = 0x70, v = 0x76, h = 0x68, c = 0x63, r = 0x72, t = 0x74
    }

    let letter: Letter
    /// A capital letter: the value is escaped for URLs after everything else.
    let urlEscaped: Bool
    /// How many parts from the right are kept; 0 for all.
    private(set) var keep = 0
    private(set) var reversed = false
    private(set) var delimiters: [UInt8] = []

    /// - Parameter text: what stands between the braces.
    init(_ text: ArraySlice<UInt8>, in place: SPFMacroString.Place) throws(SPFSyntaxError) {
        guard let first = text.first, isAlpha(first), let letter = Letter(rawValue: first | 0x20) else {
            throw SPFSyntaxError("%{\(SPFSyntaxError.shown(text))} is not a macro")
        }
        if place == .record, letter == .c || letter == .r || letter == .t {
            throw SPFSyntaxError("%{\(SPFSyntaxError.shown(text))} belongs into explanations only")
        }
        self.letter = letter
        urlEscaped = first & 0x20 == 0
        var rest = text.dropFirst(), digits = 0
        while let digit = rest.first, isDigit(digit) {
            // No name has more parts than 1000, so more digits say no more.
            keep = min(keep * 10 + Int(digit - 48), 1000)
            digits += 1
            rest = rest.dropFirst()
        }
        guard digits == 0 || keep > 0 else { throw SPFSyntaxError("%{\(SPFSyntaxError.shown(text))} keeps no part at all") }
        if let next = rest.first, next | 0x20 == UInt8(ascii: "r") {
            reversed = true
            rest = rest.dropFirst()
        }
        for octet in rest {
            switch octet {
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: "_"),
                 UInt8(ascii: "="):
                if !delimiters.contains(octet) { delimiters.append(octet) }
            default: throw SPFSyntaxError("%{\(SPFSyntaxError.shown(text))} is not a macro")
            }
        }
    }

    func append(_ values: SPFMacroValues, to text: inout [UInt8]) {
        let value = transformed(values.value(of: letter))
        guard urlEscaped else { text += value; return }
        let digits = Array("0123456789ABCDEF".utf8)
        for octet in value {
            // RFC 3986 §2.3: the unreserved characters.
            if isAlpha(octet) || isDigit(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: ".")
                || octet == UInt8(ascii: "_") || octet == UInt8(ascii: "~") {
                text.append(octet)
            } else {
                text += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
    }

    /// RFC 7208 §7.3: split, reverse, keep the right-hand parts, join with dots.
    private func transformed(_ value: [UInt8]) -> [UInt8] {
        if keep == 0, !reversed, delimiters.isEmpty { return value }
        var parts: [ArraySlice<UInt8>] = [], start = value.startIndex
        for at in value.indices where delimiters.isEmpty ? value[at] == UInt8(ascii: ".") : delimiters.contains(value[at]) {
            parts.append(value[start..<at])
            start = at + 1
        }
        parts.append(value[start...])
        if reversed { parts.reverse() }
        if keep > 0, parts.count > keep { parts.removeFirst(parts.count - keep) }
        var text: [UInt8] = []
        text.reserveCapacity(value.count)
        for (place, part) in parts.enumerated() {
            if place > 0 { text.append(UInt8(ascii: ".")) }
            text += part
        }
        return text
    }
}
