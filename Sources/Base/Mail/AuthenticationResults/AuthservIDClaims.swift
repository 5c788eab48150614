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
        // To some a comment or a blank parts words, to others it is nothing.
        for isApart in [true, false] {
            for reading in Self.readings(value, isApart: isApart) {
                if begins(reading) { return true }
                // There are readers that take away blanks of any script, and octets that are no character.
                if let seen = Self.seen(reading), Self.readings(seen[...], isApart: isApart).contains(where: begins) { return true }
            }
        }
        return false
    }

    /// The value without comments, quotes, backslashes and what cannot be seen; also without the instance of an ARC set.
    private static func readings(_ value: ArraySlice<UInt8>, isApart: Bool) -> [ArraySlice<UInt8>] {
        var bare: [UInt8] = [], depth = 0, isQuoted = false, at = value.startIndex
        let closes = hasClosedComments(value)
        func blank() { if isApart, !bare.isEmpty, bare.last != ASCII.space { bare.append(ASCII.space) } }
        while at < value.endIndex {
            var octet = value[at]
            at += 1
            if octet == ASCII.backslash {
                guard at < value.endIndex else { break }
                octet = value[at]
                at += 1
                if depth == 0 { bare.append(ASCII.lower(octet)) }
            } else if octet == ASCII.quote, depth == 0 {
                isQuoted.toggle()
            } else if octet == ASCII.open {
                if depth == 0 { blank() }
                if closes, !isQuoted { depth += 1 }
            } else if octet == ASCII.close, depth > 0 {
                depth -= 1
            } else if depth > 0 {
                continue
            } else if octet <= 32 || octet == 127 {
                blank()
            } else {
                bare.append(ASCII.lower(octet))
            }
        }
        var readings = [bare[...]]
        if bare.starts(with: [105, ASCII.equals]), let semicolon = bare.prefix(12).firstIndex(of: ASCII.semicolon) {
            readings.append(bare[(semicolon + 1)...].drop { $0 == ASCII.space })
        }
        return readings
    }

    /// The text with a blank for what is not seen, and for octets that are no UTF-8; nil where it is ASCII.
    private static func seen(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        if Charset.isASCII(text) { return nil }
        var seen: [UInt8] = [], octets = text.makeIterator(), parser = UTF8.ForwardParser()
        seen.reserveCapacity(text.count)
        while true {
            switch parser.parseScalar(from: &octets) {
            case .valid(let scalar): if UTF8.decode(scalar).isUnseen { seen.append(ASCII.space) } else { seen.append(contentsOf: scalar) }
            case .error: seen.append(ASCII.space)
            case .emptyInput: return seen
            }
        }
    }

    /// Whether every comment ends; where one does not, its parenthesis hides nothing.
    private static func hasClosedComments(_ value: ArraySlice<UInt8>) -> Bool {
        var depth = 0, isEscaped = false, isQuoted = false
        for octet in value {
            if isEscaped { isEscaped = false; continue }
            switch octet {
            case ASCII.backslash: isEscaped = true
            case ASCII.quote where depth == 0: isQuoted.toggle()
            case ASCII.open where !isQuoted: depth += 1
            case ASCII.close where depth > 0: depth -= 1
            default: break
            }
        }
        return depth == 0
    }

    /// Whether the text begins with the id, and the id ends there: what follows is no more of a name.
    private func begins(_ text: ArraySlice<UInt8>) -> Bool {
        // What stands before a name and is none of it hides nothing either: `;`, `<`, a parenthesis without a partner.
        let text = id.first.map(ASCII.isAlphanumeric) == true ? text.drop { !ASCII.isAlphanumeric($0) && $0 < 128 } : text
        let word = text.prefix { $0 != ASCII.semicolon && $0 != ASCII.space }
        if word.contains(where: { $0 >= 128 }), Self.comparable(Charset.headerText(word)) == self.text { return true }
        guard !id.isEmpty, text.starts(with: id) else { return false }
        var rest = text.dropFirst(id.count)
        if rest.first == ASCII.dot { rest = rest.dropFirst() }
        guard let next = rest.first else { return true }
        return !(ASCII.isAlphanumeric(next) || next == ASCII.hyphen || next == 95 || next == ASCII.dot || next >= 128)
    }
}
