/// An address in a record that no report is ever sent to, and that is told of rather than left out: it has control characters, which could end a line of a mail, of a protocol or of a log.
package struct RefusedReportURI: Sendable, Hashable {
    /// The element as it stands in the record, in printable ASCII: what is not is percent-encoded.
    package let text: String

    /// Why it is refused.
    package static let why = "the address has control characters"

    /// - Returns: nil where there is no control character in it, neither as such nor percent-encoded, and where it is too long.
    /// - Limits: `uriOctets`.
    init?(_ octets: ArraySlice<UInt8>, limits: DMARCLimits) {
        guard octets.count <= limits.uriOctets, Self.hasControls(octets) else { return nil }
        text = octets.map { octet in
            // The percent sign stays, or it would say something else.
            let isPlain = DMARCReportURI.isURICharacter(octet) || octet == UInt8(ascii: "!")
            return isPlain ? String(UnicodeScalar(octet)) : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
        }.joined()
    }

    private static func hasControls(_ octets: ArraySlice<UInt8>) -> Bool {
        var rest = octets
        while let octet = rest.popFirst() {
            if octet < 0x20 || octet == 0x7f { return true }
            guard octet == UInt8(ascii: "%"), let high = rest.first.flatMap(DMARCReportURI.hex), let low = rest.dropFirst().first.flatMap(DMARCReportURI.hex) else { continue }
            let encoded = high << 4 | low
            if encoded < 0x20 || encoded == 0x7f { return true }
        }
        return false
    }
}
