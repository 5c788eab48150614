internal import JSON
internal import Mail

/// What became of a message, in three numbers: class, subject, detail.
/// Source: RFC 3463 §2.
package struct DeliveryStatusCode: Sendable, Hashable {
    /// 2, 4 or 5.
    package let category: Int
    /// 0…999.
    package let subject: Int
    /// 0…999.
    package let detail: Int

    /// Reads `5.1.1`; what follows it, behind a blank or a parenthesis, is passed over.
    package init?(_ text: some StringProtocol) {
        let octets = Array(text.utf8.prefix(80)), word = ASCII.trimmed(octets[...]).prefix { !ASCII.isSpace($0) && $0 != ASCII.open && $0 != ASCII.semicolon && $0 != ASCII.comma }
        let pieces = word.split(separator: ASCII.dot, omittingEmptySubsequences: false)
        guard pieces.count == 3, pieces.allSatisfy({ $0.count <= 3 }), let category = ASCII.number(pieces[0]), let subject = ASCII.number(pieces[1]),
              let detail = ASCII.number(pieces[2]), category == 2 || category == 4 || category == 5 else { return nil }
        (self.category, self.subject, self.detail) = (category, subject, detail)
    }
}

extension DeliveryStatusCode: CodedAsText {
    package static var textForm: String { "a status code such as 5.1.1" }
    package var description: String { "\(category).\(subject).\(detail)" }
}
