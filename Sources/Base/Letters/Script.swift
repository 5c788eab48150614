/// The script a letter is of, as far as disguises need it told apart.
/// Source: Unicode Standard Annex 24.
package enum Script: UInt8, Sendable, CaseIterable {
    /// What is of no script by itself: digits, punctuation, marks.
    case common, latin, cyrillic, greek, han, kana, hangul, arabic, hebrew, devanagari, thai
    /// Any other one: Armenian, Cherokee, Georgian…
    case other
}

/// Which scripts a text has.
package struct Scripts: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package init(_ script: Script) { rawValue = 1 << UInt16(script.rawValue) }

    package static let latin = Scripts(.latin), cyrillic = Scripts(.cyrillic), greek = Scripts(.greek), other = Scripts(.other)
    /// Those whose words are written with Chinese characters and what stands beside them (UTS 39 §5.1).
    package static let eastAsian: Scripts = [Scripts(.han), Scripts(.kana), Scripts(.hangul)]

    /// Letters of more than one script, other than those that are written together.
    /// Source: UTS 39 §5.2 (highly restrictive: Latin beside Chinese, Japanese or Korean is no mixture).
    package var isMixed: Bool {
        let rest = subtracting(Scripts(.common)), apart = rest.subtracting(.eastAsian)
        if apart.isEmpty { return false }
        return apart.rawValue.nonzeroBitCount > 1 || apart != .latin && apart != rest
    }
}
