/// How the octets of a part were made fit for the way.
/// Source: RFC 2045 §6.
package enum TransferEncoding: String, Sendable, Hashable {
    case sevenBit = "7bit", eightBit = "8bit", binary, base64, quotedPrintable = "quoted-printable", uuencode
    /// A name nobody here knows; the octets are taken as they are.
    case unknown

    /// Whether the octets are what they stand for.
    package var isIdentity: Bool {
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown: true
        case .base64, .quotedPrintable, .uuencode: false
        }
    }

    /// Reads the value of a Content-Transfer-Encoding field.
    static func parse(_ value: ArraySlice<UInt8>, limits: MessageLimits) -> TransferEncoding {
        var reader = ParameterReader(text: value, limits: limits)
        let word = ASCII.text(ASCII.lowercased(ASCII.trimmed(reader.leadingWord()[...]))[...])
        switch word {
        case "", "7bit", "7-bit", "7 bit", "us-ascii": return .sevenBit
        case "8bit", "8-bit", "8 bit": return .eightBit
        case "binary": return .binary
        case "base64", "base-64": return .base64
        case "quoted-printable", "quotedprintable", "quoted printable", "qp": return .quotedPrintable
        case "x-uuencode", "uuencode", "x-uue", "uue": return .uuencode
        default: return .unknown
        }
    }

    /// Undoes the encoding.
    func decode(_ body: ArraySlice<UInt8>, log: inout DefectLog) -> [UInt8] {
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown:
            return Array(body)
        case .base64:
            let decoded = Base64.decode(body)
            if decoded.invalid > 0 { log.note(.invalidBase64, count: decoded.invalid) }
            if decoded.truncated { log.note(.truncatedBase64) }
            return decoded.octets
        case .quotedPrintable:
            let decoded = QuotedPrintable.decode(body)
            if decoded.invalid > 0 { log.note(.invalidQuotedPrintable, count: decoded.invalid) }
            return decoded.octets
        case .uuencode:
            guard let decoded = UUEncoding.decode(body) else {
                log.note(.invalidUUEncode)
                return Array(body)
            }
            if !decoded.complete { log.note(.invalidUUEncode) }
            return decoded.octets
        }
    }
}
