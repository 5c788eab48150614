package import JSON
internal import Mail

/// A text with the registry it is of: `rfc822; a@example.org`, `dns; mx.example.org`, `smtp; 550 no such user`.
/// Source: RFC 3464 §2.1.2.
package struct TypedText: Sendable, Hashable {
    /// In lower case.
    package let type: String
    /// Not empty; printable, at most ``FeedbackLimits/textOctets``.
    package let text: String

    package init(type: String, text: String) { self.type = type; self.text = text }

    /// - Parameters:
    ///   - value: of a field.
    ///   - usual: the type of a text that has none: not all writers name one.
    /// - Returns: nil where there is no text.
    init?(_ value: String, usual: String, limits: FeedbackLimits) {
        let (type, rest) = Self.parted(value, usual: usual)
        let text = FieldText.visible(rest, limit: limits.textOctets).trimming { $0 == " " }
        guard !text.isEmpty else { return nil }
        self.init(type: type, text: text)
    }

    /// An address: of the types that mail knows in its usual form, without brackets, names and comments.
    /// Source: RFC 3464 §2.3.1 and §2.3.2, RFC 6533 §3 (`utf-8`).
    init?(address value: String, limits: FeedbackLimits) {
        let (type, rest) = Self.parted(value, usual: "rfc822")
        guard type == "rfc822" || type == "utf-8" else { self.init(value, usual: "rfc822", limits: limits); return }
        guard let address = ReportAddress.all(type == "utf-8" ? Self.withoutEscapes(rest) : rest, limits).first else { return nil }
        self.init(type: type, text: address)
    }

    /// The word before the first semicolon, and what is behind it.
    private static func parted(_ value: String, usual: String) -> (type: String, rest: String) {
        let octets = Array(value.utf8)
        guard let semicolon = octets.firstIndex(of: ASCII.semicolon) else { return (usual, value) }
        let word = ASCII.trimmed(octets[..<semicolon]), rest = ASCII.text(octets[(semicolon + 1)...])
        guard !word.isEmpty else { return (usual, rest) }
        guard word.count <= 64, word.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen || $0 == ASCII.dot }) else { return (usual, value) }
        return (ASCII.text(ASCII.lowercased(word)[...]), rest)
    }

    /// `\x{…}` as the letter it stands for.
    /// Source: RFC 6533 §3 (`EmbeddedUnicodeChar`).
    static func withoutEscapes(_ text: String) -> String {
        guard text.contains("\\x{") else { return text }
        var result = "", rest = text.unicodeScalars[...]
        while let next = rest.first {
            if next == "\\", rest.dropFirst().first == "x", rest.dropFirst(2).first == "{" {
                let digits = rest.dropFirst(3).prefix(7).prefix { $0 != "}" }
                if digits.count < 7, rest.dropFirst(3 + digits.count).first == "}", let number = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(number), number > 31, number != 127 {
                    result.unicodeScalars.append(scalar)
                    rest = rest.dropFirst(4 + digits.count)
                    continue
                }
            }
            result.unicodeScalars.append(next)
            rest = rest.dropFirst()
        }
        return result
    }
}

extension TypedText: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey { case type, text }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.type, type)
        json.member(CodingKeys.text, text)
        json.closeObject()
    }
}
