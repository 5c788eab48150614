/// Octets with names, and comparisons that know no locale. What is asked for at each octet of a message is inlined in other rooms, too.
@usableFromInline package enum ASCII {
    @inlinable package static var tab: UInt8 { 9 }
    @inlinable package static var lf: UInt8 { 10 }
    @inlinable package static var cr: UInt8 { 13 }
    @inlinable package static var space: UInt8 { 32 }
    @inlinable package static var quote: UInt8 { 34 }
    @inlinable package static var percent: UInt8 { 37 }
    @inlinable package static var open: UInt8 { 40 }
    @inlinable package static var close: UInt8 { 41 }
    @inlinable package static var comma: UInt8 { 44 }
    @inlinable package static var hyphen: UInt8 { 45 }
    @inlinable package static var dot: UInt8 { 46 }
    @inlinable package static var slash: UInt8 { 47 }
    @inlinable package static var colon: UInt8 { 58 }
    @inlinable package static var semicolon: UInt8 { 59 }
    @inlinable package static var less: UInt8 { 60 }
    @inlinable package static var equals: UInt8 { 61 }
    @inlinable package static var greater: UInt8 { 62 }
    @inlinable package static var question: UInt8 { 63 }
    @inlinable package static var at: UInt8 { 64 }
    @inlinable package static var bracket: UInt8 { 91 }
    @inlinable package static var backslash: UInt8 { 92 }
    @inlinable package static var unbracket: UInt8 { 93 }

    @inlinable package static func lower(_ octet: UInt8) -> UInt8 { octet &- 65 < 26 ? octet | 32 : octet }
    @inlinable package static func isBlank(_ octet: UInt8) -> Bool { octet == 32 || octet == 9 }
    /// Space, tab, line breaks.
    @inlinable package static func isFolding(_ octet: UInt8) -> Bool { octet == 32 || octet == 9 || octet == 13 || octet == 10 }
    /// Space, tab, line breaks, form feed.
    @inlinable package static func isSpace(_ octet: UInt8) -> Bool { octet == 32 || (octet >= 9 && octet <= 13) }
    @inlinable package static func isDigit(_ octet: UInt8) -> Bool { octet &- 48 < 10 }
    @inlinable package static func isLetter(_ octet: UInt8) -> Bool { (octet | 32) &- 97 < 26 }
    @inlinable package static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || isLetter(octet) }

    /// The value of a hexadecimal digit.
    package static func hex(_ octet: UInt8) -> UInt8? {
        if octet &- 48 < 10 { return octet &- 48 }
        let letter = (octet | 32) &- 97
        return letter < 6 ? letter &+ 10 : nil
    }

    /// The number in decimal digits; nil for none, for anything else, and above nine digits.
    package static func number(_ octets: ArraySlice<UInt8>) -> Int? {
        guard !octets.isEmpty, octets.count <= 9 else { return nil }
        var number = 0
        for octet in octets {
            guard isDigit(octet) else { return nil }
            number = number * 10 + Int(octet &- 48)
        }
        return number
    }

    /// Whether the octets are `name`, which is in lower case, in any case.
    package static func equal(_ octets: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        guard octets.count == name.utf8CodeUnitCount else { return false }
        return hasPrefix(octets, name)
    }

    /// Whether the octets begin with `name`, which is in lower case, in any case.
    package static func hasPrefix(_ octets: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        let count = name.utf8CodeUnitCount
        guard octets.count >= count else { return false }
        return name.withUTF8Buffer { wanted in
            var at = octets.startIndex
            for unsafe octet in unsafe wanted {
                if lower(octets[at]) != octet { return false }
                at &+= 1
            }
            return true
        }
    }

    package static func lowercased(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        // Unsafe and sound: as many octets are written as there is room for.
        unsafe octets.withUnsafeBufferPointer { octets in
            unsafe [UInt8](unsafeUninitializedCapacity: octets.count) { lowered, count in
                for place in 0..<octets.count { unsafe lowered[place] = lower(octets[place]) }
                count = octets.count
            }
        }
    }

    /// Without white space at either end.
    package static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var start = octets.startIndex, end = octets.endIndex
        while start < end, isSpace(octets[start]) { start &+= 1 }
        while end > start, isSpace(octets[end &- 1]) { end &-= 1 }
        return octets[start..<end]
    }

    package static func text(_ octets: ArraySlice<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }
}
