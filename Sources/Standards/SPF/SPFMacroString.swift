/// A text with macros in it, read once and expanded for each message.
/// Source: RFC 7208 §7.1 and §7.2.
package struct SPFMacroString: Sendable, Equatable {
    /// Where the text stands: `c`, `r` and `t`, and spaces, belong to explanations alone.
    package enum Place: Sendable { case record, explanation }

    enum Piece: Sendable, Equatable {
        case literal([UInt8])
        case macro(SPFMacro)
    }

    private(set) var pieces: [Piece] = []
    /// Whether `%{p}` occurs, which costs DNS queries.
    package private(set) var usesValidatedName = false
    /// Whether `%{s}` or `%{l}` occurs.
    package private(set) var usesLocalPart = false
    /// How many octets of the source stand before the literal text that follows the last macro-expand.
    let tail: Int

    /// - Throws: `SPFSyntaxError` without a term.
    package init(_ text: ArraySlice<UInt8>, in place: Place) throws(SPFSyntaxError) {
        var literal: [UInt8] = [], at = text.startIndex, tail = 0
        while at < text.endIndex {
            let octet = text[at]
            at += 1
            guard octet == UInt8(ascii: "%") else {
                guard octet > 0x20 && octet < 0x7f || octet == 0x20 && place == .explanation else {
                    throw SPFSyntaxError("the octet \(octet) is not a visible ASCII character")
                }
                literal.append(octet)
                continue
            }
            guard at < text.endIndex else { throw SPFSyntaxError("\"%\" at the end") }
            let kind = text[at]
            at += 1
            switch kind {
            case UInt8(ascii: "%"): literal.append(UInt8(ascii: "%"))
            case UInt8(ascii: "_"): literal.append(UInt8(ascii: " "))
            case UInt8(ascii: "-"): literal += [UInt8(ascii: "%"), UInt8(ascii: "2"), UInt8(ascii: "0")]
            case UInt8(ascii: "{"):
                guard let end = text[at...].firstIndex(of: UInt8(ascii: "}")) else { throw SPFSyntaxError("\"%{\" without \"}\"") }
                let macro = try SPFMacro(text[at..<end], in: place)
                if !literal.isEmpty { pieces.append(.literal(literal)); literal = [] }
                pieces.append(.macro(macro))
                if macro.letter == .p { usesValidatedName = true }
                if macro.letter == .s || macro.letter == .l { usesLocalPart = true }
                at = end + 1
            default: throw SPFSyntaxError("\"%\" before something else than \"{\", \"%\", \"_\" or \"-\"")
            }
            tail = at - text.startIndex
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        self.tail = tail
    }

    /// The text when it does not depend on the message; nil when it does.
    var literal: [UInt8]? {
        switch pieces.first {
        case nil: return []
        case .literal(let text) where pieces.count == 1: return text
        default: return nil
        }
    }

    /// The text for one message.
    /// - Parameter limit: octets the text may grow to.
    /// - Returns: nil when it grows longer.
    package func expanded(_ values: SPFMacroValues, limit: Int) -> [UInt8]? {
        var text: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .literal(let octets): text += octets
            case .macro(let macro): macro.append(values, to: &text)
            }
            guard text.count <= limit else { return nil }
        }
        return text
    }
}
