/// Reads UTF-8 that may be none.
/// Source: RFC 3629 §4; Unicode §3.9 (U+FFFD for each longest beginning of a sequence).
enum UTF8Reading {
    /// The code point at `at`, which moves behind it; nil for octets that are none.
    static func next(_ text: UnsafeBufferPointer<UInt8>, _ at: inout Int) -> UInt32? {
        guard at < text.count else { return nil }
        let first = unsafe text[at]
        at &+= 1
        if first < 0x80 { return UInt32(first) }
        guard first >= 0xc2, first < 0xf5 else { return nil }
        let more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
        var scalar = UInt32(first) & (more == 1 ? 31 : more == 2 ? 15 : 7)
        for step in 0..<more {
            guard at < text.count else { return nil }
            let octet = unsafe text[at]
            var low: UInt8 = 0x80, high: UInt8 = 0xbf
            if step == 0 {
                switch first {
                case 0xe0: low = 0xa0
                case 0xed: high = 0x9f
                case 0xf0: low = 0x90
                case 0xf4: high = 0x8f
                default: break
                }
            }
            guard octet >= low, octet <= high else { return nil }
            scalar = scalar << 6 | UInt32(octet & 63)
            at &+= 1
        }
        return scalar
    }
}
