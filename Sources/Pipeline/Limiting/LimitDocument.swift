package import JSON
package import RateLimits
internal import Verdicts

/// What is said of a subject, as a JSON object:
/// `{"parent": "customer/acme", "limits": [{"counts": "recipients", "limit": 100, "per": "1h", "burst": 20, "first": "14d"}], "defaults": {"mailbox": […]},
/// "override": {"limits": […], "until": "2026-12-01T00:00:00Z", "reason": "…"}, "created_at": "2026-11-01T00:00:00Z", "language": "de"}`. Every member but `counts`, `limit`, `per` and those of an override may be left out.
package struct LimitDocument: Sendable, Equatable {
    package var definition: LimitDefinition

    package init(_ definition: LimitDefinition) { self.definition = definition }
}

extension LimitDocument: Decodable {
    /// - Throws: `LimitFault`, which names the member, where the object is not such a one.
    package init(from decoder: any Decoder) throws {
        let object = try ObjectReader(decoder, members: ["parent", "limits", "defaults", "override", "created_at", "language"])
        var definition = LimitDefinition()
        if let text = try object.text("parent") {
            do { definition.parent = try LimitSubject(path: text) } catch { throw LimitFault("parent", error.problem) }
        }
        definition.limits = try object.list("limits")
        for (name, limits) in try object.lists("defaults") {
            guard let scope = LimitScope(rawValue: name) else { throw LimitFault("defaults.\(name)", "is for a scope that there is not") }
            definition.defaults[scope] = limits
        }
        if let nested = try object.object("override", members: ["limits", "until", "reason"]) {
            let until = try nested.required("until", try nested.moment("until")), limits = try nested.required("limits", try nested.list("limits")), reason = try nested.text("reason")
            guard reason.map({ $0.utf8.count <= 1024 && !$0.utf8.contains { $0 < 0x20 || $0 == 0x7f } }) != false else { throw LimitFault("override.reason", "is longer than 1024 octets, or has a control character in it") }
            definition.override = .init(limits: limits, until: until, reason: reason)
        }
        definition.since = try object.moment("created_at")
        definition.language = try object.text("language").map { text in
            guard let tag = LanguageTag(text) else { throw LimitFault("language", "is not \(LanguageTag.textForm): \(text.prefix(100))") }
            return tag
        }
        self.init(definition)
    }
}

extension LimitDocument: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        writeMembers(to: &json)
        json.closeObject()
    }

    /// What there is of it.
    package func writeMembers(to json: inout JSONWriter) {
        if let parent = definition.parent { json.key("parent"); json.string(parent.description) }
        if let limits = definition.limits { json.key("limits"); write(limits, to: &json) }
        if !definition.defaults.isEmpty {
            json.key("defaults")
            json.openObject()
            for (scope, limits) in definition.defaults.sorted(by: { $0.key < $1.key }) { json.key(scope.rawValue); write(limits, to: &json) }
            json.closeObject()
        }
        if let override = definition.override {
            json.key("override")
            json.openObject()
            json.key("limits"); write(override.limits, to: &json)
            json.key("until"); json.string(Timestamp(milliseconds: override.until).description)
            if let reason = override.reason { json.key("reason"); json.string(reason) }
            json.closeObject()
        }
        if let since = definition.since { json.key("created_at"); json.string(Timestamp(milliseconds: since).description) }
        if let language = definition.language { json.key("language"); json.string(language.description) }
    }

    private func write(_ limits: [RateLimit], to json: inout JSONWriter) {
        json.openArray()
        for limit in limits { limit.write(to: &json) }
        json.closeArray()
    }
}

/// Reads members of an object, and says in `LimitFault` which one is not as it should be.
private struct ObjectReader {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Name>
    /// What stands before the name of a member: empty, or `override.`.
    private let path: String

    init(_ decoder: any Decoder, members: [String]) throws { try self.init(try decoder.container(keyedBy: Name.self), "", members) }

    private init(_ container: KeyedDecodingContainer<Name>, _ path: String, _ members: [String]) throws {
        self.container = container
        self.path = path
        if let other = container.allKeys.first(where: { !members.contains($0.stringValue) }) { throw LimitFault(path + other.stringValue, "is not a member here") }
    }

    private func has(_ member: String) throws -> Bool { try container.contains(Name(stringValue: member)) && !container.decodeNil(forKey: Name(stringValue: member)) }

    private func value<Value: Decodable>(_ member: String, _ type: Value.Type, _ wanted: String) throws -> Value? {
        guard try has(member) else { return nil }
        do { return try container.decode(type, forKey: Name(stringValue: member)) } catch { throw LimitFault(path + member, "is not \(wanted)") }
    }

    func text(_ member: String) throws -> String? { try value(member, String.self, "a text") }
    func number(_ member: String) throws -> Int? { try value(member, Int.self, "a whole number of at most 64 bits") }

    func required<Value>(_ member: String, _ value: Value?) throws -> Value {
        guard let value else { throw LimitFault(path + member, "is missing") }
        return value
    }

    /// Milliseconds since 1970.
    func moment(_ member: String) throws -> Int? {
        try text(member).map { text in
            guard let time = Timestamp(text), time.microseconds >= 0 else { throw LimitFault(path + member, "is not a moment, such as 2026-12-01T00:00:00Z: \(text.prefix(100))") }
            return Int(time.microseconds / 1000)
        }
    }

    private func window(_ member: String) throws -> LimitWindow? {
        try text(member).map { text in
            guard let window = LimitWindow(text) else { throw LimitFault(path + member, "is not \(LimitWindow.textForm): \(text.prefix(100))") }
            return window
        }
    }

    private func word<Word: RawRepresentable & CaseIterable>(_ member: String, _ type: Word.Type) throws -> Word? where Word.RawValue == String {
        try text(member).map { text in
            guard let word = Word(rawValue: text) else { throw LimitFault(path + member, "is none of \(Word.allCases.map(\.rawValue).joined(separator: ", ")): \(text.prefix(100))") }
            return word
        }
    }

    func object(_ member: String, members: [String]) throws -> ObjectReader? {
        guard try has(member) else { return nil }
        do { return try ObjectReader(try container.nestedContainer(keyedBy: Name.self, forKey: Name(stringValue: member)), path + member + ".", members) } catch is DecodingError { throw LimitFault(path + member, "is not an object") }
    }

    func lists(_ member: String) throws -> [(String, [RateLimit])] {
        guard try has(member) else { return [] }
        guard let inner = try? container.nestedContainer(keyedBy: Name.self, forKey: Name(stringValue: member)) else { throw LimitFault(path + member, "is not an object") }
        let reader = try ObjectReader(inner, path + member + ".", inner.allKeys.map(\.stringValue))
        return try inner.allKeys.compactMap { name in try reader.list(name.stringValue).map { (name.stringValue, $0) } }
    }

    func list(_ member: String) throws -> [RateLimit]? {
        guard try has(member) else { return nil }
        guard var list = try? container.nestedUnkeyedContainer(forKey: Name(stringValue: member)) else { throw LimitFault(path + member, "is not a list") }
        var limits: [RateLimit] = []
        while !list.isAtEnd {
            let place = "\(path)\(member)[\(limits.count)]"
            guard limits.count < LimitDefinition.limitsInList else { throw LimitFault(path + member, "are more than \(LimitDefinition.limitsInList)") }
            guard let inner = try? list.nestedContainer(keyedBy: Name.self) else { throw LimitFault(place, "is not an object") }
            limits.append(try ObjectReader(inner, place + ".", ["counts", "limit", "per", "burst", "excess", "first"]).limit(place))
        }
        return limits
    }

    private func limit(_ place: String) throws -> RateLimit {
        let counts = try required("counts", try word("counts", RateLimit.Quantity.self)), most = try required("limit", try number("limit")), window = try required("per", try window("per"))
        do {
            return try RateLimit(counts: counts, most: most, window: window, burst: try number("burst"), excess: try word("excess", RateLimit.Excess.self) ?? .defer, youth: try self.window("first")?.seconds)
        } catch let fault as LimitFault where !fault.member.hasPrefix(place) { throw LimitFault("\(place).\(fault.member)", fault.problem) }
    }
}
