internal import Mail

/// A list of tags on its way into a field, folded so that lines have at most 78 columns where words let them.
/// Source: RFC 6376 §3.2, RFC 5322 §2.1.1, §2.2.3.
package struct FoldedTags: Sendable {
    /// What follows the colon of the field, without a line end after it.
    package private(set) var octets: [UInt8] = []
    private var column: Int

    /// - Parameter fieldName: the name of the field, which stands before the first tag.
    package init(fieldName: String) { column = fieldName.utf8.count + 1 }

    /// Adds a tag in one word.
    package mutating func add(_ name: String, _ value: String) { add(name, words: [value]) }

    /// Adds a tag of several words, with a colon between them.
    package mutating func add(_ name: String, words: [String]) {
        if !octets.isEmpty {
            octets.append(ASCII.semicolon)
            column += 1
        }
        for (place, word) in words.enumerated() {
            // The `;` or `:` behind it is of the same line.
            let piece = Array((place == 0 ? " \(name)=\(word)" : word).utf8) + (place + 1 < words.count ? [ASCII.colon] : [])
            if column + piece.count + 1 > 78 { fold(piece[(place == 0 ? 1 : 0)...]) } else { put(piece[...]) }
        }
    }

    /// Adds `b=` with nothing after it: what is signed.
    package mutating func addEmptySignature() { add("b", "") }

    /// Adds the value of the signature after its `b=`.
    package mutating func addSignature(_ signature: [UInt8]) {
        var rest = Base64.encode(signature)[...]
        while !rest.isEmpty {
            if column >= 78 { fold([]) }
            let now = rest.prefix(78 - column)
            put(now)
            rest = rest[now.endIndex...]
        }
    }

    private mutating func put(_ piece: ArraySlice<UInt8>) {
        octets += piece
        column += piece.count
    }

    private mutating func fold(_ piece: ArraySlice<UInt8>) {
        octets += [ASCII.cr, ASCII.lf, ASCII.space]
        column = 1
        put(piece)
    }
}
