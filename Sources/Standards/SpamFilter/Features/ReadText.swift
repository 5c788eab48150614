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
    /// Where the words of ``folded`` stand: all of them, or the first and the last.
    let words: [Range<Int>]

    init(_ message: Message, limits: FeatureLimits) {
        var visible: [UInt8] = [], hidden: [UInt8] = [], visibleCount = 0, hiddenCount = 0
        for text in message.texts where !text.isAttachment {
            visibleCount += text.text.utf8.count
            hiddenCount += text.hiddenText.utf8.count
            Self.add(text.text, to: &visible, limit: limits.textOctets - limits.textEndOctets)
            Self.add(text.hiddenText, to: &hidden, limit: limits.hiddenOctets)
        }
        // What is said last is read as well: who has something to hide writes a long letter before it.
        if visibleCount > visible.count, let last = message.texts.last(where: { !$0.isAttachment }) { visible.append(contentsOf: last.text.lastOctets(limits.textEndOctets)) }
        var whole = (message.subject ?? "").octets(limits.fieldOctets)
        whole.append(ASCII.lf)
        whole.append(contentsOf: visible)
        let folded = FoldedText(whole)
        var words = WordCutter.words(in: folded.octets, limit: 8 * limits.words)
        if words.count > limits.words { words.removeSubrange((limits.words - limits.words / 4)..<(words.count - limits.words / 4)) }
        self.folded = folded
        self.hidden = FoldedText(hidden)
        self.visible = visible
        self.visibleCount = visibleCount
        self.hiddenCount = hiddenCount
        self.words = words
    }

    private static func add(_ text: String, to octets: inout [UInt8], limit: Int) {
        guard !text.isEmpty, octets.count < limit else { return }
        octets.append(contentsOf: text.octets(limit - octets.count))
        octets.append(ASCII.lf)
    }
}

extension String {
    /// The last octets of its UTF-8, copied at once.
    func lastOctets(_ limit: Int) -> [UInt8] {
        let last = utf8.suffix(limit)
        return unsafe last.withContiguousStorageIfAvailable { unsafe Array($0) } ?? Array(last)
    }

    /// The first octets of its UTF-8, copied at once.
    func octets(_ limit: Int) -> [UInt8] {
        let first = utf8.prefix(limit)
        return unsafe first.withContiguousStorageIfAvailable { unsafe Array($0) } ?? Array(first)
    }
}
