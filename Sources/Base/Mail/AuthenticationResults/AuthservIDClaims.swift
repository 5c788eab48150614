internal import DNS

/// Fields of a message that say they are of this host, or of hosts that it trusts.
/// Source: RFC 8601 §4.1 and §5. Fields of ARC sets have another name, and are never among them.
extension HeaderSection {
    /// The Authentication-Results fields that claim to be of a host, which have to be removed from mail that comes from outside.
    ///
    /// Also where the field is malformed, where comments, quotes, white space or encoded words hide the name, and where it is too long for
    /// knowing better. A name that only begins with the host's is another one, and stays.
    /// - Parameter authservID: of the host; case and a final dot do not matter.
    /// - Returns: places among the fields of that name, 1 for the topmost, ascending.
    /// - Limits: ``MessageLimits/headerFields``, ``MessageLimits/headerFieldOctets``.
    package func authenticationResultsPlaces(claiming authservID: String) -> [Int] {
        var place = 0, places: [Int] = []
        let claim = AuthservIDClaim(authservID)
        for field in fields where field.isNamed(.authenticationResults) {
            place += 1
            if claim.isMade(by: field) { places.append(place) }
        }
        return places
    }

    /// The Authentication-Results fields of hosts that are trusted, which may be believed only when the message came from there: they say what
    /// those hosts wrote if these remove fields that claim to be of them.
    /// - Parameter ids: authserv-ids; case and a final dot do not matter.
    /// - Returns: the place among the fields of that name, 1 for the topmost, and what it says; fields that cannot be read, or are of another
    ///   version, are left out.
    /// - Limits: ``AuthenticationResultsLimits/fields``, and those of each field.
    package func authenticationResults(trusted ids: [String], limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) -> [(place: Int, results: AuthenticationResults)] {
        let wanted = Set(ids.map(AuthservIDClaim.comparable))
        var place = 0, found: [(place: Int, results: AuthenticationResults)] = []
        for field in fields where field.isNamed(.authenticationResults) {
            place += 1
            if place > limits.fields { break }
            guard let results = try? AuthenticationResults(field.rawValue, limits: limits), results.isKnownVersion,
                  wanted.contains(AuthservIDClaim.comparable(results.authservID)) else { continue }
            found.append((place, results))
        }
        return found
    }
}

/// The question whether a field claims to be of one host.
struct AuthservIDClaim {
    private let text: String, id: [UInt8]

    init(_ authservID: String) {
        text = Self.comparable(authservID)
        id = Array(text.utf8)
    }

    /// Names that are the same host: A-labels in lower case where it is a domain name.
    static func comparable(_ id: String) -> String { DomainName(id)?.text ?? ASCII.text(ASCII.lowercased(Array(id.utf8)[...])[...]) }

    func isMade(by field: HeaderField) -> Bool {
        let raw = field.rawValue
        if raw.count > field.bound { return true }
        var reader = AuthenticationResultsReader(text: StructuredText(raw), limits: AuthenticationResultsLimits())
        if let id = try? reader.firstID(), Self.comparable(FieldText.visible(id, limit: .max)) == text { return true }
        if isMade(by: raw) { return true }
        // Some readers decode encoded words first (RFC 2047 §5 forbids them here).
        return raw.contains(ASCII.question) && isMade(by: Array(field.text.utf8)[...])
    }

    private func isMade(by value: ArraySlice<UInt8>) -> Bool {
        let isASCII = Charset.isASCII(value)
        var isPlain = false, hasOpen = false
        for rule in CommentRule.all {
            var octets = BareOctets(value.makeIterator(), rule: rule)
            if begins(&octets, isASCII: isASCII) { return true }
            isPlain = octets.isPlain
            hasOpen = hasOpen || octets.hasOpenComment
            // There are readers that take away blanks of any script, and octets that are no character.
            if !isASCII {
                var seen = SeenOctets(BareOctets(value.makeIterator(), rule: rule))
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
    private static let nameOctets = 1_024, endsOfName = 8

    /// Whether the text begins with the id, or with an instance of an ARC set and the id.
    ///
    /// To one reader a comment or a blank parts words, to another it is nothing, to a third it is nothing beside a dot: so the octets of the
    /// name count, and it ends at any gap behind them.
    private func begins(_ octets: inout some IteratorProtocol<UInt8>, isASCII: Bool) -> Bool {
        // What stands before a name and is none of it hides nothing either: `;`, `<`, a parenthesis without a partner.
        let isName = id.first.map(ASCII.isAlphanumeric) == true
        var text: [UInt8] = [], gaps: [Int] = [], mayHaveInstance = true
        // No further than to where it is known: one octet and a dot beyond the id.
        let most = isASCII ? id.count + 2 : max(id.count + 2, Self.nameOctets)
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
    private func isID(_ text: [UInt8], _ gaps: [Int]) -> Bool {
        if text.contains(where: { $0 >= 128 }), isForeignID(text, gaps) { return true }
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
    private func isForeignID(_ text: [UInt8], _ gaps: [Int]) -> Bool {
        guard let first = text.firstIndex(where: { $0 >= 128 }) else { return false }
        let whole = text.last == ASCII.semicolon ? text.count - 1 : text.count
        let ends = possibleEnds(text, gaps.filter { $0 > first && $0 < whole } + [whole])
        if ends.count > Self.endsOfName { return true }
        return ends.contains { Self.comparable(Charset.headerText(text[..<$0])) == self.text }
    }

    /// Those of the places, which ascend, up to which the text may be another form of the name: with as many dots, no more letters of ASCII, and
    /// the last letter where both are ASCII (RFC 3492 §3.1 keeps these as they are). One pass.
    private func possibleEnds(_ text: [UInt8], _ places: [Int]) -> [Int] {
        let dots = id.count { $0 == ASCII.dot }, label = id.split(separator: ASCII.dot).last ?? []
        // The last letter of an A-label says nothing of the name's.
        let last = ASCII.hasPrefix(label, "xn--") || label.contains(ASCII.backslash) ? nil : label.last
        var ends: [Int] = [], at = 0, found = 0, letters = 0, tail: UInt8 = 0, isDotLast = false
        for place in places {
            while at < min(place, text.count) {
                let octet = text[at]
                isDotLast = octet == ASCII.dot || Self.isForeignDot(text[...at])
                if isDotLast { found += 1 } else if octet < 128 { letters += 1 }
                if !isDotLast { tail = octet }
                at += 1
            }
            guard letters <= id.count, found == dots || found == dots + 1 && isDotLast else { continue }
            if tail >= 128 || last == nil || tail == last { ends.append(place) }
        }
        return ends
    }

    /// Whether the text ends with a dot of another script (UTS 46 §2.3).
    private static func isForeignDot(_ text: ArraySlice<UInt8>) -> Bool {
        guard let last = text.last, last >= 128 else { return false }
        return text.suffix(3).elementsEqual([0xe3, 0x80, 0x82]) || text.suffix(3).elementsEqual([0xef, 0xbc, 0x8e]) || text.suffix(3).elementsEqual([0xef, 0xbd, 0xa1])
    }
}
