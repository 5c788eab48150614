/// A text as the body of a part, and the fields that tell of it; whatever the text is, no line of the body is a delimiter.
/// Source: RFC 2045 §5–§6, RFC 2046 §4.1, RFC 2183 §2.1.
struct NoteText {
    /// The last line is not closed, unless the text's is.
    let body: [UInt8]
    /// Content-Type, Content-Transfer-Encoding and Content-Disposition, each with its line break.
    let fields: [UInt8]
    /// A reader has to know of MIME to show the body.
    let isEncoded: Bool

    /// Octets of a line.
    private static let lineOctets = 76

    /// - Parameters:
    ///   - text: its lines may end with CRLF, LF or CR.
    ///   - lineBreak: CRLF or LF.
    init(_ text: String, lineBreak: [UInt8]) {
        let octets = Array(text.utf8), crlf = [ASCII.cr, ASCII.lf]
        var lines: [ArraySlice<UInt8>] = [], start = 0
        while true {
            let end = LineEndings.end(octets, start)
            lines.append(octets[min(start, end)..<end])
            guard end < octets.count else { break }
            start = octets[end] == ASCII.cr && end &+ 1 < octets.count && octets[end &+ 1] == ASCII.lf ? end &+ 2 : end &+ 1
        }
        isEncoded = !lines.allSatisfy(Self.isPlain)
        // What is encoded has CRLF (RFC 2045 §6.8).
        body = isEncoded ? Self.base64(Array(lines.joined(separator: crlf)), lineBreak: lineBreak) : Array(lines.joined(separator: lineBreak))
        let charset = octets.allSatisfy { $0 < 128 } ? "us-ascii" : "utf-8"
        fields = ["Content-Type: text/plain; charset=\(charset)", "Content-Transfer-Encoding: \(isEncoded ? "base64" : "7bit")", "Content-Disposition: inline"]
            .reduce(into: []) { $0 += Array($1.utf8) + lineBreak }
    }

    /// Whether the line may travel as it is: no reader takes it for a delimiter, an mbox line, the end of the message, or a file.
    private static func isPlain(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count <= lineOctets, line.allSatisfy({ $0 >= 32 && $0 < 127 || $0 == ASCII.tab }) else { return false }
        return line.first != ASCII.dot && !line.starts(with: [ASCII.hyphen, ASCII.hyphen]) && !ASCII.hasPrefix(line, "from ") && !ASCII.hasPrefix(line, "begin ")
    }

    /// Lines of 76 octets; the last one is not closed.
    static func base64(_ octets: [UInt8], lineBreak: [UInt8]) -> [UInt8] {
        let text = Base64.encode(octets)
        var lines: [UInt8] = [], at = 0
        lines.reserveCapacity(text.count &+ (text.count / lineOctets &+ 1) &* lineBreak.count)
        while at < text.count {
            if at > 0 { lines += lineBreak }
            lines += text[at..<min(at &+ lineOctets, text.count)]
            at &+= lineOctets
        }
        return lines
    }
}
