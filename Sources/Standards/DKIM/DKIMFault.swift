internal import Cryptography

/// Why something of DKIM cannot be used, and the result that this is.
/// Source: RFC 8601 §2.7.1.
package struct DKIMFault: Error, Sendable, Hashable {
    /// neutral for a syntax error of the signature, permerror for all else that time does not heal, temperror where nothing is known.
    package let result: DKIMResult
    /// In plain words, with outside octets only where they can be shown.
    package let why: String

    package init(_ result: DKIMResult, _ why: String) {
        self.result = result
        self.why = why
    }

    static func syntax(_ why: String) -> DKIMFault { DKIMFault(.neutral, why) }
    static func permanent(_ why: String) -> DKIMFault { DKIMFault(.permerror, why) }
}

extension DKIMFault: CustomStringConvertible {
    package var description: String { why }
}

/// Text of outside octets that is safe to show: visible ASCII and space as they are, the rest as `\xHH`, at most 80 octets.
func shown(_ octets: some Collection<UInt8>) -> String {
    if octets.count <= 80, octets.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return String(decoding: octets, as: UTF8.self) }
    var text = ""
    for octet in octets.prefix(80) {
        if octet >= 0x20, octet < 0x7f { text.unicodeScalars.append(UnicodeScalar(octet)) } else { text += "\\x" + [octet].hexadecimal }
    }
    return octets.count > 80 ? text + "…" : text
}
