/// Octets that are asked for at each octet of a message. Those of ASCII are functions of another room, which are called, not inlined.
enum Octet {
    static let tab: UInt8 = 9, lf: UInt8 = 10, cr: UInt8 = 13, space: UInt8 = 32, colon: UInt8 = 58, semicolon: UInt8 = 59, equals: UInt8 = 61

    static func isBlank(_ octet: UInt8) -> Bool { octet == 32 || octet == 9 }
    static func isFolding(_ octet: UInt8) -> Bool { octet == 32 || octet == 9 || octet == 13 || octet == 10 }
    static func isAlphanumeric(_ octet: UInt8) -> Bool { octet &- 48 < 10 || isLetter(octet) }
    static func isLetter(_ octet: UInt8) -> Bool { (octet | 32) &- 97 < 26 }
    static func lower(_ octet: UInt8) -> UInt8 { octet &- 65 < 26 ? octet | 32 : octet }
}
