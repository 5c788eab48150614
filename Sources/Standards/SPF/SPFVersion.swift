/// The version section that a policy record begins with.
/// Source: RFC 7208 §4.5, RFC 4406 §3.1.
package enum SPFVersion: Sendable, Hashable {
    /// `v=spf1`, in any case.
    case spf1
    /// `spf2.0/` and scopes, in any case and order: what it says of the scopes that are known here.
    case spf2(SenderIDScopes)

    /// The version of a record, and where its terms begin.
    /// - Parameter octets: one TXT record, its strings joined.
    /// - Returns: nil when the record is something else; the section ends with a space or with the record.
    static func section(of octets: [UInt8]) -> (version: SPFVersion, end: Int)? {
        // A record that is not ours is told by its first octets; most TXT records end here.
        guard octets.count >= 6 else { return nil }
        if octets[0] | 0x20 == UInt8(ascii: "s") { return senderID(octets) }
        guard octets[1] == UInt8(ascii: "="), octets[0] | 0x20 == UInt8(ascii: "v"),
              octets[2] | 0x20 == UInt8(ascii: "s"), octets[3] | 0x20 == UInt8(ascii: "p"), octets[4] | 0x20 == UInt8(ascii: "f"),
              octets[5] == UInt8(ascii: "1"), octets.count == 6 || octets[6] == UInt8(ascii: " ") else { return nil }
        return (.spf1, 6)
    }

    /// "spf2." ver-minor "/" scope-id *( "," scope-id ); the minor version has to be a number, and says nothing (RFC 4406 §4.4).
    private static func senderID(_ octets: [UInt8]) -> (version: SPFVersion, end: Int)? {
        guard octets[1] | 0x20 == UInt8(ascii: "p"), octets[2] | 0x20 == UInt8(ascii: "f"), octets[3] == UInt8(ascii: "2"),
              octets[4] == UInt8(ascii: ".") else { return nil }
        var at = 5
        while at < octets.count, isDigit(octets[at]) { at += 1 }
        guard at > 5, at < octets.count, octets[at] == UInt8(ascii: "/") else { return nil }
        var scopes: SenderIDScopes = []
        repeat {
            at += 1
            let start = at
            // A name like that of a mechanism; scopes of others are passed over.
            guard at < octets.count, isAlpha(octets[at]) else { return nil }
            while at < octets.count, isAlpha(octets[at]) || isDigit(octets[at]) || octets[at] == UInt8(ascii: "-")
                || octets[at] == UInt8(ascii: "_") || octets[at] == UInt8(ascii: ".") { at += 1 }
            if let scope = SenderIDScope(octets[start..<at]) { scopes.insert(SenderIDScopes(scope)) }
        } while at < octets.count && octets[at] == UInt8(ascii: ",")
        guard at == octets.count || octets[at] == UInt8(ascii: " ") else { return nil }
        return (.spf2(scopes), at)
    }
}
