/// The form in which a message travels.
enum WireText {
    /// The message with every line end as CRLF, and one at its end: neither a CR nor an LF goes out alone, which a server may take for the end
    /// of a line, or of the message. The dots at the beginning of lines are doubled by libcurl.
    /// Source: RFC 5321 §2.3.8, §4.1.1.4.
    static func lines(_ octets: [UInt8]) -> [UInt8] {
        let cr = UInt8(ascii: "\r"), lf = UInt8(ascii: "\n")
        var lines: [UInt8] = [], before: UInt8 = 0
        lines.reserveCapacity(octets.count + octets.count / 32 + 2)
        for octet in octets {
            if octet == lf {
                if before != cr { lines.append(cr) }
                lines.append(lf)
            } else {
                if before == cr { lines.append(lf) }
                lines.append(octet)
            }
            before = octet
        }
        if before == cr { lines.append(lf) } else if before != lf { lines += [cr, lf] }
        return lines
    }
}
