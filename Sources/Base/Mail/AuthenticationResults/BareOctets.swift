/// How a reader finds the comments of a value. Where none ends, its parenthesis hides nothing.
package struct CommentRule: Sendable, Hashable {
    /// A comment may have comments in it.
    let nests: Bool
    /// A parenthesis behind a backslash is none.
    let escapes: Bool
    /// A parenthesis between quotes is none.
    let quotes: Bool
    /// There are comments at all.
    let hides: Bool

    /// The grammar (RFC 5322 §3.2.2) first, then what those make of it who leave out some of it, each in every combination.
    package static let all = [true, false].flatMap { nests in
        [true, false].flatMap { escapes in [true, false].map { CommentRule(nests: nests, escapes: escapes, quotes: $0, hides: true) } }
    }
    /// Nothing is a comment, as for whoever gives up on them where one does not end.
    package static let none = CommentRule(nests: false, escapes: true, quotes: false, hides: false)
}

/// A value without comments, quotes, backslashes and what cannot be seen, octet by octet in lower case, a blank where any of the first and the last were: whoever
/// looks how it begins need not read it to its end.
/// Source: RFC 5322 §3.2, as readers of many kinds have it.
package struct BareOctets<Source: IteratorProtocol>: IteratorProtocol where Source.Element == UInt8 {
    private var source: Source
    private let rule: CommentRule
    private var depth = 0, isQuoted = false, last: UInt8?
    /// Parentheses that were met, and the numbers of those whose comments do not end, ascending; nil before the first one.
    private var opened = 0, open: ArraySlice<Int>?
    /// The latter, all of them; nil where none had to be found.
    package private(set) var openComments: [Int]?
    /// No parenthesis, quote or backslash was met by now: by every rule it reads the same.
    package private(set) var isPlain = true
    /// There is a parenthesis without a partner.
    package private(set) var hasOpenComment = false

    /// - Parameter openComments: those that were found in the same octets by the same rule; nil where they are not known.
    package init(_ source: Source, rule: CommentRule, openComments: [Int]? = nil) {
        self.source = source
        self.rule = rule
        self.openComments = openComments
        hasOpenComment = openComments?.isEmpty == false
    }

    package mutating func next() -> UInt8? {
        while let octet = source.next() {
            switch octet {
            case ASCII.backslash:
                isPlain = false
                // Where it escapes nothing it is left out itself.
                guard rule.escapes else { continue }
                guard let escaped = source.next() else { return nil }
                if depth == 0, escaped > 32, escaped != 127 { return told(escaped) }
                if depth == 0, let blank = gap() { return blank }
            case ASCII.quote where depth == 0:
                isPlain = false
                isQuoted.toggle()
            case ASCII.open:
                isPlain = false
                let isOutside = depth == 0
                if begins() { depth = rule.nests ? depth + 1 : 1 }
                if isOutside, let blank = gap() { return blank }
            case ASCII.close where depth > 0: depth -= 1
            case _ where depth > 0: continue
            case 33..<127, 128...: return told(octet)
            default: if let blank = gap() { return blank }
            }
        }
        return nil
    }

    private mutating func told(_ octet: UInt8) -> UInt8 {
        let octet = ASCII.lower(octet)
        last = octet
        return octet
    }

    private mutating func gap() -> UInt8? { last != nil && last != ASCII.space ? told(ASCII.space) : nil }

    /// Whether a comment begins at the parenthesis that was taken.
    private mutating func begins() -> Bool {
        guard rule.hides else { return false }
        let all = openComments ?? findOpenComments()
        openComments = all
        var left = open ?? all[...]
        opened += 1
        while let first = left.first, first < opened { left = left.dropFirst() }
        let isOpen = left.first == opened
        open = left
        return !isOpen && (!isQuoted || !rule.quotes)
    }

    /// Behind the first parenthesis: the numbers, the first being 1, of those whose comments do not end.
    private mutating func findOpenComments() -> [Int] {
        var rest = source, met = 1, left = [1], isQuoted = isQuoted && rule.quotes
        if isQuoted { left = [] }
        while let octet = rest.next() {
            switch octet {
            case ASCII.backslash where rule.escapes: _ = rest.next()
            case ASCII.quote where left.isEmpty && rule.quotes: isQuoted.toggle()
            case ASCII.open:
                met += 1
                if !isQuoted, rule.nests || left.isEmpty { left.append(met) }
            case ASCII.close where !left.isEmpty: left.removeLast()
            default: break
            }
        }
        // Without comments in comments none that comes later ends either.
        if !rule.nests, let first = left.first { left = Array(first...max(first, met)) }
        hasOpenComment = !left.isEmpty
        return left
    }
}

/// Octets with a blank for every character that is not seen, and for what is no UTF-8.
package struct SeenOctets<Source: IteratorProtocol>: IteratorProtocol where Source.Element == UInt8 {
    package private(set) var source: Source
    private var parser = UTF8.ForwardParser()
    /// What is left of a character.
    private var character: UTF8.EncodedScalar.Iterator?

    package init(_ source: Source) { self.source = source }

    package mutating func next() -> UInt8? {
        if let octet = character?.next() { return octet }
        switch parser.parseScalar(from: &source) {
        case .valid(let scalar):
            if UTF8.decode(scalar).isUnseen { return ASCII.space }
            character = scalar.makeIterator()
            return character?.next()
        case .error: return ASCII.space
        case .emptyInput: return nil
        }
    }
}
