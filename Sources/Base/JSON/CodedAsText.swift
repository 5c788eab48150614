/// A value that documents hold as one text: its `description`, which `init(_:)` reads back.
///
/// Source: RFC 8259 §7 (a JSON string); a YAML scalar likewise.
package protocol CodedAsText: Decodable, JSONWritable, LosslessStringConvertible {
    /// What the text has to be, for who wrote another: "a domain name".
    static var textForm: String { get }
}

extension CodedAsText {
    /// - Throws: `DecodingError.dataCorrupted`, which says what was wanted and what stood there.
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not \(Self.textForm): \(text)"))
        }
        self = value
    }

    package func write(to json: inout JSONWriter) { json.string(description) }
}
