/// Base64 as mail has it: line breaks and other octets in between are passed over.
/// Source: RFC 2045 §6.8.
package enum Base64 {
    package struct Decoded {
        package var octets: [UInt8]
        /// Octets outside the alphabet that are no white space, and data after padding.
        package var invalid = 0
        /// The last group is not complete.
        package var truncated = false
        /// There is data after padding.
        package var continued = false
    }

    private static let padding: UInt8 = 0x40, blank: UInt8 = 0x80, other: UInt8 = 0xc0

    private static let table: [UInt8] = {
        var table = [UInt8](repeating: other, count: 256)
        for (value, octet) in alphabet.enumerated() {
            table[Int(octet)] = UInt8(truncatingIfNeeded: value)
        }
        for octet in [9, 10, 11, 12, 13, 32] { table[octet] = blank }
        table[Int(ASCII.equals)] = padding
        return table
    }()

    /// Data after padding is decoded as well: some writers join encoded pieces, and readers differ in what they do with the second.
    package static func decode(_ text: ArraySlice<UInt8>) -> Decoded {
        let table = Self.table, end = text.endIndex
        var octets = [UInt8](repeating: 0, count: text.count / 4 &* 3 &+ 6)
        var at = text.startIndex, out = 0, bits: UInt32 = 0, held = 0, invalid = 0, padded = false, truncated = false, continued = false
        while at < end {
            if held == 0 {
                let whole = decodeWhole(text, from: at, &octets, to: out)
                if whole > 0 {
                    at &+= whole &* 4
                    out &+= whole &* 3
                    if padded { invalid &+= 1; padded = false; continued = true }
                }
                if at >= end { break }
            }
            let value = table[Int(text[at])]
            at &+= 1
            if value < padding {
                if padded { invalid &+= 1; padded = false; continued = true }
                bits = bits << 6 | UInt32(value)
                held &+= 1
                if held == 4 {
                    octets[out] = UInt8(truncatingIfNeeded: bits >> 16)
                    octets[out &+ 1] = UInt8(truncatingIfNeeded: bits >> 8)
                    octets[out &+ 2] = UInt8(truncatingIfNeeded: bits)
                    out &+= 3
                    held = 0
                    bits = 0
                }
            } else if value == padding {
                padded = true
                if held == 1 { truncated = true }
                flush(&octets, &out, &bits, &held)
            } else if value == other {
                invalid &+= 1
            }
        }
        // A last group without padding is dropped, as most decoders have it.
        if held > 0 { truncated = true }
        octets.removeLast(octets.count &- out)
        return Decoded(octets: octets, invalid: invalid, truncated: truncated, continued: continued)
    }

    /// What each octet is worth at the first to the fourth place of a group of 24 bits, the first octet lowest; of what is no letter the highest bit.
    private static let places: [UInt32] = (UInt32(0)..<4).flatMap { place in
        table.map { value in value < padding ? (UInt32(value) << (18 - 6 * place)).byteSwapped >> 8 : 1 << 31 }
    }

    /// Decodes groups of four letters up to the first octet that is none.
    /// - Returns: how many there were.
    // Unsafe and sound: what is read and written stays within both counts, and a table has a place for each octet.
    private static func decodeWhole(_ text: ArraySlice<UInt8>, from start: Int, _ octets: inout [UInt8], to out: Int) -> Int {
        unsafe text[start...].withUnsafeBufferPointer { text in
            unsafe octets.withUnsafeMutableBytes { octets in
                unsafe places.withUnsafeBufferPointer { places in
                    let most = min(text.count / 4, max(0, octets.count &- out &- 1) / 3)
                    var group = 0
                    while group < most {
                        let at = group &* 4
                        let bits = unsafe places[Int(text[at])] | places[256 &+ Int(text[at &+ 1])] | places[512 &+ Int(text[at &+ 2])] | places[768 &+ Int(text[at &+ 3])]
                        if bits >= 1 << 31 { break }
                        unsafe octets.storeBytes(of: bits.littleEndian, toByteOffset: out &+ group &* 3, as: UInt32.self)
                        group &+= 1
                    }
                    return group
                }
            }
        }
    }

    /// Ways of other readers where RFC 2045 §6.8 leaves none. In each, the last group counts without its padding, too.
    enum Reading: CaseIterable {
        /// As ``decode(_:)`` has it.
        case whole
        /// Padding is passed over like any other octet outside the alphabet; it ends the data.
        case passingPadding, endingAtPadding
        /// With the two letters of RFC 4648 §5 as well.
        case withURLLetters
    }

    static func decode(_ text: ArraySlice<UInt8>, _ reading: Reading) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: text.count / 4 &* 3 &+ 6), out = 0, bits: UInt32 = 0, held = 0
        for octet in text {
            var value = table[Int(octet)]
            if value == other, reading == .withURLLetters { value = octet == ASCII.hyphen ? 62 : octet == 95 ? 63 : other }
            if value < padding {
                bits = bits << 6 | UInt32(value)
                held &+= 1
                if held == 4 {
                    for shift: UInt32 in [16, 8, 0] { octets[out] = UInt8(truncatingIfNeeded: bits >> shift); out &+= 1 }
                    (bits, held) = (0, 0)
                }
            } else if value == padding {
                if reading == .endingAtPadding { break }
                if reading != .passingPadding { flush(&octets, &out, &bits, &held) }
            }
        }
        flush(&octets, &out, &bits, &held)
        octets.removeLast(octets.count &- out)
        return octets
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The octets in base64, padded, without line breaks.
    package static func encode(_ octets: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count &+ 2) / 3 &* 4)
        var at = 0
        while at < octets.count {
            let a = octets[at], b = at &+ 1 < octets.count ? octets[at &+ 1] : 0, c = at &+ 2 < octets.count ? octets[at &+ 2] : 0
            text.append(alphabet[Int(a >> 2)])
            text.append(alphabet[Int(a << 4 & 63 | b >> 4)])
            text.append(at &+ 1 < octets.count ? alphabet[Int(b << 2 & 63 | c >> 6)] : ASCII.equals)
            text.append(at &+ 2 < octets.count ? alphabet[Int(c & 63)] : ASCII.equals)
            at &+= 3
        }
        return text
    }

    /// Whether the first line that is not blank has octets outside the alphabet.
    static func hasStrangeFirstLine(_ text: ArraySlice<UInt8>) -> Bool {
        var begun = false
        for octet in text {
            if octet == ASCII.lf, begun { return false }
            let value = table[Int(octet)]
            if value == other { return true }
            if value != blank { begun = true }
        }
        return false
    }

    private static func flush(_ octets: inout [UInt8], _ out: inout Int, _ bits: inout UInt32, _ held: inout Int) {
        if held >= 2 {
            let whole = bits << UInt32(6 &* (4 &- held))
            octets[out] = UInt8(truncatingIfNeeded: whole >> 16)
            out &+= 1
            if held == 3 {
                octets[out] = UInt8(truncatingIfNeeded: whole >> 8)
                out &+= 1
            }
        }
        held = 0
        bits = 0
    }
}
