/// Reads a list of mailboxes and groups, one pass; what is wrong is passed over, never repaired into something else.
/// Source: RFC 5322 §3.4, §4.4.
/// Limits: ``MessageLimits/addresses``.
struct AddressListReader {
    /// With letters of other sets hidden, which may look like anything.
    let text: ArraySlice<UInt8>
    /// The same octets as they are: names, addresses and comments are told as written.
    private let written: ArraySlice<UInt8>
    let limits: MessageLimits
    private var at: Int
    private var found: [MailAddress] = []
    /// Of each mailbox that was found, from its at sign to behind its domain, counted from the begin of the text; nil where it has none.
    private(set) var places: [Range<Int>?] = []
    private var group: String? = nil
    // Of the mailbox that is being read:
    private var words: [Word] = [], comment: String? = nil, start = 0, place: Range<Int>? = nil

    /// Words without `@` and bracket were there and made no mailbox: a reader may show them.
    private(set) var hasLeftOut = false

    /// What some readers take for more mailboxes and we do not: words behind one.
    private(set) var strays: [ArraySlice<UInt8>] = []

    /// The same: what is in comments that never end.
    private(set) var openComments: [ArraySlice<UInt8>] = []

    /// Mailboxes as written, without a name before brackets, in which there may be encoded words: to us they are none there, and some readers decode them.
    private(set) var encoded: [ArraySlice<UInt8>] = []

    /// A local part was longer than what is kept of it.
    private(set) var isCut = false

    /// A comment had letters of another set: to whoever does not know them one has begun that does not end.
    private var hasLetters = false

    /// Octets of a local part that are kept.
    private static let maximumLocalPart = 1000

    private struct Word {
        var octets: [UInt8]
        var isQuoted: Bool
        /// Where it began; words with a blank between them are apart.
        var start: Int
        var end: Int
    }

    init(text: ArraySlice<UInt8>, limits: MessageLimits) {
        let written = EscapedLetters.hidden(text).map { (Array(text)[...], $0[...]) } ?? (text, text)
        self.written = written.0
        self.text = written.1
        self.limits = limits
        at = self.text.startIndex
    }

    mutating func read(log: inout DefectLog) -> [MailAddress] {
        begin()
        while at < text.endIndex {
            if found.count >= limits.addresses { log.met(.addresses); break }
            let octet = text[at]
            switch octet {
            case ASCII.comma:
                bare(log: &log); at &+= 1; begin()
            case ASCII.semicolon:
                bare(log: &log); at &+= 1; group = nil; begin()
            case ASCII.colon:
                group = phrase(words[...], &log) ?? ""
                at &+= 1; begin()
            case ASCII.less: angle(log: &log)
            case ASCII.at: addressSpecification(log: &log)
            case ASCII.open: takeComment()
            case ASCII.quote: words.append(quoted())
            default:
                if ASCII.isSpace(octet) { at &+= 1 } else { words.append(atom()) }
            }
        }
        if found.count < limits.addresses { bare(log: &log) }
        return found
    }

    private mutating func begin() {
        words.removeAll(keepingCapacity: true)
        comment = nil
        // Whoever asks for the mailbox as written need not pass over these again.
        while at < text.endIndex, ASCII.isSpace(text[at]) { at &+= 1 }
        start = at
    }

    private func raw() -> String { Charset.headerText(ASCII.trimmed(written[min(start, at)..<at]).prefix(1000)) }

    /// Words that no `@` and no bracket followed: no address, unless it is a lone local part.
    private mutating func bare(log: inout DefectLog) {
        guard !words.isEmpty else { return }
        log.note(.malformedAddress, raw())
        if words.count == 1 {
            place = nil
            keep(MailAddress(localPart: ASCII.text(words[0].octets[...]), comment: comment, group: group, raw: raw()))
        } else {
            hasLeftOut = true
        }
        words.removeAll(keepingCapacity: true)
    }

    /// `words @ domain`: the words that touch each other before the `@` are the local part, those before them a display name.
    private mutating func addressSpecification(log: inout DefectLog) {
        guard !words.isEmpty else { log.note(.malformedAddress); at &+= 1; return }
        var first = words.count - 1
        while first > 0, joins(words[first - 1], words[first]) { first -= 1 }
        var address = MailAddress(name: phrase(words[..<first], &log), localPart: local(words[first...]), comment: comment, group: group, raw: "")
        takeDomain(of: &address)
        while at < text.endIndex, text[at] == ASCII.at, found.count < limits.addresses { another(address, &log); takeDomain(of: &address) }
        guard found.count < limits.addresses else { log.met(.addresses); return }
        // A comment after the address is the name in old mail: `ann@example.org (Ann)`.
        skipToNext(&address, &log)
        keepEncoded(from: start)
        address.raw = raw()
        keep(address)
        begin()
    }

    private mutating func keep(_ address: MailAddress) {
        found.append(address)
        places.append(place)
    }

    /// Behind the at sign.
    private mutating func takeDomain(of address: inout MailAddress) {
        let start = at
        at &+= 1
        address.setDomain(domain())
        place = (start &- text.startIndex)..<(at &- text.startIndex)
    }

    private mutating func keepEncoded(from start: Int) {
        let written = text[min(start, at)..<at]
        // A comment may part a word anywhere.
        if EncodedWords.mayHaveWords(written) || written.contains(ASCII.open) && written.contains(ASCII.question) { encoded.append(written) }
    }

    /// One more mailbox, where readers differ about which of two is meant: whatever is shown is among what is judged.
    private mutating func another(_ address: MailAddress, _ log: inout DefectLog) {
        log.note(.malformedAddress, raw())
        var address = address
        address.raw = raw()
        keep(address)
    }

    private func joins(_ one: Word, _ other: Word) -> Bool {
        one.end == other.start || one.octets.last == ASCII.dot || other.octets.first == ASCII.dot
    }

    private mutating func angle(log: inout DefectLog) {
        let name = phrase(words[...], &log), bracket = at
        at &+= 1
        place = nil
        // Joined as it grows: a mailbox may begin at every `@`, and none reads again what is before it.
        var inner: [UInt8] = [], hasWord = false, address = MailAddress(name: name, localPart: "", group: group, raw: ""), hasDomain = false
        var isTaken = false, stray: Int?   // by a mailbox: the next word begins another one's, or is astray
        func take(_ word: Word) {
            if isTaken { inner.removeAll(keepingCapacity: true); isTaken = false; if hasDomain { stray = stray ?? word.start } }
            inner += word.octets.prefix(max(0, Self.maximumLocalPart - inner.count))
            if inner.count >= Self.maximumLocalPart { isCut = true }
            hasWord = true
        }
        loop: while at < text.endIndex, found.count < limits.addresses {
            let octet = text[at]
            switch octet {
            case ASCII.greater: at &+= 1; break loop
            case ASCII.colon, ASCII.comma:
                // Behind a route, or between its hosts; behind a mailbox another one begins.
                if hasDomain, hasWord { another(address, &log) }
                if let start = stray { strays.append(text[start..<at]); stray = nil }
                if octet == ASCII.colon || hasDomain { inner.removeAll(keepingCapacity: true); hasWord = false; hasDomain = false; address.setDomain(nil); place = nil }
                at &+= 1
            case ASCII.at:
                if hasDomain, hasWord { another(address, &log) }
                address.localPart = Charset.headerText(inner[...])
                takeDomain(of: &address)
                (hasDomain, isTaken, stray) = (true, true, nil)
            case ASCII.quote: take(quoted())
            case ASCII.open: takeComment()
            case ASCII.less: at &+= 1
            default:
                if ASCII.isSpace(octet) { at &+= 1 } else { take(atom()) }
            }
        }
        guard found.count < limits.addresses else { log.met(.addresses); return }
        if !hasDomain || address.localPart.isEmpty { address.localPart = Charset.headerText(inner[...]) }
        if !hasWord || !hasDomain { log.note(.malformedAddress, raw()) }
        if let stray { strays.append(text[stray..<at]) }
        skipToNext(&address, &log)
        keepEncoded(from: bracket)
        address.raw = raw()
        keep(address)
        begin()
    }

    /// Goes to the comma or semicolon that ends the mailbox, keeping the first comment.
    private mutating func skipToNext(_ address: inout MailAddress, _ log: inout DefectLog) {
        var stray: Int?
        func end() { if let start = stray { strays.append(text[start..<at]) } }
        while at < text.endIndex, text[at] != ASCII.comma, text[at] != ASCII.semicolon {
            if text[at] == ASCII.open { takeComment(); continue }
            if !ASCII.isSpace(text[at]), stray == nil {
                // `ann@example.org <ann@example.net>`, `ann@example.org ann@example.net`: two mailboxes.
                let rest = text[at...].prefix { $0 != ASCII.comma && $0 != ASCII.semicolon && $0 != ASCII.at && $0 != ASCII.less }
                if rest.endIndex < text.endIndex, text[rest.endIndex] == ASCII.at || text[rest.endIndex] == ASCII.less { break }
                stray = at
                log.note(.malformedAddress)
            }
            at &+= 1
        }
        end()
        address.comment = comment
    }

    /// Behind an at sign. An atom that only comments part from the one before it is no more of the domain: readers differ about whether it is.
    private mutating func domain() -> String {
        var octets: [UInt8] = [], isBehindComment = false
        while at < text.endIndex {
            let octet = text[at]
            if ASCII.isSpace(octet) {
                // Blanks may stand around the dots (RFC 5322 §4.4).
                var next = at
                while next < text.endIndex, ASCII.isSpace(text[next]) { next &+= 1 }
                guard next < text.endIndex, octets.isEmpty || octets.last == ASCII.dot || text[next] == ASCII.dot || text[next] == ASCII.open else { break }
                at = next
            } else if octet == ASCII.open {
                takeComment()
                isBehindComment = true
            } else if octet == ASCII.bracket, octets.isEmpty {
                while at < text.endIndex, octets.count < 1000 {
                    if !ASCII.isSpace(text[at]) { octets.append(written[at]) }
                    at &+= 1
                    if octets.last == ASCII.unbracket { break }
                }
                break
            } else if octet == ASCII.dot || MailAddress.isAtomText(octet) {
                if isBehindComment, octet != ASCII.dot, let last = octets.last, last != ASCII.dot { keepJoined(octets); break }
                isBehindComment = false
                octets.append(written[at])
                at &+= 1
            } else {
                break
            }
        }
        return Charset.headerText(octets[...].prefix(1000))
    }

    /// Keeps what the domain is to whoever leaves the comments out and reads on.
    private mutating func keepJoined(_ domain: [UInt8]) {
        let end = at
        var joined = [ASCII.at] + domain.prefix(1000)
        while at < text.endIndex, joined.count < 2000 {
            if text[at] == ASCII.open { at = commentEnd() ?? text.endIndex; continue }
            guard ASCII.isSpace(text[at]) || text[at] == ASCII.dot || MailAddress.isAtomText(text[at]) else { break }
            joined.append(written[at])
            at &+= 1
        }
        at = end
        strays.append(joined[...])
    }

    private mutating func local(_ words: ArraySlice<Word>) -> String {
        let octets = words.reduce(into: [UInt8]()) { $0 += $1.octets }
        if octets.count > Self.maximumLocalPart { isCut = true }
        return Charset.headerText(octets.prefix(Self.maximumLocalPart))
    }

    private func phrase(_ words: ArraySlice<Word>, _ log: inout DefectLog) -> String? {
        guard let first = words.first else { return nil }
        var octets: [UInt8] = [], end = first.start
        for word in words {
            if word.start > end, !octets.isEmpty { octets.append(ASCII.space) }
            octets += word.octets
            end = word.end
        }
        let name = EncodedWords.decode(octets[...], limit: limits.encodedWords, log: &log)
        return name.isEmpty ? nil : name
    }

    private mutating func atom() -> Word {
        let start = at
        at &+= 1
        while at < text.endIndex, text[at] == ASCII.dot || MailAddress.isAtomText(text[at]) { at &+= 1 }
        return Word(octets: Array(written[start..<at]), isQuoted: false, start: start, end: at)
    }

    private mutating func quoted() -> Word {
        let start = at
        var octets: [UInt8] = []
        at &+= 1
        while at < text.endIndex, text[at] != ASCII.quote {
            if text[at] == ASCII.backslash, at &+ 1 < text.endIndex { at &+= 1 }
            if text[at] != ASCII.cr, text[at] != ASCII.lf { octets.append(written[at]) }
            at &+= 1
        }
        at = min(at &+ 1, text.endIndex)
        return Word(octets: octets, isQuoted: true, start: start, end: at)
    }

    private mutating func takeComment() {
        let start = at &+ 1, end = commentEnd()
        at = end ?? text.endIndex
        let inside = min(start, at)..<max(min(start, at), end == nil ? at : at &- 1)
        if written[inside].contains(EscapedLetters.escape) { hasLetters = true }
        // What may be a mailbox in a comment that does not end is one.
        if end == nil || hasLetters && EscapedLetters.mayHaveMailbox(text[inside]) { openComments.append(text[inside]) }
        if comment == nil {
            var log = DefectLog()
            comment = EncodedWords.decode(written[inside].prefix(1000), limit: limits.encodedWords, log: &log)
        }
    }

    /// Behind the parenthesis that ends the comment which begins here; nil where it does not end.
    private func commentEnd() -> Int? {
        var at = self.at, depth = 0
        while at < text.endIndex {
            let octet = text[at]
            at &+= 1
            if octet == ASCII.backslash { at = min(at &+ 1, text.endIndex) }
            if octet == ASCII.open { depth &+= 1 }
            if octet == ASCII.close {
                depth &-= 1
                if depth == 0 { return at }
            }
        }
        return nil
    }
}
