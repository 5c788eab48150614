package import Cryptography
package import DNS

/// How selectors are named.
///
/// `p`, the day of making in UTC, and the kind: `p20261126-rsa`, `p20261126-ed25519`. Of several on one day the second has a `b` behind the
/// day, the third a `c`, up to `z`. A pair that is made together has the same letter.
package enum SelectorName {
    /// Words that stand where selectors stand in the paths of the API.
    package static let reserved: Set<String> = ["rotate", "check"]

    /// Names for keys that are made together.
    /// - Parameters:
    ///   - kinds: each at most once.
    ///   - day: as `20261126`.
    ///   - taken: selectors that the domain has or had: a name is never used for a second key, since verifiers remember the first one.
    /// - Returns: one for each kind; nil where the day has no letter left.
    package static func next(_ kinds: [KeyKind], day: String, taken: Set<DomainName>) -> [DomainName]? {
        for letter in [""] + "bcdefghijklmnopqrstuvwxyz".map(String.init) {
            let names = kinds.map { DomainName(trusted: "p\(day)\(letter)-\($0.rawValue)") }
            if !names.contains(where: taken.contains) { return names }
        }
        return nil
    }

    /// Reads a selector that somebody gives: labels of letters, digits, hyphens and underscores.
    /// Source: RFC 6376 §3.1 (`selector = sub-domain *( "." sub-domain )`); underscores are in use.
    /// - Returns: nil where it is anything else, or one of ``reserved``.
    package static func read(_ text: some StringProtocol) -> DomainName? {
        guard text.utf8.count <= 128, !text.hasSuffix("."), let name = DomainName(text), !name.isRoot, !reserved.contains(name.text) else { return nil }
        let isPlain = name.text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
        return isPlain ? name : nil
    }
}
