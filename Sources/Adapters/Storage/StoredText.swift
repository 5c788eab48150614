internal import Glibc

/// Makes text fit for PostgreSQL, which takes neither U+0000 nor index entries beyond a third of a page.
enum StoredText {
    /// Octets of a text that is searched; what is longer was never a path (RFC 5321 §4.5.3.1.3) or a message id (RFC 5322 §2.1.1).
    static let limit = 1000

    /// U+0000 becomes U+FFFD, and what goes beyond the limit falls away, between two characters.
    static func column(_ text: String) -> String { cut(text, limit) }

    /// The same for one of up to four texts and a tenant that share a unique index: half as long.
    static func key(_ text: String) -> String { cut(text, limit / 2) }

    private static func cut(_ text: String, _ limit: Int) -> String {
        var text = text
        if text.utf8.contains(0) { text = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{fffd}" : $0 })) }
        guard text.utf8.count > limit else { return text }
        var octets = Array(text.utf8.prefix(limit + 1))
        // Back to the last octet that begins a character, which then falls away with all behind it.
        while let last = octets.popLast(), last & 0xc0 == 0x80 {}
        return String(decoding: octets, as: UTF8.self)
    }

    /// JSON text in which `\u0000` and halves of surrogate pairs stand as `\ufffd`: `jsonb` refuses both, and `json` takes them but
    /// cannot give the text they stand in.
    static func json(_ octets: [UInt8]) -> [UInt8] {
        guard mayNeedChange(octets) else { return octets }
        var result = octets, at = 0
        while at < result.count {
            guard result[at] == UInt8(ascii: "\\") else { at += 1; continue }
            guard let unit = codeUnit(result, at) else { at += 2; continue }
            if unit & 0xfc00 == 0xd800, let next = codeUnit(result, at + 6), next & 0xfc00 == 0xdc00 { at += 12; continue }
            if unit == 0 || unit & 0xf800 == 0xd800 { result.replaceSubrange(at..<(at + 6), with: Array("\\ufffd".utf8)) }
            at += 6
        }
        return result
    }

    /// Whether there is `\u0` or `\ud` anywhere: nearly never.
    private static func mayNeedChange(_ octets: [UInt8]) -> Bool {
        let end = octets.count - 5
        return unsafe octets.withUnsafeBufferPointer { octets in
            var at = 0
            while at < end, let base = octets.baseAddress, let found = unsafe memchr(base + at, 0x5c, end - at) {
                at = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
                if unsafe octets[at + 1] == UInt8(ascii: "u"), unsafe octets[at + 2] == UInt8(ascii: "0") || octets[at + 2] | 0x20 == UInt8(ascii: "d") { return true }
                at += 1
            }
            return false
        }
    }

    /// The value of `\uXXXX` at a place; nil where there is none.
    private static func codeUnit(_ octets: [UInt8], _ at: Int) -> UInt16? {
        guard at + 6 <= octets.count, octets[at] == UInt8(ascii: "\\"), octets[at + 1] == UInt8(ascii: "u") else { return nil }
        var unit: UInt16 = 0
        for octet in octets[(at + 2)..<(at + 6)] {
            switch octet {
            case 48...57: unit = unit << 4 | UInt16(octet - 48)
            case 65...70: unit = unit << 4 | UInt16(octet - 55)
            case 97...102: unit = unit << 4 | UInt16(octet - 87)
            default: return nil
            }
        }
        return unit
    }
}
