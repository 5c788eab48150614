/// What one method of authentication said.
/// Source: RFC 8601 §2.2 and §2.3.
///
/// What is kept is what can be written: control characters become question marks, what is no keyword is made one, what is too long is cut.
/// Limits: ``AuthenticationResultsLimits``.
package struct AuthenticationResult: Sendable, Hashable {
    /// As in the IANA registry "Email Authentication Methods", in lower case: `spf`.
    package let method: String
    /// 0…999,999,999; nil for 1, where nothing is written.
    package let methodVersion: Int?
    /// As in the IANA registry "Email Authentication Result Names", in lower case: `pass`.
    package let result: String
    /// For people.
    package let comment: String?
    package let reason: String?
    package let properties: [AuthenticationProperty]

    package init(method: String, methodVersion: Int? = nil, result: String, comment: String? = nil, reason: String? = nil, properties: [AuthenticationProperty] = [],
                 limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) {
        self.method = AuthenticationProperty.keyword(method, limits, dots: false, empty: "x")
        self.methodVersion = methodVersion.map { min(max($0, 0), 999_999_999) }
        let result = FieldText.visible(result, limit: limits.valueOctets)
        self.result = result.isEmpty ? "none" : result.utf8.contains { ASCII.lower($0) != $0 } ? ASCII.text(ASCII.lowercased(Array(result.utf8)[...])[...]) : result
        var words: [String] = [], length = 0
        for word in FieldText.words(of: FieldText.visible(comment ?? "", limit: limits.valueOctets)) where length < limits.valueOctets {
            words.append(word)
            length += word.utf8.count + 1
        }
        self.comment = words.isEmpty ? nil : words.joined(separator: " ")
        var reason = reason, kept: [AuthenticationProperty] = []
        for property in properties where kept.count < limits.properties {
            // Without a type, a reason is the reason.
            if reason == nil, property.type.isEmpty, property.name == "reason" { reason = property.value } else { kept.append(property) }
        }
        self.reason = reason.map { FieldText.visible($0, limit: limits.valueOctets) }
        self.properties = kept
    }

    /// The value of a property; type and name in lower case.
    package subscript(type: String, name: String) -> String? { properties.first { $0.type == type && $0.name == name }?.value }

    /// Octets that it may have when it is written, each piece with the blank before it and the semicolon behind it: every octet escaped, each
    /// word a piece of its own.
    var mostOctets: Int {
        var most = method.utf8.count + result.utf8.count * 2 + 16 + (comment?.utf8.count ?? 0) * 4 + 5
        if let reason { most += reason.utf8.count * 2 + 12 }
        for property in properties { most += property.type.utf8.count + property.name.utf8.count + property.value.utf8.count * 2 + 7 }
        return most
    }

    /// In pieces between which a line may end.
    var pieces: [String] {
        var pieces = ["\(method)\(methodVersion.map { "/\($0)" } ?? "")=\(AuthenticationProperty.written(result))"]
        if let comment { pieces += FieldText.comment(comment) }
        if let reason { pieces.append("reason=\(FieldText.quoted(reason))") }
        return pieces + properties.map(\.written)
    }
}

/// What a result is about, or was made of: `smtp.mailfrom=ann@example.org`.
/// Source: RFC 8601 §2.2 (propspec) and §2.3; RFC 6008 (`header.b`).
package struct AuthenticationProperty: Sendable, Hashable {
    /// `smtp`, `header`, `body`, `policy` or another, in lower case; empty where a host wrote none, which the grammar does not allow.
    package let type: String
    /// In lower case.
    package let name: String
    package let value: String

    package init(_ type: String, _ name: String, _ value: String, limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) {
        self.type = Self.keyword(type, limits, dots: false, empty: "")
        self.name = Self.keyword(name, limits, dots: !self.type.isEmpty, empty: "x")
        self.value = FieldText.visible(value, limit: limits.valueOctets)
    }

    var written: String { "\(type)\(type.isEmpty ? "" : ".")\(name)=\(Self.written(value))" }

    /// A value as the grammar wants it: a token, or a mailbox of such or a domain after an `@`, as it is; anything else in quotes.
    /// Source: RFC 2045 §5.1 (token), RFC 8601 §2.2 (pvalue).
    static func written(_ value: String) -> String {
        if !value.isEmpty, value.utf8.allSatisfy(isToken) { return value }
        var text = Array(value.utf8)[...]
        if let at = text.lastIndex(of: ASCII.at) {
            let local = text[..<at]
            text = text[(at + 1)...]
            guard local.isEmpty || FieldText.isDotAtom(ASCII.text(local)) && local.allSatisfy(isToken) else { return FieldText.quoted(value) }
            guard text.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen || $0 == ASCII.dot || $0 == 95 }) else { return FieldText.quoted(value) }
        }
        return !text.isEmpty && text.allSatisfy(isToken) ? value : FieldText.quoted(value)
    }

    /// RFC 2045 §5.1: visible ASCII but for tspecials.
    private static func isToken(_ octet: UInt8) -> Bool {
        switch octet {
        case 34, 40, 41, 44, 47, 58...64, 91...93: false
        default: octet > 32 && octet < 127
        }
    }

    /// Letters, digits, hyphens and underscores; what else there is becomes a hyphen.
    /// Source: RFC 5321 §4.1.1.1 (Keyword); underscores are in use.
    /// - Parameter dots: whether dots may stand inside.
    static func keyword(_ text: String, _ limits: AuthenticationResultsLimits, dots: Bool, empty: String) -> String {
        var before = ASCII.dot
        let isKeyword = text.utf8.count <= limits.keywordOctets && text.utf8.allSatisfy { octet in
            defer { before = octet }
            return octet == ASCII.dot ? dots && before != ASCII.dot : AuthenticationResultsReader.isKeyword(octet) && ASCII.lower(octet) == octet
        }
        if isKeyword, before != ASCII.dot { return text }
        var octets: [UInt8] = []
        for octet in text.utf8.prefix(limits.keywordOctets) {
            let isFine = AuthenticationResultsReader.isKeyword(octet) && (dots || octet != ASCII.dot)
            octets.append(isFine ? ASCII.lower(octet) : ASCII.hyphen)
        }
        while octets.last == ASCII.dot { octets.removeLast() }
        let start = octets.firstIndex { $0 != ASCII.dot } ?? octets.endIndex
        return start == octets.endIndex ? empty : ASCII.text(octets[start...])
    }
}
