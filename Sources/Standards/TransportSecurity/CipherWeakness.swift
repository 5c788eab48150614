internal import JSON

/// Why a cipher suite must not be relied on.
/// Source: RFC 9325 §4.1; RFC 7465 (RC4).
package enum CipherWeakness: String, Decodable, JSONWritable, Sendable, Hashable {
    /// No encryption at all.
    case null
    /// Made weak for export: 40 or 56 bits.
    case export
    case rc4
    /// 3DES: a block of 64 bits.
    case tripleDES = "3des"
    /// Single DES or RC2.
    case des
    /// Nobody proves who they are: anonymous Diffie-Hellman.
    case anonymous
    /// The mail server said that fewer than 128 bits are in use.
    case fewBits = "few_bits"

    /// Judges a suite by its name in the OpenSSL, IANA or GnuTLS spelling, alone or as Exim writes it (`version:suite:bits`).
    /// - Returns: nil when nothing weak shows.
    package static func of(_ cipher: String) -> CipherWeakness? {
        let octets = cipher.utf8.prefix(256).map(Self.upper)
        let words = octets.split { !Self.isOfWord($0) }.map { String(decoding: $0, as: UTF8.self) }
        var found: CipherWeakness? = nil
        for (place, word) in words.enumerated() {
            switch word {
            case "NULL", "ENULL": return .null
            case "EXP", "EXPORT", "EXPORT40", "EXPORT56", "EXPORT1024", "EXP1024": return .export
            case "ADH", "AECDH", "ANON", "ANULL": found = found ?? .anonymous
            case "RC4", "ARCFOUR", "ARC4": found = found ?? .rc4
            case "3DES", "CBC3": found = found ?? .tripleDES
            case "DES":
                let next = words.dropFirst(place + 1).prefix(2)
                found = found ?? (next.contains("CBC3") || next.contains("EDE3") ? .tripleDES : .des)
            case "RC2", "DES40": found = found ?? .des
            default: break
            }
        }
        if found == nil, let bits = bits(cipher), bits < 128 { return .fewBits }
        return found
    }

    /// A digit or a capital letter.
    private static func isOfWord(_ octet: UInt8) -> Bool { (48...57).contains(octet) || (65...90).contains(octet) }

    private static func upper(_ octet: UInt8) -> UInt8 { octet >= 97 && octet <= 122 ? octet - 32 : octet }

    /// The number behind the last colon.
    private static func bits(_ cipher: String) -> Int? {
        guard let colon = cipher.utf8.lastIndex(of: UInt8(ascii: ":")), colon > cipher.startIndex else { return nil }
        let last = cipher[cipher.utf8.index(after: colon)...]
        return last.utf8.count <= 4 ? Int(last) : nil
    }
}
