/// Texts that say they are base64 and are not, or not all of it.
///
/// RFC 2045 §6.8 has a reader pass over what is outside the alphabet; some readers show the body as it travels instead.
extension MIMEPart {
    /// What readers may show of a text.
    /// - Parameters:
    ///   - decoded: the body with its transfer encoding undone.
    ///   - isFaulty: something was wrong with the encoding.
    /// - Returns: the better reading first; one for a body without fault.
    func texts(_ decoded: [UInt8], isFaulty: Bool) -> [[UInt8]] {
        guard isFaulty, transferEncoding == .base64 else { return [decoded] }
        return isPlain(decoded) ? [Array(body), decoded] : [decoded, Array(body)]
    }

    /// Whether the body is text as it stands: its first line has octets outside the alphabet, and what it decodes to is no text.
    func isPlain(_ decoded: [UInt8]) -> Bool {
        guard transferEncoding == .base64, Base64.hasStrangeFirstLine(body) else { return false }
        return !Self.isText(decoded[...], contentType.charset) && Self.isText(body, contentType.charset)
    }

    private static func isText(_ octets: ArraySlice<UInt8>, _ label: String?) -> Bool {
        let converted = Charset.utf8(octets, label: label)
        if converted.damaged { return false }
        for octet in converted.octets where octet < 9 || octet > 13 && octet < 27 || octet > 27 && octet < 32 { return false }
        return true
    }
}
