package import DNS

/// What one server wrote about taking the message.
/// Source: RFC 5321 §4.4; the words in comments are custom, not standard.
package struct ReceivedField: Sendable, Hashable {
    /// The word after `from`: what the client called itself.
    package internal(set) var helo: String? = nil
    /// Every address in the from clause, comments and `[IPv6:…]` included, in order, each once.
    package internal(set) var addresses: [IPAddress] = []
    /// The word after `by`.
    package internal(set) var by: String? = nil
    /// The words after `with`, `id`, `for` (without angle brackets).
    package internal(set) var with: String? = nil, id: String? = nil, recipient: String? = nil
    package internal(set) var date: MailDate? = nil

    /// Reads the value of a Received field.
    package init(_ value: String) { self.init(octets: Array(value.utf8)[...]) }

    /// Limits: the first 4,096 octets are read; 16 addresses are kept.
    init(octets: ArraySlice<UInt8>) {
        let text = octets.prefix(4096)
        var end = text.endIndex
        if let semicolon = Self.lastSemicolon(text) {
            date = MailDate(octets: text[(semicolon + 1)...])
            end = semicolon
        }
        var at = text.startIndex, clause: Clause = .none, wantsWord = false
        while at < end {
            let octet = text[at]
            if ASCII.isSpace(octet) { at += 1; continue }
            let start = at
            if octet == ASCII.open {
                at = Self.endOfComment(text, at, end)
                if clause == .from { takeAddresses(text[start..<at]) }
                continue
            }
            while at < end, !ASCII.isSpace(text[at]), text[at] != ASCII.open { at += 1 }
            let word = text[start..<at]
            if let next = Clause(word), next != clause, !wantsWord {
                clause = next
                wantsWord = true
            } else {
                if clause == .from { takeAddresses(word) }
                if wantsWord { take(word, clause) }
                wantsWord = false
            }
        }
    }

    private enum Clause {
        case none, from, by, with, id, recipient, via

        init?(_ word: ArraySlice<UInt8>) {
            if ASCII.equal(word, "from") { self = .from } else if ASCII.equal(word, "by") { self = .by } else if ASCII.equal(word, "with") {
                self = .with
            } else if ASCII.equal(word, "id") { self = .id } else if ASCII.equal(word, "for") { self = .recipient } else if ASCII.equal(word, "via") {
                self = .via
            } else { return nil }
        }
    }

    private mutating func take(_ word: ArraySlice<UInt8>, _ clause: Clause) {
        switch clause {
        case .from: helo = helo ?? Charset.headerText(word.prefix(512))
        case .by: by = by ?? Charset.headerText(word.prefix(512))
        case .with: with = with ?? Charset.headerText(word.prefix(128))
        case .id: id = id ?? Charset.headerText(word.prefix(256))
        case .recipient:
            let inner = word.first == ASCII.less && word.last == ASCII.greater ? word.dropFirst().dropLast() : word
            recipient = recipient ?? Charset.headerText(inner.prefix(512))
        case .none, .via: break
        }
    }

    /// Finds `192.0.2.1`, `[192.0.2.1]`, `[IPv6:2001:db8::1]`, `2001:db8::1` between characters that cannot be of an address or a name.
    private mutating func takeAddresses(_ piece: ArraySlice<UInt8>) {
        var at = piece.startIndex
        while at < piece.endIndex {
            guard ASCII.isAlphanumeric(piece[at]) || piece[at] == ASCII.colon else { at += 1; continue }
            let start = at
            var hasMark = false
            while at < piece.endIndex, Self.isOfName(piece[at]) {
                if piece[at] == ASCII.dot || piece[at] == ASCII.colon { hasMark = true }
                at += 1
            }
            var word = piece[start..<at]
            guard hasMark, word.count <= 60, addresses.count < 16 else { continue }
            if ASCII.hasPrefix(word, "ipv6:") { word = word.dropFirst(5) }
            guard word.allSatisfy({ ASCII.hex($0) != nil || $0 == ASCII.dot || $0 == ASCII.colon }) else { continue }
            var found = IPAddress(ASCII.text(word))
            // `192.0.2.1:25` and `192.0.2.1.`
            if found == nil, let mark = word.lastIndex(where: { $0 == ASCII.colon || $0 == ASCII.dot }), mark > word.startIndex { found = IPAddress(ASCII.text(word[..<mark])) }
            if let found, !addresses.contains(found) { addresses.append(found) }
        }
    }

    private static func isOfName(_ octet: UInt8) -> Bool {
        ASCII.isAlphanumeric(octet) || octet == ASCII.dot || octet == ASCII.colon || octet == ASCII.hyphen || octet == 95
    }

    private static func endOfComment(_ text: ArraySlice<UInt8>, _ start: Int, _ end: Int) -> Int {
        var at = start, depth = 0
        while at < end {
            let octet = text[at]
            at += 1
            if octet == ASCII.backslash { at = min(at + 1, end) }
            if octet == ASCII.open { depth += 1 }
            if octet == ASCII.close { depth -= 1; if depth <= 0 { return at } }
        }
        return end
    }

    /// The date follows the last semicolon that no comment holds.
    private static func lastSemicolon(_ text: ArraySlice<UInt8>) -> Int? {
        var depth = 0, found: Int? = nil
        for at in text.indices {
            if text[at] == ASCII.open { depth += 1 }
            if text[at] == ASCII.close, depth > 0 { depth -= 1 }
            if text[at] == ASCII.semicolon, depth == 0 { found = at }
        }
        return found ?? text.lastIndex(of: ASCII.semicolon)
    }
}
