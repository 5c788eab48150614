/// The version section that a policy record begins with.
/// Source: RFC 7208 §4.5.
package enum SPFVersion: Sendable, Hashable {
    /// `v=spf1`, in any case.
    case spf1

    /// The version of a record, and where its terms begin.
    /// - Parameter octets: one TXT record, its strings joined.
    /// - Returns: nil when the record is something else; the section ends with a space or with the record.
    static func section(of octets: [UInt8]) -> (version: SPFVersion, end: Int)? {
        // A record that is not ours is told by its first octets; most TXT records end here.
        guard octets.count >= 6, octets[1] == UInt8(ascii: "="), octets[0] | 0x20 == UInt8(ascii: "v"),
              octets[2] | 0x20 == UInt8(ascii: "s"), octets[3] | 0x20 == UInt8(ascii: "p"), octets[4] | 0x20 == UInt8(ascii: "f"),
              octets[5] == UInt8(ascii: "1"), octets.count == 6 || octets[6] == UInt8(ascii: " ") else { return nil }
        return (.spf1, 6)
    }
}
