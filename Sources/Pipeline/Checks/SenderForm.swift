package import DNS
internal import Mail
internal import Verdicts

/// The sender of MAIL FROM as he is known again: without what is another with each message.
///
/// What bounces are told apart by (BATV, SRS, VERP), numbers and what looks drawn by lot are left out, so one sender has one form; that two may share one does no harm, since he is looked up
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

    /// Octets of a word that is a number in hexadecimal, with a digit in it.
    private static let hexadecimal = 8
    /// Octets from which on a word is none of a language.
    private static let drawn = 24
    /// Octets of the pieces of a UUID.
    private static let uuid = [8, 4, 4, 4, 12]

    /// Words of letters and digits that look drawn by lot, and UUIDs as a whole, become `#`; of names that end in a number, that number does.
    private static func folded(_ text: Substring) -> String {
        let octets = Array(text.utf8)
        var result: [UInt8] = [], at = 0
        while at < octets.count {
            if let end = end(ofUUID: octets, at) { result.append(UInt8(ascii: "#")); at = end; continue }
            let end = octets[at...].firstIndex { !isWord($0) } ?? octets.count
            result += folded(word: octets[at..<end])
            if end < octets.count { result.append(octets[end]) }
            at = end + 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func folded(word: ArraySlice<UInt8>) -> [UInt8] {
        guard let digit = word.firstIndex(where: ASCII.isDigit) else { return word.count < drawn ? Array(word) : [UInt8(ascii: "#")] }
        // In names digits are behind. Those that are drawn have some before a letter, all but a few.
        let isName = word[digit...].allSatisfy(ASCII.isDigit) && word.count < drawn && !(word.count >= hexadecimal && word.allSatisfy(isHexadecimal))
        return (isName ? Array(word[..<digit]) : []) + [UInt8(ascii: "#")]
    }

    /// Where a UUID ends that begins there.
    private static func end(ofUUID octets: [UInt8], _ start: Int) -> Int? {
        var at = start
        for (place, length) in uuid.enumerated() {
            if place > 0 {
                guard at < octets.count, octets[at] == UInt8(ascii: "-") else { return nil }
                at += 1
            }
            guard octets.count - at >= length, octets[at..<(at + length)].allSatisfy(isHexadecimal) else { return nil }
            at += length
        }
        return at < octets.count && isWord(octets[at]) ? nil : at
    }

    private static func isWord(_ octet: UInt8) -> Bool { ASCII.isDigit(octet) || octet >= 97 && octet <= 122 }
    private static func isHexadecimal(_ octet: UInt8) -> Bool { ASCII.isDigit(octet) || octet >= 97 && octet <= 102 }
}
