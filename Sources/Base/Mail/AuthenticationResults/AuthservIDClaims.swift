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
        // To some a comment or a blank parts words, to others it is nothing.
        for isApart in [true, false] {
            for reading in BareOctets(value.makeIterator(), isApart: isApart).readings {
                if begins(reading) { return true }
                // There are readers that take away blanks of any script, and octets that are no character.
                if !isASCII, BareOctets(SeenOctets(reading), isApart: isApart).readings.contains(where: begins) { return true }
            }
        }
        return false
    }

    /// Octets that the longest name has, in letters of any script.
    private static let nameOctets = 1_024

    /// Whether the text begins with the id, and the id ends there: what follows is no more of a name.
    private func begins(_ octets: some IteratorProtocol<UInt8>) -> Bool {
        // What stands before a name and is none of it hides nothing either: `;`, `<`, a parenthesis without a partner.
        let isName = id.first.map(ASCII.isAlphanumeric) == true
        var octets = octets, text: [UInt8] = [], word: Int?
        // No further than to where it is known: to the end of the word, and one octet and a dot beyond the id.
        while text.count < id.count + 2 || word == nil && text.count <= Self.nameOctets, let octet = octets.next() {
            if text.isEmpty, octet == ASCII.space || isName && octet < 128 && !ASCII.isAlphanumeric(octet) { continue }
            if word == nil, octet == ASCII.semicolon || octet == ASCII.space { word = text.count }
            text.append(octet)
        }
        let first = text.prefix(word ?? text.count)
        if first.contains(where: { $0 >= 128 }), Self.comparable(Charset.headerText(first)) == self.text { return true }
        guard !id.isEmpty, text.starts(with: id) else { return false }
        var rest = text.dropFirst(id.count)
        if rest.first == ASCII.dot { rest = rest.dropFirst() }
        guard let next = rest.first else { return true }
        return !(ASCII.isAlphanumeric(next) || next == ASCII.hyphen || next == 95 || next == ASCII.dot || next >= 128)
    }
}
