/// Octets with names, and comparisons that know no locale.
package enum ASCII {
    package static let tab: UInt8 = 9, lf: UInt8 = 10, cr: UInt8 = 13, space: UInt8 = 32, quote: UInt8 = 34, percent: UInt8 = 37
    package static let open: UInt8 = 40, close: UInt8 = 41, comma: UInt8 = 44, hyphen: UInt8 = 45, dot: UInt8 = 46, slash: UInt8 = 47
    package static let colon: UInt8 = 58, semicolon: UInt8 = 59, less: UInt8 = 60, equals: UInt8 = 61, greater: UInt8 = 62
    package static let question: UInt8 = 63, at: UInt8 = 64, bracket: UInt8 = 91, backslash: UInt8 = 92, unbracket: UInt8 = 93

    package static func lower(_ octet: UInt8) -> UInt8 { octet &- 65 < 26 ? octet | 32 : octet }
    package static func isBlank(_ octet: UInt8) -> Bool { octet == 32 || octet == 9 }
    /// Space, tab, line breaks, form feed.
    package static func isSpace(_ octet: UInt8) -> Bool { octet == 32 || (octet >= 9 && octet <= 13) }
    package static func isDigit(_ octet: UInt8) -> Bool { octet &- 48 < 10 }
    package static func isLetter(_ octet: UInt8) -> Bool { (octet | 32) &- 97 < 26 }
    package static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || isLetter(octet) }

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
        var result: [UInt8] = []
        result.reserveCapacity(octets.count)
        for octet in octets { result.append(lower(octet)) }
        return result
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
