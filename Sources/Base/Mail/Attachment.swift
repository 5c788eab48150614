/// A part that is a file, or no text.
package struct Attachment: Sendable, Hashable {
    /// The part's place in ``Message/parts``.
    package let part: Int
    /// The decoded file name; nil where there is none.
    package let name: String?
    /// What the part says it is, `application/pdf`.
    package let declaredType: String
    /// What the octets are.
    package let kind: ContentKind
    /// Octets after decoding.
    package let size: Int
    /// Of the decoded octets, 64 lower-case hexadecimal digits.
    package let sha256: String
    /// The part says it is to be shown in the text.
    package let isInline: Bool

    /// The extension of the name in lower case, without its dot; nil where there is none.
    package var fileExtension: String? {
        guard let name, let dot = name.utf8.lastIndex(of: ASCII.dot) else { return nil }
        let end = name[name.utf8.index(after: dot)...]
        return end.isEmpty || end.utf8.count > 32 ? nil : ASCII.text(ASCII.lowercased(ASCII.trimmed(Array(end.utf8)[...]))[...])
    }
}
