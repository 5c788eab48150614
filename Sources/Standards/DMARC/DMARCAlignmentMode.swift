internal import JSON

/// How near an authenticated domain must be to the author's.
/// Source: RFC 9989 §4.7 (adkim, aspf).
package enum DMARCAlignmentMode: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// The same organizational domain.
    case relaxed
    /// The same domain.
    case strict

    var letter: String { self == .strict ? "s" : "r" }
}

/// Whether a record's domain is one below which others register names.
/// Source: RFC 9989 §4.7 (psd).
package enum DMARCSuffixRole: String, Sendable, Hashable, CaseIterable {
    /// Not said: the tree walk finds out.
    case unspecified = "u"
    /// A public suffix domain.
    case publicSuffix = "y"
    /// The organizational domain of itself and of all below it.
    case organization = "n"
}
