/// Why a record, or an explanation, breaks the grammar.
/// Source: RFC 7208 §4.6 and §12.
package struct SPFSyntaxError: Error, Sendable, Hashable {
    /// The term as written, at most 100 characters of it; empty when the fault lies with the record as a whole.
    package var term: String
    /// The fault, in plain words.
    package let why: String

    init(_ why: String, term: String = "") {
        self.why = why
        self.term = term
    }

    /// Text of outside octets that is safe to show: visible ASCII as it is, the rest as `\xHH`, at most 100 octets.
    static func shown(_ octets: ArraySlice<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for octet in octets.prefix(100) {
            if octet > 0x20, octet < 0x7f {
                text.append(octet)
            } else {
                text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self) + (octets.count > 100 ? "…" : "")
    }
}

extension SPFSyntaxError: CustomStringConvertible {
    package var description: String { term.isEmpty ? why : "\(term): \(why)" }
}
