/// A cursor over the value of a structured field: white space, comments, quoted strings and words.
/// Source: RFC 5322 §3.2.1 to §3.2.4, RFC 6532 §3.2. Linear in the octets, nothing recurses.
package struct StructuredText {
    /// What does not end before the field does.
    package enum Fault: Error, Sendable, Hashable { case openComment, openQuote }

    private let text: ArraySlice<UInt8>
    /// The place of the next octet.
    package var at: Int
    /// The first comment that was passed since this was set to nil: without its parentheses and backslashes, each white space one blank.
    package var comment: String?

    /// - Parameter text: folded or not.
    package init(_ text: ArraySlice<UInt8>) {
        self.text = text
        at = text.startIndex
    }

    package var isAtEnd: Bool { at >= text.endIndex }
    package var next: UInt8? { at < text.endIndex ? text[at] : nil }
    /// What is left.
    package var rest: ArraySlice<UInt8> { text[min(at, text.endIndex)...] }

    /// Takes the octet where it is the next one.
    package mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        at += 1
        return true
    }

    /// Takes the octets as long as they are wanted.
    package mutating func take(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = at
        while at < text.endIndex, isWanted(text[at]) { at += 1 }
        return text[start..<at]
    }

    /// Passes over white space and comments.
    package mutating func skip() throws(Fault) {
        while let octet = next {
            if ASCII.isSpace(octet) { at += 1 } else if octet == ASCII.open { try takeComment() } else { return }
        }
    }

    /// Takes what stands between quotes; a quote is the next octet.
    /// - Returns: the octets without backslashes and line breaks, and as they are written.
    package mutating func quoted() throws(Fault) -> (octets: [UInt8], written: ArraySlice<UInt8>) {
        at += 1
        let start = at
        var octets: [UInt8] = []
        while let octet = next {
            at += 1
            if octet == ASCII.quote { return (octets, text[start..<(at - 1)]) }
            if octet == ASCII.backslash {
                guard let escaped = next else { break }
                at += 1
                if escaped != ASCII.cr, escaped != ASCII.lf { octets.append(escaped) }
            } else if octet != ASCII.cr, octet != ASCII.lf {
                octets.append(octet)
            }
        }
        throw .openQuote
    }

    private mutating func takeComment() throws(Fault) {
        var depth = 0, octets: [UInt8] = []
        while var octet = next {
            at += 1
            if octet == ASCII.open {
                depth += 1
                if depth == 1 { continue }
            } else if octet == ASCII.close {
                depth -= 1
                if depth == 0 {
                    if comment == nil { comment = Charset.headerText(ASCII.trimmed(octets[...])) }
                    return
                }
            } else if octet == ASCII.backslash {
                guard let escaped = next else { break }
                at += 1
                octet = escaped
            }
            if comment != nil { continue }
            if !ASCII.isSpace(octet) { octets.append(octet) } else if octets.last != ASCII.space { octets.append(ASCII.space) }
        }
        throw .openComment
    }
}
