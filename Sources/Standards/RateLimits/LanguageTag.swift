internal import JSON

/// The name of a language: `ru`, `de-AT`, `zh-Hant`.
/// Source: RFC 5646 §2.1 (form) and §2.1.1 (case).
package struct LanguageTag: Sendable, Hashable, CodedAsText {
    package static let textForm = "a language tag such as en or de-AT"

    /// As §2.1.1 has it: the language in lower case, a script with a capital, a region in capitals.
    package let description: String

    /// Octets of a tag.
    package static let longest = 35

    /// - Returns: nil where it is no tag by its form; whether the language is registered, nobody asks.
    package init?(_ text: String) {
        guard (2...Self.longest).contains(text.utf8.count) else { return nil }
        var parts: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false) {
            let isFirst = parts.isEmpty, hasLettersOnly = part.allSatisfy(Self.isLetter)
            guard (isFirst ? 2...8 : 1...8).contains(part.count), hasLettersOnly || !isFirst && part.allSatisfy({ Self.isLetter($0) || $0 >= 48 && $0 <= 57 }) else { return nil }
            let lower = String(decoding: part, as: UTF8.self).lowercased(), isBehindOneLetter = parts.last?.utf8.count == 1
            switch part.count {
            case 2 where hasLettersOnly && !isFirst && !isBehindOneLetter: parts.append(lower.uppercased())
            case 4 where hasLettersOnly && !isFirst && !isBehindOneLetter: parts.append(lower.prefix(1).uppercased() + lower.dropFirst())
            default: parts.append(lower)
            }
        }
        description = parts.joined(separator: "-")
    }

    private static func isLetter(_ octet: UInt8) -> Bool { octet | 32 >= 97 && octet | 32 <= 122 }

    /// The language alone: `de` of `de-AT`.
    package var language: String { String(description.prefix { $0 != "-" }) }

    /// The tag and then those that say less, down to the language alone.
    /// Source: RFC 4647 §3.4.
    package var lookups: [String] {
        var rest = description[...], all = [description]
        while let hyphen = rest.lastIndex(of: "-") {
            rest = rest[..<hyphen]
            // A letter that only begins what was cut off.
            if let before = rest.lastIndex(of: "-"), rest.distance(from: before, to: rest.endIndex) == 2 { rest = rest[..<before] }
            all.append(String(rest))
        }
        return all
    }
}
