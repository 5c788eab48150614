/// Mailboxes that a stranger's record may name and that are none for our envelope: to a relay of old habits their local part is a route, an option or a program.
/// Source: RFC 5321 §4.1.2 (Dot-string), §4.5.3.1.1 (64 octets) and appendix F.2, RFC 1123 §5.2.16 (`%`), RFC 976 §2 (`!`), RFC 6531 §3.1 (ASCII without SMTPUTF8).
enum OddMailbox {
    /// Octets of a local part.
    private static let longest = 64

    /// Why nothing goes there, whatever its host wants; nil for a mailbox like others.
    /// - Parameter mailbox: `local-part@domain`.
    static func why(_ mailbox: String) -> String? {
        let local = Array(mailbox.utf8.prefix(upTo: mailbox.utf8.lastIndex(of: at) ?? mailbox.utf8.startIndex))
        if local.isEmpty { return "its local part is empty" }
        if local.count > longest { return "its local part has more than \(longest) octets" }
        // Our reports are ASCII throughout, and go to relays without SMTPUTF8 as well.
        if local.contains(where: { $0 >= 0x80 }) { return "its local part is not ASCII" }
        if local.contains(UInt8(ascii: "%")) || local.contains(UInt8(ascii: "!")) { return "its local part may be taken for a route to another host" }
        if local.first == UInt8(ascii: "-") { return "its local part may be taken for an option" }
        if local.first == UInt8(ascii: "/") || local.first == UInt8(ascii: "~") || local.contains(where: expanding.contains) { return "its local part may be taken for a file or a program" }
        let atoms = local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard atoms.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isOfAtom) }) else { return "its local part is more than words and dots" }
        return nil
    }

    private static let at = UInt8(ascii: "@")
    /// What a shell, or a string expansion of a relay's settings, acts upon.
    private static let expanding = Array("|$`{}&*".utf8)

    /// RFC 5322 §3.2.3, without what is refused above.
    private static func isOfAtom(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122: true
        default: Array("#'+-/=?^_~".utf8).contains(octet)
        }
    }
}
