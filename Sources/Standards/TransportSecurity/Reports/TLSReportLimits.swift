/// How much of a TLS report is read.
package enum TLSReportLimits {
    /// Octets of the document, which whoever decodes it sees to: a decoder takes some twenty times as many while it works.
    package static let octets = 4_194_304
    /// Policies of one report.
    package static let policies = 1_000
    /// Kinds of failure under one policy.
    package static let failures = 10_000
    /// Lines of one policy, and hosts of it.
    package static let lines = 1_000
    /// Octets of one text; more is cut.
    package static let textOctets = 1_024
    /// The largest count; above it a report is not believed.
    package static let count = 999_999_999_999_999
}

extension KeyedDecodingContainer {
    /// A text, or a number or truth as text; nil where there is none or null.
    func text(_ key: Key) throws -> String? {
        if !contains(key) { return nil }
        if try decodeNil(forKey: key) { return nil }
        if let number = try? decode(Int.self, forKey: key) { return String(number) }
        return bounded(try decode(String.self, forKey: key))
    }

    /// A list of texts, or one text; empty where there is none or null.
    func texts(_ key: Key, most: Int) throws -> [String] {
        if !contains(key) { return [] }
        if try decodeNil(forKey: key) { return [] }
        if let one = try? decode(String.self, forKey: key) { return one.isEmpty ? [] : [bounded(one)] }
        return try (list(key, most: most) as [String]).map(bounded)
    }

    /// Empty where there is none or null.
    func list<Element: Decodable>(_ key: Key, most: Int) throws -> [Element] {
        if !contains(key) { return [] }
        if try decodeNil(forKey: key) { return [] }
        var all = try nestedUnkeyedContainer(forKey: key), elements: [Element] = []
        while !all.isAtEnd {
            guard elements.count < most else { throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "more than \(most)") }
            elements.append(try all.decode(Element.self))
        }
        return elements
    }

    /// A count of sessions, or one written as text; nil where there is none or null.
    func count(_ key: Key) throws -> Int? {
        if !contains(key) { return nil }
        if try decodeNil(forKey: key) { return nil }
        let number = try (try? decode(Int.self, forKey: key)) ?? Int(decode(String.self, forKey: key))
        if let number, number >= 0, number <= TLSReportLimits.count { return number }
        throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "not a count")
    }

    private func bounded(_ text: String) -> String {
        guard text.utf8.count > TLSReportLimits.textOctets else { return text }
        // Between two characters.
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: TLSReportLimits.textOctets)
        while end > text.utf8.startIndex, text.utf8[end] & 0xc0 == 0x80 { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
