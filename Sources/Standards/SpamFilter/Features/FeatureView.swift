/// A way to look at a message. Each has features and a classifier of its own, so that what one way sees too well does not hide what the others see.
package enum FeatureView: Int, Sendable, CaseIterable {
    /// Four octets in a row of the header as it came: routing, software and the order of fields leave their marks.
    case headGrams
    /// The words of each field, with the field's name.
    case headWords
    /// Four octets in a row of the body as it came; of a body in base64, of what a reader sees.
    case bodyGrams
    /// The words of subject and text, folded, alone and with the next two; hosts and paths of links.
    case words
    /// What can be said of a message in few words, such as "the Message-ID has another domain than the author", alone and two by two.
    case facts
}

/// How much of a message the spam filter looks at.
/// Each is a count or a number of octets.
package struct FeatureLimits: Sendable, Hashable {
    /// Octets of the header that are cut into grams. From the top: the latest servers write there.
    package var headOctets = 3_000
    /// Octets of the body that are cut into grams.
    package var bodyOctets = 3_000
    /// Octets of the header of each of the first parts that are cut into grams.
    package var partOctets = 200
    /// Fields of the header whose words are taken, and words of one field.
    package var fields = 100, fieldWords = 60
    /// Octets of one field.
    package var fieldOctets = 600
    /// Octets of visible text, and of hidden text.
    package var textOctets = 8_192, hiddenOctets = 2_048
    /// Of those of visible text so many are the last ones, where there is more.
    package var textEndOctets = 2_048
    /// Words of subject and text together.
    package var words = 1_500
    /// Links whose hosts and paths are taken.
    package var links = 40
    /// Facts that are paired.
    package var facts = 64

    package init() {}

    /// Features of one message at most, of all views together.
    package static let features = 16_000
}
