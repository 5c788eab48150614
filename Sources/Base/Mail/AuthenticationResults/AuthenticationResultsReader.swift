extension AuthenticationResults {
    /// Reads the value of the field, folded or not.
    ///
    /// Beside the grammar it reads what hosts write: `/`, `=` and the like in values without quotes, properties without a type, empty values,
    /// an authserv-id that comes again before a later result, and semicolons too many.
    /// Source: RFC 8601 §2.2; RFC 8617 §4.1.1.
    /// - Parameter isARC: whether an instance comes first, as in ARC-Authentication-Results.
    /// - Throws: ``AuthenticationResultsError``, which names the first fault.
    /// - Limits: ``AuthenticationResultsLimits``.
    package init(_ value: ArraySlice<UInt8>, isARC: Bool = false, limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) throws(AuthenticationResultsError) {
        guard value.count <= limits.fieldOctets else { throw .tooLong(octets: value.count) }
        var reader = AuthenticationResultsReader(text: StructuredText(value), limits: limits)
        self = try reader.read(isARC: isARC)
    }

    package init(_ value: String, isARC: Bool = false, limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) throws(AuthenticationResultsError) {
        try self.init(Array(value.utf8)[...], isARC: isARC, limits: limits)
    }
}

/// One pass over the payload.
struct AuthenticationResultsReader {
    var text: StructuredText
    let limits: AuthenticationResultsLimits

    /// Letters, digits, `-`, `_` and, between type and property, `.`
    static func isKeyword(_ octet: UInt8) -> Bool { ASCII.isAlphanumeric(octet) || octet == ASCII.hyphen || octet == 95 || octet == ASCII.dot }

    mutating func read(isARC: Bool) throws(AuthenticationResultsError) -> AuthenticationResults {
        try skip()
        let instance = isARC ? try self.instance() : nil
        let id = try authservID()
        try skip()
        let version = try self.version()
        var results: [AuthenticationResult] = [], isNone = false
        while !text.isAtEnd {
            guard text.take(ASCII.semicolon) else { throw .afterAuthservID(shown()) }
            try skip()
            if text.isAtEnd || text.next == ASCII.semicolon { continue }
            if isNone { throw .afterNone(shown()) }
            guard results.count < limits.results else { throw .tooManyResults }
            switch try head(id) {
            case .again: break
            case .none where results.isEmpty:
                isNone = true
                guard text.isAtEnd || text.next == ASCII.semicolon else { throw .afterNone(shown()) }
            case .none: throw .noResult(method: "none")
            case .method(let method, let version): results.append(try result(of: method, version))
            }
        }
        return AuthenticationResults(instance: instance, authservID: id, version: version, results: results, limits: limits)
    }

    /// The authserv-id, whatever follows it.
    mutating func firstID() throws(AuthenticationResultsError) -> String {
        try skip()
        return try authservID()
    }

    private enum Head {
        case method(String, Int?)
        /// "none", and nothing else.
        case none
        /// The authserv-id once more, as Microsoft's hosts have it where they join fields.
        case again
    }

    private mutating func instance() throws(AuthenticationResultsError) -> Int {
        guard ASCII.equal(text.take { ASCII.isLetter($0) }, "i") else { throw .noInstance }
        try skip()
        guard text.take(ASCII.equals) else { throw .noInstance }
        try skip()
        guard let number = ASCII.number(text.take { ASCII.isDigit($0) }), (1...50).contains(number) else { throw .noInstance }
        try skip()
        guard text.take(ASCII.semicolon) else { throw .noInstance }
        try skip()
        return number
    }

    private mutating func authservID() throws(AuthenticationResultsError) -> String {
        let start = text
        guard text.next != ASCII.quote else {
            let id = Charset.headerText(try quoted().octets[...])
            guard !id.isEmpty else { throw .noAuthservID("it is empty") }
            return try bounded(id, "authserv-id")
        }
        let octets = word()
        // `spf=pass …`: the field of a host that says nothing of itself.
        guard !octets.isEmpty, !octets.contains(ASCII.equals) else { throw .noAuthservID(Self.shown(start.rest)) }
        return try bounded(Charset.headerText(octets), "authserv-id")
    }

    private mutating func version() throws(AuthenticationResultsError) -> Int? {
        guard !text.isAtEnd, text.next != ASCII.semicolon else { return nil }
        let digits = text.take { ASCII.isDigit($0) }
        guard !digits.isEmpty else { throw .afterAuthservID(shown()) }
        guard let number = ASCII.number(digits) else { throw .badVersion(Self.shown(digits)) }
        try skip()
        return number
    }

    /// What stands between a semicolon and a result.
    private mutating func head(_ id: String) throws(AuthenticationResultsError) -> Head {
        let start = text
        // The authserv-id may be longer than a keyword.
        let octets = text.take(while: Self.isKeyword)
        try skip()
        let isMethod = text.next == ASCII.equals || text.next == ASCII.slash
        guard isMethod else {
            if ASCII.equal(octets, "none") { return .none }
            if ASCII.lowercased(octets) == ASCII.lowercased(Array(id.utf8)[...]), text.isAtEnd || text.next == ASCII.semicolon { return .again }
            if octets.isEmpty { throw .noMethod(Self.shown(start.rest)) }
            throw .noResult(method: Self.shown(octets))
        }
        guard !octets.isEmpty, !octets.contains(ASCII.dot) else { throw .noMethod(Self.shown(start.rest)) }
        guard octets.count <= limits.keywordOctets else { throw .keywordTooLong(Self.shown(octets)) }
        var version: Int?
        if text.take(ASCII.slash) {
            try skip()
            guard let number = ASCII.number(text.take { ASCII.isDigit($0) }) else { throw .badMethodVersion(method: ASCII.text(octets)) }
            version = number
            try skip()
        }
        guard text.take(ASCII.equals) else { throw .noResult(method: ASCII.text(octets)) }
        return .method(ASCII.text(octets), version)
    }

    private mutating func result(of method: String, _ version: Int?) throws(AuthenticationResultsError) -> AuthenticationResult {
        try skip()
        guard text.next != ASCII.equals else { throw .noResult(method: method) }
        let result = try value(method)
        guard !result.isEmpty else { throw .noResult(method: method) }
        text.comment = nil
        try skip()
        var reason: String?, properties: [AuthenticationProperty] = []
        while !text.isAtEnd, text.next != ASCII.semicolon {
            let (type, name) = try property()
            let value = try value(name)
            try skip()
            if reason == nil, type.isEmpty, name == "reason" { reason = value; continue }
            guard properties.count < limits.properties else { throw .tooManyProperties(method: method) }
            properties.append(AuthenticationProperty(type, name, value, limits: limits))
        }
        return AuthenticationResult(method: method, methodVersion: version, result: result, comment: text.comment, reason: reason, properties: properties, limits: limits)
    }

    /// ptype "." property "=", with white space and comments wherever the grammar has them.
    private mutating func property() throws(AuthenticationResultsError) -> (type: String, name: String) {
        let start = text
        var type: ArraySlice<UInt8> = [], name = try keyword(dots: false)
        try skip()
        if text.take(ASCII.dot) {
            try skip()
            type = name
            name = try keyword()
            guard !type.isEmpty, name.first != ASCII.dot else { throw .noProperty(Self.shown(start.rest)) }
        }
        guard !name.isEmpty else { throw .noProperty(Self.shown(start.rest)) }
        try skip()
        guard text.take(ASCII.equals) else { throw .noValue(property: Self.shown(name)) }
        try skip()
        return (ASCII.text(ASCII.lowercased(type)[...]), ASCII.text(ASCII.lowercased(name)[...]))
    }
}

/// The pieces.
extension AuthenticationResultsReader {
    private mutating func skip() throws(AuthenticationResultsError) {
        do throws(StructuredText.Fault) { try text.skip() } catch { throw .unclosed(error) }
    }

    private mutating func quoted() throws(AuthenticationResultsError) -> (octets: [UInt8], written: ArraySlice<UInt8>) {
        do throws(StructuredText.Fault) { return try text.quoted() } catch { throw .unclosed(error) }
    }

    /// What stands without quotes.
    private mutating func word() -> ArraySlice<UInt8> {
        text.take { $0 > 32 && $0 != 127 && $0 != ASCII.semicolon && $0 != ASCII.open && $0 != ASCII.quote }
    }

    private mutating func keyword(dots: Bool = true) throws(AuthenticationResultsError) -> ArraySlice<UInt8> {
        let octets = text.take { Self.isKeyword($0) && (dots || $0 != ASCII.dot) }
        guard octets.count <= limits.keywordOctets else { throw .keywordTooLong(Self.shown(octets)) }
        return octets
    }

    /// A word, a quoted string, or a mailbox whose local part is one.
    private mutating func value(_ name: String) throws(AuthenticationResultsError) -> String {
        guard text.next == ASCII.quote else { return try bounded(Charset.headerText(word()), name) }
        let (octets, written) = try quoted()
        guard text.next == ASCII.at else { return try bounded(Charset.headerText(octets[...]), name) }
        return try bounded("\"\(Charset.headerText(written))\"\(Charset.headerText(word()))", name)
    }

    private func bounded(_ value: String, _ name: String) throws(AuthenticationResultsError) -> String {
        guard value.utf8.count <= limits.valueOctets else { throw .valueTooLong(FieldText.visible(name, limit: 60, isASCII: true)) }
        return value
    }

    private func shown() -> String { Self.shown(text.rest) }

    private static func shown(_ octets: ArraySlice<UInt8>) -> String { FieldText.visible(Charset.headerText(octets.prefix(60)), limit: 60, isASCII: true) }
}
