internal import DNS

/// The question whether a field claims to be of one host, asked of the fields of one message.
/// Limits: ``AuthenticationResultsLimits/conversions``.
package struct AuthservIDClaim {
    private let text: String, id: [UInt8], limits: AuthenticationResultsLimits
    /// Of each label of the id, the letters that another form of it has at most, and the octets that such a form of the id has.
    private let labels: [Int], nameOctets: Int
    /// What was converted, and whether it is the name.
    private var converted: [[UInt8]: Bool] = [:]
    /// The text that was looked at last: by most rules a field begins alike.
    private var lookedAt: (text: [UInt8], gaps: [Int], isForeignID: Bool) = ([], [], false)

    /// Names that were converted by now.
    package var conversions: Int { converted.count }

    package init(_ authservID: String, limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) {
        self.limits = limits
        text = Self.comparable(authservID)
        id = Array(text.utf8)
        // Each letter that is seen takes an octet or more of an A-label (RFC 3492 §6.3), and no more than four are composed to one (Unicode Standard
        // Annex 15), to one of ASCII none. What is not seen is counted, too: there is always a reading without it.
        labels = id.split(separator: ASCII.dot, omittingEmptySubsequences: false).map { ASCII.hasPrefix($0, "xn--") ? 4 * $0.count : $0.count }
        nameOctets = min(Self.mostOctets, labels.reduce(0) { $0 + Self.letterOctets * $1 } + 3 * labels.count + 4)
    }

    /// Names that are the same host: A-labels in lower case where it is a domain name.
    static func comparable(_ id: String) -> String { DomainName(id)?.text ?? ASCII.text(ASCII.lowercased(Array(id.utf8)[...])[...]) }

    /// - Returns: true also where it cannot be known: the field is too long, or what the message may ask for is spent.
    package mutating func isMade(by field: HeaderField) -> Bool {
        let raw = field.rawValue
        if raw.count > field.bound { return true }
        var reader = AuthenticationResultsReader(text: StructuredText(raw), limits: AuthenticationResultsLimits())
        if let id = try? reader.firstID(), isWritten(FieldText.visible(id, limit: .max)) { return true }
        if isMade(by: raw) { return true }
        // Some readers decode encoded words first (RFC 2047 §5 forbids them here).
        guard raw.contains(ASCII.question) else { return false }
        let decoded = Array(field.text.utf8)[...]
        return decoded != ASCII.trimmed(raw) && isMade(by: decoded)
    }

    private mutating func isWritten(_ id: String) -> Bool {
        let octets = Array(id.utf8)
        // As it is written, also where it is no name of a host.
        if Array(ASCII.lowercased(octets[...])) == self.id { return true }
        if Charset.isASCII(octets[...]) { return Self.comparable(id) == text }
        return !possibleEnds(octets, [octets.count]).isEmpty && isForm(octets)
    }

    private mutating func isMade(by value: ArraySlice<UInt8>) -> Bool {
        let isASCII = Charset.isASCII(value)
        var isPlain = false, hasOpen = false
        for rule in CommentRule.all {
            var octets = BareOctets(value.makeIterator(), rule: rule)
            if begins(&octets, isASCII: isASCII) { return true }
            isPlain = octets.isPlain
            hasOpen = hasOpen || octets.hasOpenComment
            // There are readers that take away blanks of any script, and octets that are no character.
            if !isASCII {
                var seen = SeenOctets(BareOctets(value.makeIterator(), rule: rule, openComments: octets.openComments))
                if begins(&seen, isASCII: false) { return true }
                isPlain = isPlain && seen.source.isPlain
                hasOpen = hasOpen || seen.source.hasOpenComment
            }
            // Nothing was met that one rule has otherwise than the next.
            if isPlain { return false }
        }
        guard hasOpen else { return false }
        var octets = BareOctets(value.makeIterator(), rule: .none)
        if begins(&octets, isASCII: isASCII) { return true }
        guard !isASCII else { return false }
        var seen = SeenOctets(BareOctets(value.makeIterator(), rule: .none))
        return begins(&seen, isASCII: false)
    }

    /// Octets that the longest name has, in letters of any script, and places where a name beyond ASCII may end that are looked at: more are no honest field's.
    private static let mostOctets = 1_024, endsOfName = 8

    /// Octets that a letter has at most (RFC 3629 §3).
    private static let letterOctets = 4

    /// Whether the text begins with the id, or with an instance of an ARC set and the id.
    ///
    /// To one reader a comment or a blank parts words, to another it is nothing, to a third it is nothing beside a dot: so the octets of the
    /// name count, and it ends at any gap behind them.
    private mutating func begins(_ octets: inout some IteratorProtocol<UInt8>, isASCII: Bool) -> Bool {
        // What stands before a name and is none of it hides nothing either: `;`, `<`, a parenthesis without a partner.
        let isName = id.first.map(ASCII.isAlphanumeric) == true
        var text: [UInt8] = [], gaps: [Int] = [], mayHaveInstance = true
        // No further than to where it is known: one octet and a dot beyond the id.
        let most = isASCII ? id.count + 2 : max(id.count + 2, nameOctets)
        while text.count < most || mayHaveInstance && text.count <= Self.instanceOctets && text.starts(with: Self.instance), let octet = octets.next() {
            if text.isEmpty, octet == ASCII.space || isName && octet < 128 && !ASCII.isAlphanumeric(octet) { continue }
            if octet == ASCII.space { if gaps.last != text.count { gaps.append(text.count) }; continue }
            text.append(octet)
            guard octet == ASCII.semicolon else { continue }
            guard mayHaveInstance, text.starts(with: Self.instance) else { break }
            if isID(text, gaps) { return true }
            mayHaveInstance = false
            (text, gaps) = ([], [])
        }
        return isID(text, gaps)
    }

    private static let instance = Array("i=".utf8), instanceOctets = 12

    /// Whether a text, which has gaps before these places, begins with the id, and the id ends there: what follows is no more of a name.
    private mutating func isID(_ text: [UInt8], _ gaps: [Int]) -> Bool {
        if !Charset.isASCII(text[...]) {
            if text != lookedAt.text || gaps != lookedAt.gaps { lookedAt = (text, gaps, isForeignID(text, gaps)) }
            if lookedAt.isForeignID { return true }
        }
        guard !id.isEmpty, text.starts(with: id) else { return false }
        var end = id.count
        func isEnd() -> Bool { end >= text.count || gaps.contains(end) }
        if isEnd() { return true }
        if text[end] == ASCII.dot { end += 1 }
        if isEnd() { return true }
        let next = text[end]
        return !(ASCII.isAlphanumeric(next) || next == ASCII.hyphen || next == 95 || next == ASCII.dot || next >= 128)
    }

    /// The same for letters of any script: up to a gap or to the end, the text is another form of the name.
    ///
    /// Only gaps behind which the name may end are looked at: most texts with many gaps are words, and nobody's name.
    /// Source: RFC 8601 §2.2 (one word is the id), §5 (which fields have to go).
    private mutating func isForeignID(_ text: [UInt8], _ gaps: [Int]) -> Bool {
        guard let first = text.firstIndex(where: { $0 >= 128 }) else { return false }
        let whole = text.last == ASCII.semicolon ? text.count - 1 : text.count
        let ends = possibleEnds(text, gaps.filter { $0 > first && $0 < whole } + [whole])
        if ends.count > Self.endsOfName { return true }
        for end in ends where isForm(Array(text[..<end])) { return true }
        return false
    }

    /// Whether a text is another form of the name. Each is converted once: to nearly all readers a field begins with the same.
    private mutating func isForm(_ octets: [UInt8]) -> Bool {
        if let isForm = converted[octets] { return isForm }
        guard converted.count < limits.conversions else { return true }
        let isForm = Self.comparable(Charset.headerText(octets[...])) == text
        converted[octets] = isForm
        return isForm
    }

    /// Those of the places, which ascend, up to which the text may be another form of the name: with as many dots, no more letters of ASCII, no label
    /// of far more letters, and the last letter where both are ASCII (RFC 3492 §3.1 keeps these as they are). One pass.
    private func possibleEnds(_ text: [UInt8], _ places: [Int]) -> [Int] {
        let dots = labels.count - 1, label = id.split(separator: ASCII.dot).last ?? []
        // The last letter of an A-label says nothing of the name's.
        let last = ASCII.hasPrefix(label, "xn--") || label.contains(ASCII.backslash) ? nil : label.last
        var ends: [Int] = [], at = 0, found = 0, letters = 0, tail: UInt8 = 0, isDotLast = false, begun = 0, octets = 0
        for place in places {
            while at < min(place, text.count) {
                let octet = text[at]
                isDotLast = octet == ASCII.dot || Self.isForeignDot(text[...at])
                if isDotLast { found += 1; (begun, octets) = (0, 0) } else {
                    if octet < 128 { letters += 1 }
                    if octet & 0xc0 != 0x80 { begun += 1 }
                    octets += 1
                    tail = octet
                }
                at += 1
                // One letter more may be a dot that is not yet whole.
                let most = (found < labels.count ? labels[found] : 0) + 1
                if begun > most || octets > Self.letterOctets * most || letters > id.count { return ends }
            }
            guard found == dots || found == dots + 1 && isDotLast else { continue }
            if tail >= 128 || last == nil || tail == last { ends.append(place) }
        }
        return ends
    }

    /// Whether the text ends with a dot of another script (UTS 46 §2.3).
    private static func isForeignDot(_ text: ArraySlice<UInt8>) -> Bool {
        guard let last = text.last, last == 0x82 || last == 0x8e || last == 0xa1 else { return false }
        return text.suffix(3).elementsEqual([0xe3, 0x80, 0x82]) || text.suffix(3).elementsEqual([0xef, 0xbc, 0x8e]) || text.suffix(3).elementsEqual([0xef, 0xbd, 0xa1])
    }
}
