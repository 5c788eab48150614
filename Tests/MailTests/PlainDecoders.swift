import Mail

/// Quoted-printable, octet by octet.
enum PlainQuotedPrintable {
    /// - Parameter takesBareCR: a CR alone behind `=` is a line break, as some readers have it.
    static func decode(_ text: ArraySlice<UInt8>, takesBareCR: Bool = false) -> (octets: [UInt8], invalid: Int) {
        var octets: [UInt8] = [], invalid = 0
        let end = text.endIndex
        var at = text.startIndex, keep = 0   // octets of this line up to its last one that is no blank
        while at < end {
            let octet = text[at]
            if octet == ASCII.equals {
                if at &+ 2 < end, let high = ASCII.hex(text[at &+ 1]), let low = ASCII.hex(text[at &+ 2]) {
                    octets.append(high << 4 | low)
                    keep = octets.count
                    at &+= 3
                    continue
                }
                var next = at &+ 1
                while next < end, ASCII.isBlank(text[next]) { next &+= 1 }
                if next < end, text[next] == ASCII.cr { next &+= 1 }
                if next >= end { break }
                let isBareCR = takesBareCR && text[next] != ASCII.lf && text[next &- 1] == ASCII.cr
                if text[next] == ASCII.lf || isBareCR {
                    at = isBareCR ? next : next &+ 1
                    keep = octets.count
                    continue
                }
                invalid &+= 1
            } else if octet == ASCII.lf || (octet == ASCII.cr && at &+ 1 < end && text[at &+ 1] == ASCII.lf) {
                // Blanks at the end of a line were added on the way (RFC 2045 §6.7 (3)).
                if keep < octets.count { octets.removeLast(octets.count &- keep) }
                if octet == ASCII.cr { octets.append(octet); at &+= 1 }
                octets.append(ASCII.lf)
                keep = octets.count
                at &+= 1
                continue
            }
            octets.append(octet)
            if !ASCII.isBlank(octet) { keep = octets.count }
            at &+= 1
        }
        return (octets, invalid)
    }
}

/// Base64, octet by octet.
enum PlainBase64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func decode(_ text: ArraySlice<UInt8>) -> (octets: [UInt8], invalid: Int, truncated: Bool, continued: Bool) {
        var octets: [UInt8] = [], group: [UInt32] = [], invalid = 0, padded = false, truncated = false, continued = false
        func flush() {
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | $1.element << UInt32(18 - 6 * $1.offset) }
            for place in 0..<max(0, group.count - 1) { octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place))) }
            group = []
        }
        for octet in text {
            if let value = alphabet.firstIndex(of: octet) {
                if padded { (invalid, padded, continued) = (invalid + 1, false, true) }
                group.append(UInt32(value))
                if group.count == 4 { flush() }
            } else if octet == ASCII.equals {
                padded = true
                if group.count == 1 { truncated = true }
                flush()
            } else if octet != 32, !(9...13).contains(octet) {
                invalid += 1
            }
        }
        // A last group without padding is dropped.
        return (octets, invalid, truncated || !group.isEmpty, continued)
    }
}
