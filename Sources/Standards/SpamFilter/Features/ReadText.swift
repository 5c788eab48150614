internal import Letters
internal import Mail

/// The subject and the texts of a message as the spam filter reads them, folded.
struct ReadText {
    /// Subject, a line break, and the visible texts that are not files.
    let folded: FoldedText
    /// What styles hide.
    let hidden: FoldedText
    /// The visible texts as they are, cut.
    let visible: [UInt8]
    /// Octets of all visible and of all hidden text, of which the above may have less.
    let visibleCount: Int, hiddenCount: Int
    /// Where each word of ``folded`` stands.
    let words: [Range<Int>]

    init(_ message: Message, limits: FeatureLimits) {
        var visible: [UInt8] = [], hidden: [UInt8] = [], visibleCount = 0, hiddenCount = 0
        for text in message.texts where !text.isAttachment {
            visibleCount += text.text.utf8.count
            hiddenCount += text.hiddenText.utf8.count
            Self.add(text.text, to: &visible, limit: limits.textOctets)
            Self.add(text.hiddenText, to: &hidden, limit: limits.hiddenOctets)
        }
        let folded = FoldedText(Array((message.subject ?? "").utf8.prefix(limits.fieldOctets)) + [ASCII.lf] + visible)
        var words: [Range<Int>] = []
        WordCutter.cut(folded.octets[...]) { word in
            words.append(word.startIndex..<word.endIndex)
            return words.count < limits.words
        }
        self.folded = folded
        self.hidden = FoldedText(hidden)
        self.visible = visible
        self.visibleCount = visibleCount
        self.hiddenCount = hiddenCount
        self.words = words
    }

    private static func add(_ text: String, to octets: inout [UInt8], limit: Int) {
        guard !text.isEmpty, octets.count < limit else { return }
        octets.append(contentsOf: text.utf8.prefix(limit - octets.count))
        octets.append(ASCII.lf)
    }
}
