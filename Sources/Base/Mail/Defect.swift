/// One kind of fault of a message, with how often it was met.
package struct Defect: Sendable, Hashable {
    package let kind: DefectKind
    /// How often, 1 or more; faults in what a limit left unparsed are not counted.
    package internal(set) var count: Int
    /// What the first one was about (a field name, a charset, a boundary), at most 80 characters; nil where there is nothing to say.
    package let detail: String?

    /// The stable name of the kind: see ``DefectKind/code``.
    package var code: String { kind.code }
}

/// What can be wrong with a message.
package enum DefectKind: Sendable, Hashable {
    /// CR without LF, LF without CR, NUL anywhere (RFC 5322 §2.1, §4.1).
    case bareCR, bareLF, nul
    /// No From field, no Date field (RFC 5322 §3.6).
    case missingFrom, missingDate
    /// A line of a header above 998 octets (RFC 5322 §2.1.1).
    case headerLineTooLong
    /// Octets above 127 in a header that are not UTF-8 (RFC 6532 §3.1).
    case eightBitHeader
    /// A header section that ends in a line which is no field, a field with a bad name, an mbox "From " line.
    case headerWithoutSeparator, malformedHeader, mboxFrom
    /// A field that must be single is there again (RFC 5322 §3.6, RFC 2045 §3).
    case duplicateHeader
    /// A parameter is there twice.
    case duplicateParameter
    /// A From, To, … that is no list of addresses; a Date that is none.
    case malformedAddress, malformedDate
    /// Content-Type or Content-Disposition that cannot be read; an unknown transfer encoding.
    case malformedContentType, unknownTransferEncoding
    /// A container has an encoding other than 7bit, 8bit, binary (RFC 2045 §6.4).
    case encodedContainer
    /// A multipart without boundary parameter or without one delimiter line; without its last line; with parts after it.
    case boundaryMissing, boundaryUnclosed, partAfterEnd
    /// A line begins with the boundary of a multipart in which another line is the boundary: some readers begin a part there.
    case ambiguousDelimiter
    /// Base64 that ends early, or has octets outside the alphabet.
    case truncatedBase64, invalidBase64
    /// `=` without two hexadecimal digits; a uuencoded body without its frame.
    case invalidQuotedPrintable, invalidUUEncode
    /// A charset nobody here knows; octets that are not of the charset.
    case unknownCharset, invalidCharset
    /// `=?…?=` that cannot be decoded.
    case invalidEncodedWord
    /// Containers lie deeper than ``MessageLimits/nesting``.
    case nestingTooDeep
    /// A limit was met; what lies beyond is unparsed.
    case limitMet(MessageLimit)

    /// A stable name in lower case with hyphens, `limit-met.` and the limit for the last kind.
    package var code: String {
        switch self {
        case .bareCR: "bare-cr"
        case .bareLF: "bare-lf"
        case .nul: "nul"
        case .missingFrom: "missing-from"
        case .missingDate: "missing-date"
        case .headerLineTooLong: "header-line-too-long"
        case .eightBitHeader: "eight-bit-header"
        case .headerWithoutSeparator: "header-without-separator"
        case .malformedHeader: "malformed-header"
        case .mboxFrom: "mbox-from"
        case .duplicateHeader: "duplicate-header"
        case .duplicateParameter: "duplicate-parameter"
        case .malformedAddress: "malformed-address"
        case .malformedDate: "malformed-date"
        case .malformedContentType: "malformed-content-type"
        case .unknownTransferEncoding: "unknown-transfer-encoding"
        case .encodedContainer: "encoded-container"
        case .boundaryMissing: "boundary-missing"
        case .boundaryUnclosed: "boundary-unclosed"
        case .partAfterEnd: "part-after-end"
        case .ambiguousDelimiter: "ambiguous-delimiter"
        case .truncatedBase64: "truncated-base64"
        case .invalidBase64: "invalid-base64"
        case .invalidQuotedPrintable: "invalid-quoted-printable"
        case .invalidUUEncode: "invalid-uuencode"
        case .unknownCharset: "unknown-charset"
        case .invalidCharset: "invalid-charset"
        case .invalidEncodedWord: "invalid-encoded-word"
        case .nestingTooDeep: "nesting-too-deep"
        case .limitMet(let limit): "limit-met.\(limit.rawValue)"
        }
    }
}

/// Gathers defects, each kind once; there are as many as kinds, so the list is bounded.
struct DefectLog {
    private(set) var defects: [Defect] = []

    mutating func note(_ kind: DefectKind, count: Int = 1, _ detail: @autoclosure () -> String? = nil) {
        for place in defects.indices where defects[place].kind == kind {
            defects[place].count &+= count
            return
        }
        defects.append(Defect(kind: kind, count: count, detail: detail().map { String($0.prefix(80)) }))
    }

    mutating func met(_ limit: MessageLimit) { note(.limitMet(limit)) }
}
