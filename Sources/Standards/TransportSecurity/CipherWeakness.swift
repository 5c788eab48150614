/// Why a cipher suite must not be relied on.
/// Source: RFC 9325 §4.1; RFC 7465 (RC4).
package enum CipherWeakness: String, Codable, Sendable, Hashable {
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
    package static func of(_ cipher: some StringProtocol) -> CipherWeakness? {
        let words = cipher.prefix(256).uppercased().split(whereSeparator: { !($0.isLetter || $0.isNumber) })
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

    /// The number behind the last colon.
    private static func bits(_ cipher: some StringProtocol) -> Int? {
        let parts = cipher.split(separator: ":")
        guard parts.count >= 2, let last = parts.last, last.utf8.count <= 4 else { return nil }
        return Int(last)
    }
}
