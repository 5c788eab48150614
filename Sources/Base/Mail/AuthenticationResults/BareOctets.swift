/// A value without comments, quotes, backslashes and what cannot be seen, octet by octet in lower case: whoever looks how it begins need not read it to its end.
/// Source: RFC 5322 §3.2, as readers of many kinds have it.
package struct BareOctets<Source: IteratorProtocol>: IteratorProtocol where Source.Element == UInt8 {
    private var source: Source
    private let isApart: Bool
    private var depth = 0, isQuoted = false, last: UInt8?
    /// Whether every comment ends; where one does not, its parenthesis hides nothing. Nil before the first one.
    private var closes: Bool?

    /// - Parameter isApart: whether a comment or a blank parts words; to some readers it does, to others it is nothing.
    package init(_ source: Source, isApart: Bool) {
        self.source = source
        self.isApart = isApart
    }

    package mutating func next() -> UInt8? {
        while let octet = source.next() {
            if octet == ASCII.backslash {
                guard let escaped = source.next() else { return nil }
                if depth == 0 { return told(escaped) }
            } else if octet == ASCII.quote, depth == 0 {
                isQuoted.toggle()
            } else if octet == ASCII.open {
                let isOutside = depth == 0
                if !isQuoted, closes ?? endsComments() { depth += 1 }
                if isOutside, let blank = gap() { return blank }
            } else if octet == ASCII.close, depth > 0 {
                depth -= 1
            } else if depth > 0 {
                continue
            } else if octet > 32, octet != 127 {
                return told(octet)
            } else if let blank = gap() {
                return blank
            }
        }
        return nil
    }

    /// The octets, and what is behind the instance of an ARC set where they begin with one.
    var readings: [Self] {
        var rest = self
        guard rest.next() == 105, rest.next() == ASCII.equals else { return [self] }
        for _ in 0..<10 where rest.next() == ASCII.semicolon { return [self, rest] }
        return [self]
    }

    private mutating func told(_ octet: UInt8) -> UInt8 {
        let octet = ASCII.lower(octet)
        last = octet
        return octet
    }

    private mutating func gap() -> UInt8? { isApart && last != nil && last != ASCII.space ? told(ASCII.space) : nil }

    /// Behind the first parenthesis: whether its comment and all others end.
    private mutating func endsComments() -> Bool {
        var rest = source, depth = 1, isQuoted = false
        while let octet = rest.next() {
            switch octet {
            case ASCII.backslash: _ = rest.next()
            case ASCII.quote where depth == 0: isQuoted.toggle()
            case ASCII.open where !isQuoted: depth += 1
            case ASCII.close where depth > 0: depth -= 1
            default: break
            }
        }
        closes = depth == 0
        return depth == 0
    }
}

/// Octets with a blank for every character that is not seen, and for what is no UTF-8.
package struct SeenOctets<Source: IteratorProtocol>: IteratorProtocol where Source.Element == UInt8 {
    private var source: Source
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
