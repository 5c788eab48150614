/// The text of one text/plain or text/html part, as a reader would see it.
package struct TextPart: Sendable {
    /// The part's place in ``Message/parts``.
    package let part: Int
    package let isHTML: Bool
    /// The part is offered as a file, not shown.
    package let isAttachment: Bool
    /// The charset as the part names it, or its HTML in a `meta` element; nil where none is named.
    package let charset: String?
    /// The decoded text; of HTML, what is visible, a line for each block.
    package let text: String
    /// Of HTML, the text that styles or attributes hide from the reader.
    package let hiddenText: String
    /// Of HTML, the links, images, forms and frames in order.
    package let links: [HTMLLink]
    /// ``MessageLimits/textOctets`` or another limit was met: there is more text than this.
    package let isCut: Bool
    /// Of HTML, what its markup has; nil for plain text.
    package var html: HTMLFacts? = nil
}

/// What the markup of an HTML text has, counted.
package struct HTMLFacts: Sendable, Hashable {
    /// Start tags; `img` that is not one pixel wide or high; `script`; `input` of type `password`.
    package internal(set) var tags = 0, images = 0, scripts = 0, passwords = 0
    /// It has an `html` element.
    package internal(set) var hasRoot = false
    /// Comments, their octets, and those between two letters or digits of one word.
    package internal(set) var comments = 0, commentOctets = 0, commentsInWords = 0
    /// The last comment does not end.
    package internal(set) var hasOpenComment = false
    /// ASCII letters and digits that are written as character references.
    package internal(set) var letterReferences = 0
    /// The text of the title, at most 256 octets; and its octets, which are among those of the hidden text.
    package internal(set) var title = "", titleOctets = 0
}

/// A reference out of an HTML text.
package struct HTMLLink: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// `a`, `area`; `img` and other loaded things; `form`; `base`; `meta` refresh; `iframe`, `frame`, `object`, `embed`.
        case link, source, form, base, refresh, frame
    }
    package let kind: Kind
    /// The attribute's value with its character references resolved, at most ``MessageLimits/urlOctets``.
    package let target: String
    /// The visible text inside a link, at most 512 octets; empty for other kinds.
    package internal(set) var text: String
    /// The value was written with character references other than `&amp;`.
    package let isEscaped: Bool
}
