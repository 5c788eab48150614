/// A text in which words that read alike are alike, with what its writer did that they should not be.
package struct FoldedText: Sendable, Equatable {
    /// UTF-8: case, width, ligatures, styled letters and accents of Latin undone, what is not seen left out, `а` of Cyrillic among Latin letters an `a`.
    /// Words of one script stay of that script; what was no UTF-8 is U+FFFD.
    package internal(set) var octets: [UInt8] = []
    /// Characters that nobody sees, between letters or digits of one word. Joiners of scripts that need them and soft hyphens are not counted.
    package internal(set) var unseenInWords = 0
    /// Soft hyphens between letters of one word, which honest writers use as well.
    package internal(set) var softHyphens = 0
    /// Words of Latin letters and others that all look like Latin ones: `pаypаl`.
    package internal(set) var mixedWords = 0
    /// The first of them as it was folded, at most 64 octets; nil for none.
    package internal(set) var firstMixedWord: String?
    /// Letters of mathematics and of circles and squares that stand for plain ones.
    package internal(set) var styledLetters = 0
    /// Marks on Latin or Greek letters, or struck through any letter, that came as characters of their own.
    package internal(set) var droppedMarks = 0
    /// Letters that are not ASCII, of Latin script too; and those of them that are neither Latin nor common.
    package internal(set) var otherLetters = 0, foreignLetters = 0
    /// Scripts of letters that are not ASCII.
    package internal(set) var scripts: Scripts = []
    /// Octets that were no UTF-8, each wrong sequence once, and U+FFFD, which stands for such.
    package internal(set) var invalid = 0

    package var text: String { String(decoding: octets, as: UTF8.self) }

    init() {}

    /// Folds a text.
    /// Source: UAX 44 (NFKC_Casefold), UTS 39 §4 and §5.
    /// - Parameter text: any octets; UTF-8 is expected.
    /// - Returns: at most ``longestFolding`` times as many octets.
    /// - Limits: the work is linear in the octets; who has to bound it, cuts the text.
    package init(_ text: some Collection<UInt8>) {
        self = unsafe text.withContiguousStorageIfAvailable { unsafe Folder.fold($0) } ?? Array(text).withUnsafeBufferPointer { unsafe Folder.fold($0) }
    }

    package init(_ text: String) {
        var text = text
        self = text.withUTF8 { unsafe Folder.fold($0) }
    }

    /// Octets that one octet may become at most: U+FDFA is three and becomes 33.
    package static let longestFolding = 11
}
