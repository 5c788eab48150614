internal import DNS

/// A path of the envelope in the form in which history keeps it and is asked for it: in lower case, the domain in A-labels.
///
/// A domain that is no domain name stays as it is written, in lower case.
/// Source: RFC 5321 §4.1.2; RFC 5890 §2.3.2.1 (A-labels). No server in use tells mailboxes apart by case, though RFC 5321 §2.4 lets it.
package struct HistoryPath: Hashable, Sendable {
    /// Empty for the null reverse-path.
    package let text: String

    /// - Parameter path: without angle brackets, in any case, with labels of either form.
    package init(_ path: String) {
        guard let start = Self.domainStart(path) else { text = path.lowercased(); return }
        let written = path[start...]
        let name = DomainName(written).flatMap { $0.isRoot ? nil : $0.text }
        text = path[..<start].lowercased() + (name ?? written.lowercased())
    }

    /// Takes text that is known to be in the form described above: what history kept.
    package init(trusted text: String) { self.text = text }

    /// What stands behind the last `@`; nil where nothing does.
    package var domain: String? { Self.domainStart(text).map { String(text[$0...]) } }

    /// Octets, not characters: a combining mark would hide the `@` before it.
    private static func domainStart(_ path: String) -> String.Index? {
        guard let at = path.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let start = path.utf8.index(after: at)
        return start < path.endIndex ? start : nil
    }
}
