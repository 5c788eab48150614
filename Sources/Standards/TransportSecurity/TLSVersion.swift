internal import JSON

/// A protocol version, oldest first.
/// Source: RFC 8446 §1, RFC 8996 (what is deprecated), RFC 6176, RFC 7568.
package enum TLSVersion: String, Decodable, JSONWritable, Sendable, Hashable, CaseIterable, Comparable {
    case ssl2 = "SSLv2", ssl3 = "SSLv3", tls10 = "TLSv1", tls11 = "TLSv1.1", tls12 = "TLSv1.2", tls13 = "TLSv1.3"

    /// Reads a version as mail servers write it: `TLSv1.3` (Postfix, Sendmail), `TLS1.3` (Exim, alone or before a colon),
    /// `TLS1_2`, `Tls12`, `SP_PROT_TLS1_2_SERVER` (Exchange), `TLS 1.2`, `SSLv3`. Case does not count.
    /// - Returns: nil when the text names no version that is known here.
    package init?(_ text: some StringProtocol) {
        let source = text.prefix(64).utf8.map { $0 >= 65 && $0 <= 90 ? $0 + 32 : $0 }
        var at = 0
        while at + 3 <= source.count {
            let word = source[at..<(at + 3)]
            let isTLS = word.elementsEqual("tls".utf8), isSSL = word.elementsEqual("ssl".utf8)
            guard isTLS || isSSL else { at += 1; continue }
            guard let found = Self.number(source[(at + 3)...], isTLS: isTLS) else { return nil }
            self = found
            return
        }
        return nil
    }

    /// RFC 8996 §2, RFC 7568, RFC 6176.
    package var isDeprecated: Bool { self < .tls12 }

    package static func < (first: TLSVersion, second: TLSVersion) -> Bool { first.order < second.order }

    private var order: Int {
        switch self {
        case .ssl2: 0
        case .ssl3: 1
        case .tls10: 2
        case .tls11: 3
        case .tls12: 4
        case .tls13: 5
        }
    }

    /// What follows the word: an optional `v`, the major number, and the minor number behind a separator or at once.
    private static func number(_ rest: ArraySlice<UInt8>, isTLS: Bool) -> TLSVersion? {
        var rest = rest, digits: [UInt8] = [], separated = false
        if rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        if rest.first == UInt8(ascii: "v") { rest = rest.dropFirst() }
        while let octet = rest.first, digits.count < 3 {
            if octet >= 48, octet <= 57 { digits.append(octet - 48); separated = false }
            else if !digits.isEmpty, !separated, octet == UInt8(ascii: ".") || octet == UInt8(ascii: "_") { separated = true }
            else { break }
            rest = rest.dropFirst()
        }
        switch (isTLS, digits) {
        // .NET writes TLS 1.0 as plain `Tls`; inside a longer word (`tls_aes…`) it is no version.
        case (true, []): return rest.isEmpty ? .tls10 : nil
        case (true, [1]), (true, [1, 0]): return .tls10
        case (true, [1, 1]): return .tls11
        case (true, [1, 2]): return .tls12
        case (true, [1, 3]): return .tls13
        case (false, [2]), (false, [2, 0]): return .ssl2
        case (false, [3]), (false, [3, 0]): return .ssl3
        default: return nil
        }
    }
}
