/// What letters look like, whatever they are.
/// Source: UTS 39 §4.
package enum Likeness {
    /// Octets of a label or name that are looked at.
    package static let longest = 256

    /// The form that two names share when a reader takes one for the other: `раураӏ` and `paypal`, `rnicrosoft` and `microsoft`.
    /// - Parameter name: a label or name of a domain in Unicode form, not in that of `xn--`; at most ``longest`` octets of it count.
    /// - Returns: lower-case letters; what looks like nothing of ASCII is as folded. The forms of two names are compared, and not shown.
    package static func skeleton(of name: String) -> String {
        var plain: [UInt8] = []
        let table = LetterTable.shared
        for scalar in name.unicodeScalars.prefix(longest) {
            let row = table.row(scalar.value)
            if row.isUnseen || row.isMark { continue }
            if row.confusable != 0 { plain.append(row.confusable) } else { plain += FoldedText(String(scalar)).octets }
        }
        // One of several ways to write what looks the same.
        var result: [UInt8] = [], at = 0
        while at < plain.count {
            let octet = plain[at], next = at &+ 1 < plain.count ? plain[at &+ 1] : 0
            at &+= 1
            switch octet {
            case UInt8(ascii: "0"): result.append(UInt8(ascii: "o"))
            case UInt8(ascii: "1"): result.append(UInt8(ascii: "l"))
            case UInt8(ascii: "r") where next == UInt8(ascii: "n"): result.append(UInt8(ascii: "m")); at &+= 1
            case UInt8(ascii: "v") where next == UInt8(ascii: "v"): result.append(UInt8(ascii: "w")); at &+= 1
            default: result.append(octet)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The scripts of a name's letters, ASCII included.
    package static func scripts(of name: String) -> Scripts {
        var scripts: Scripts = []
        let table = LetterTable.shared
        for scalar in name.unicodeScalars.prefix(longest) where scalar.value > 57 || scalar.value < 48 {
            let row = table.row(scalar.value)
            if row.isOfWord, row.script != .common { scripts.insert(Scripts(row.script)) }
        }
        return scripts
    }

    /// The ASCII letter or digit, in lower case, that a letter looks like; nil for none.
    package static func ascii(_ scalar: Unicode.Scalar) -> UInt8? {
        let like = LetterTable.shared.row(scalar.value).confusable
        return like == 0 ? nil : like
    }
}
