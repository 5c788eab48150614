/// A file around which another one is: opaque signed mail, which mail programs show without it, and a file with its Macintosh facts.
/// Source: RFC 5652 §3, §5.1–§5.2 (CMS, in DER or BER), RFC 8551 §3.5.2; RFC 1740, appendix A (AppleSingle).
enum WrappedFile {
    /// Whether the octets begin as such a file does.
    static func isLikely(_ head: [UInt8]) -> Bool {
        if head.starts(with: appleSingle) || isArmoured(head) { return true }
        return head.first == 0x30 && head.count > 24 && (2..<min(300, head.count)).contains { head[$0...].starts(with: signedData) }
    }

    /// The file inside, and whether it is called a mail; nil where there is none.
    static func content(_ octets: [UInt8], limits: FurtherReadingLimits) -> (octets: [UInt8], isMail: Bool)? {
        if octets.starts(with: appleSingle) { return dataFork(octets, limits).map { ($0, false) } }
        return (isArmoured(octets) ? signed(withoutArmour(octets)) : signed(octets)).map { ($0, true) }
    }

    /// The end of an object identifier.
    private static let appleSingle: [UInt8] = [0, 5, 0x16, 0], signedData: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]

    /// Source: RFC 7468 §2, §9.
    private static func isArmoured(_ octets: [UInt8]) -> Bool {
        let text = octets.drop(while: ASCII.isSpace)
        return ASCII.hasPrefix(text, "-----begin pkcs") || ASCII.hasPrefix(text, "-----begin cms")
    }

    private static func withoutArmour(_ octets: [UInt8]) -> [UInt8] {
        let start = LineEndings.end(octets, octets.firstIndex(of: ASCII.hyphen) ?? 0), text = octets[start...]
        return Base64.decode(text[..<(text.firstIndex(of: ASCII.hyphen) ?? text.endIndex)], .whole)
    }

    private static func dataFork(_ octets: [UInt8], _ limits: FurtherReadingLimits) -> [UInt8]? {
        func number(_ at: Int, _ count: Int) -> Int { octets[min(at, octets.count)...].prefix(count).reduce(0) { $0 << 8 | Int($1) } }
        for entry in 0..<min(number(24, 2), limits.appleEntries) {
            let at = 26 &+ 12 &* entry, start = number(at &+ 4, 4)
            if number(at, 4) == 1, start < octets.count { return Array(octets[start...].prefix(number(at &+ 8, 4))) }
        }
        return nil
    }

    private struct Header {
        var tag: UInt8
        var start: Int
        /// Nil where the length is not told, and two zeros end it.
        var end: Int?
    }

    private static func header(_ octets: [UInt8], _ at: Int) -> Header? {
        guard at &+ 1 < octets.count else { return nil }
        let first = Int(octets[at &+ 1])
        if first < 128 { return Header(tag: octets[at], start: at &+ 2, end: min(at &+ 2 &+ first, octets.count)) }
        if first == 128 { return Header(tag: octets[at], start: at &+ 2, end: nil) }
        let count = first & 127, start = at &+ 2 &+ count
        guard start <= octets.count else { return nil }
        let digits = octets[(at &+ 2)..<start].drop { $0 == 0 }   // BER allows zeros before them
        guard digits.count <= 4 else { return nil }
        let length = digits.reduce(0) { $0 << 8 | Int($1) }
        return Header(tag: octets[at], start: start, end: min(start &+ length, octets.count))
    }

    /// Behind the value at the place; those inside it are passed one by one where its length is not told.
    private static func skip(_ octets: [UInt8], _ place: Int) -> Int? {
        var at = place, open = 0
        repeat {
            guard let header = header(octets, at) else { return nil }
            if let end = header.end { at = end } else { at = header.start; open &+= 1 }
            if header.tag == 0, header.end == header.start, open > 0 { open &-= 1 }
        } while open > 0
        return at
    }

    /// ContentInfo, SignedData, EncapsulatedContentInfo.
    private static func signed(_ octets: [UInt8]) -> [UInt8]? {
        var at = 0
        func enter(_ tag: UInt8) -> Bool {
            guard let header = header(octets, at), header.tag == tag else { return false }
            at = header.start
            return true
        }
        func pass(_ tag: UInt8) -> Bool {
            guard at < octets.count, octets[at] == tag, let end = skip(octets, at) else { return false }
            at = end
            return true
        }
        guard enter(0x30), pass(6), enter(0xa0), enter(0x30), pass(2), pass(0x31), enter(0x30), pass(6), enter(0xa0), let string = header(octets, at) else { return nil }
        if string.tag == 4 { return Array(octets[string.start..<max(string.end ?? string.start, string.start)]) }
        guard string.tag == 0x24 else { return nil }
        var content: [UInt8] = [], open = 1
        at = string.start
        while open > 0, at < string.end ?? octets.count, let piece = header(octets, at) {
            at = piece.start
            switch (piece.tag, piece.end) {
            case (4, let end?):
                content += octets[piece.start..<max(end, piece.start)]
                at = max(end, piece.start)
            case (0x24, nil): open &+= 1
            case (0x24, _): break
            case (0, _): open &-= 1
            default: return content
            }
        }
        return content
    }
}
