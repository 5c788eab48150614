/// An address in a record that no report is ever sent to, and that is told of rather than left out: it has control characters, which could end a line of a mail, of a protocol or of a log.
package struct RefusedReportURI: Sendable, Hashable {
    /// The element as it stands in the record, in printable ASCII: what is not is percent-encoded, and a question mark is, so that it reads as refused again. Of a longer
    /// one the first 200 octets at most, the mark of what is left out among them.
    package let text: String

    /// Why it is refused.
    package static let why = "the address has control characters"

    private static let textOctets = 200
    /// Refused itself.
    private static let cut = "...%00"

    /// - Returns: nil where there is no control character in it, neither as such nor, before its question mark, percent-encoded; and where it is too long.
    /// - Limits: `uriOctets`.
    init?(_ octets: ArraySlice<UInt8>, limits: DMARCLimits) {
        guard octets.count <= limits.uriOctets, Self.hasControls(octets) else { return nil }
        let encoded = octets.map { octet in
            // The percent sign stays, or it would say something else.
            let isPlain = DMARCReportURI.isURICharacter(octet) && octet != UInt8(ascii: "?") || octet == UInt8(ascii: "!")
            return isPlain ? String(UnicodeScalar(octet)) : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
        }
        let whole = encoded.joined()
        guard whole.utf8.count > Self.textOctets else { text = whole; return }
        var kept = "", room = Self.textOctets - Self.cut.utf8.count
        for piece in encoded {
            room -= piece.utf8.count
            if room < 0 { break }
            kept += piece
        }
        text = kept + Self.cut
    }

    private static func hasControls(_ octets: ArraySlice<UInt8>) -> Bool {
        if octets.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return true }
        // What a query says of the mail, its lines too, is nothing to who sends a report (RFC 6068 §2).
        var rest = octets.prefix { $0 != UInt8(ascii: "?") }
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "%"), let high = rest.first.flatMap(DMARCReportURI.hex), let low = rest.dropFirst().first.flatMap(DMARCReportURI.hex) else { continue }
            let encoded = high << 4 | low
            if encoded < 0x20 || encoded == 0x7f { return true }
        }
        return false
    }
}
