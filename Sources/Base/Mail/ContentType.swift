/// What a part says it is.
/// Source: RFC 2045 §5.
package struct ContentType: Sendable, Hashable {
    /// Lower case, `text`.
    package var type: String
    /// Lower case, `plain`; empty where the field names none.
    package var subtype: String
    package var parameters: Parameters

    package var mediaType: String { "\(type)/\(subtype)" }
    package var charset: String? { parameters["charset"] }

    static let plainText = ContentType(type: "text", subtype: "plain", parameters: Parameters())
    static let message = ContentType(type: "message", subtype: "rfc822", parameters: Parameters())

    var isMessage: Bool { type == "message" && (subtype == "rfc822" || subtype == "global" || subtype == "news") }

    /// Reads the value of a Content-Type field.
    /// - Returns: nil where there is no type; the parameters are read with tolerance, see ``Parameters``.
    static func parse(_ value: ArraySlice<UInt8>, limits: MessageLimits, log: inout DefectLog) -> ContentType? {
        var reader = ParameterReader(text: value, limits: limits)
        let words = reader.leadingWord()
        let slash = words.firstIndex(of: ASCII.slash) ?? words.endIndex
        let type = ASCII.text(ASCII.lowercased(ASCII.trimmed(words[..<slash]))[...])
        let subtype = ASCII.text(ASCII.lowercased(ASCII.trimmed(words[slash...].dropFirst()))[...])
        guard !type.isEmpty else { return nil }
        return ContentType(type: type, subtype: subtype, parameters: reader.parameters(log: &log))
    }
}

/// How a part wants to be shown.
/// Source: RFC 2183 §2.
package struct ContentDisposition: Sendable, Hashable {
    /// Lower case: `inline`, `attachment`, or another word.
    package var kind: String
    package var parameters: Parameters

    package var isAttachment: Bool { kind == "attachment" }

    static func parse(_ value: ArraySlice<UInt8>, limits: MessageLimits, log: inout DefectLog) -> ContentDisposition? {
        var reader = ParameterReader(text: value, limits: limits)
        let kind = ASCII.text(ASCII.lowercased(ASCII.trimmed(reader.leadingWord()[...]))[...])
        let parameters = reader.parameters(log: &log)
        return kind.isEmpty && parameters.isEmpty ? nil : ContentDisposition(kind: kind, parameters: parameters)
    }
}
