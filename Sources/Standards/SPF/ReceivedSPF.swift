package import DNS
internal import Mail

/// A Received-SPF field that another host wrote.
/// Source: RFC 7208 §9.1. Fields of hosts that keep to older words and orders are read as well: results in any case, values without the quotes they
/// should have, pairs without a semicolon between them.
package struct ReceivedSPF: Sendable, Equatable {
    package let result: SPFResult
    /// The first comment, without its parentheses; nil where there is none.
    package let comment: String?
    /// In their order, keys in lower case; a key may come twice.
    package let pairs: [Pair]

    package struct Pair: Sendable, Equatable {
        package let key: String
        package let value: String
    }

    /// The first value of that key, which is in lower case.
    package subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

    /// nil where there is none, or it is no address; an IPv4-mapped address is IPv4.
    package var clientIP: IPAddress? { self["client-ip"].flatMap { IPAddress($0) }?.unmapped }
    /// nil where there is none, or it is another one than those of RFC 7208.
    package var identity: SPFIdentity? { self["identity"].flatMap { SPFIdentity(rawValue: $0.lowercased()) } }

    /// Reads the value of the field, folded or not.
    /// - Throws: `ReceivedSPFError`, which names the fault.
    /// - Limits: `ReceivedSPFLimits`.
    package init(_ value: ArraySlice<UInt8>, limits: ReceivedSPFLimits = ReceivedSPFLimits()) throws(ReceivedSPFError) {
        guard value.count <= limits.fieldOctets else { throw .tooLong(value.count) }
        var text = StructuredText(value)
        try Self.skip(&text)
        text.comment = nil
        let word = text.take { isAlpha($0) }
        guard let result = SPFResult(rawValue: String(decoding: word, as: UTF8.self).lowercased()) else { throw .noResult(SPFSyntaxError.shown(word)) }
        self.result = result
        try Self.skip(&text)
        comment = text.comment.map { FieldText.visible($0, limit: limits.commentOctets) }
        var pairs: [Pair] = []
        while !text.isAtEnd {
            if text.take(UInt8(ascii: ";")) { try Self.skip(&text); continue }
            guard pairs.count < limits.pairs else { throw .tooMany }
            pairs.append(try Self.pair(&text, limits))
            try Self.skip(&text)
        }
        self.pairs = pairs
    }

    private static func pair(_ text: inout StructuredText, _ limits: ReceivedSPFLimits) throws(ReceivedSPFError) -> Pair {
        let key = text.take { isAlpha($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
        let name = String(decoding: key, as: UTF8.self).lowercased()
        guard !key.isEmpty, key.count <= limits.keyOctets else { throw .noKey(SPFSyntaxError.shown(text.rest.prefix(20))) }
        try skip(&text)
        guard text.take(UInt8(ascii: "=")) else { throw .noValue(name) }
        try skip(&text)
        var octets: [UInt8]
        if text.next == UInt8(ascii: "\"") {
            do throws(StructuredText.Fault) { octets = try text.quoted().octets } catch { throw .unclosed(error) }
        } else {
            octets = Array(text.take { $0 > 0x20 && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: "\"") })
        }
        guard octets.count <= limits.valueOctets else { throw .valueTooLong(name) }
        return Pair(key: name, value: FieldText.visible(String(decoding: octets, as: UTF8.self), limit: .max))
    }

    private static func skip(_ text: inout StructuredText) throws(ReceivedSPFError) {
        do throws(StructuredText.Fault) { try text.skip() } catch { throw .unclosed(error) }
    }
}

/// Why a Received-SPF field cannot be read.
package enum ReceivedSPFError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLong(Int), tooMany, noResult(String), noKey(String), noValue(String), valueTooLong(String), openComment, openQuote

    static func unclosed(_ fault: StructuredText.Fault) -> ReceivedSPFError { fault == .openComment ? .openComment : .openQuote }

    package var description: String {
        switch self {
        case .tooLong(let octets): "a field of \(octets) octets is too long"
        case .tooMany: "there are too many pairs"
        case .noResult(let text): "it begins with no result of RFC 7208: \(text)"
        case .noKey(let text): "a key is wanted before: \(text)"
        case .noValue(let key): "\"=\" is wanted after \(key)"
        case .valueTooLong(let key): "the value of \(key) is too long"
        case .openComment: "a comment does not end"
        case .openQuote: "a quoted string does not end"
        }
    }
}
