package import DNS
internal import Verdicts

/// The sender of MAIL FROM as he is known again: without what is another with each message.
///
/// What bounces are told apart by (BATV, SRS, VERP) and numbers are left out, so one sender has one form; that two may share one does no harm, since he is looked up
/// together with the client and the recipient.
package struct SenderForm: Sendable, Equatable {
    /// `anna@example.org`; `<>` for the null reverse-path, whose domain is that of HELO.
    package let text: String
    /// In A-labels; empty where there is none.
    package let domain: String

    /// - Parameter mailFrom: without angle brackets, empty for the null reverse-path; nil is taken for that.
    package init(_ mailFrom: String?, helo: DomainName?) {
        let path = HistoryPath(mailFrom ?? "").text
        guard !path.isEmpty else { domain = helo?.text ?? ""; text = "<>"; return }
        guard let at = path.utf8.lastIndex(of: UInt8(ascii: "@")) else { domain = ""; text = Self.folded(path[...]); return }
        domain = String(path[path.utf8.index(after: at)...])
        text = Self.folded(Self.withoutTags(path[..<at])) + "@" + domain
    }

    /// Takes away what BATV and SRS put before the local part, and what stands behind a plus sign.
    private static func withoutTags(_ local: Substring) -> Substring {
        var local = local
        if local.hasPrefix("prvs="), let end = local.dropFirst(5).firstIndex(of: "=") {
            local = local[local.index(after: end)...]
        } else if local.hasPrefix("prvs="), let end = local.lastIndex(of: "/") {
            // prvs=LOCAL/TAG, as Exim wrote it.
            local = local.dropFirst(5)[..<end]
        } else if local.hasPrefix("btv1=="), let end = local.dropFirst(6).firstRange(of: "==") {
            local = local[end.upperBound...]
        }
        if local.hasPrefix("srs0") || local.hasPrefix("srs1"), let separator = local.dropFirst(4).first, "=+-".contains(separator) {
            // SRS0=HASH=TIME=DOMAIN=LOCAL, and SRS1=HASH=FORWARDER==HASH=TIME=DOMAIN=LOCAL; hash and time change.
            let pieces = local.dropFirst(5).split(separator: "=", maxSplits: 64)
            let kept = local.hasPrefix("srs0") ? pieces.dropFirst(2) : pieces.dropFirst(1).prefix(1) + pieces.dropFirst(4)
            return Substring("srs=" + kept.joined(separator: "="))
        }
        if let plus = local.firstIndex(of: "+"), plus > local.startIndex { local = local[..<plus] }
        return local
    }

    /// Octets of a word that is a number in hexadecimal, with a digit in it, and not a word: `deadbeef` is one, `a1b2c3d4` is none.
    private static let hexadecimal = 8

    /// Runs of digits, and long words of hexadecimal digits, become `#`.
    private static func folded(_ text: Substring) -> String {
        var result: [UInt8] = [], word: [UInt8] = []
        func close() {
            if word.count >= hexadecimal, word.contains(where: { $0 >= 48 && $0 <= 57 }), word.allSatisfy({ $0 >= 48 && $0 <= 57 || $0 >= 97 && $0 <= 102 }) {
                result.append(UInt8(ascii: "#"))
            } else {
                for octet in word where !(octet >= 48 && octet <= 57 && result.last == UInt8(ascii: "#")) { result.append(octet >= 48 && octet <= 57 ? UInt8(ascii: "#") : octet) }
            }
            word = []
        }
        for octet in text.utf8 {
            if octet >= 48 && octet <= 57 || octet >= 97 && octet <= 122 { word.append(octet) } else { close(); result.append(octet) }
        }
        close()
        return String(decoding: result, as: UTF8.self)
    }
}
