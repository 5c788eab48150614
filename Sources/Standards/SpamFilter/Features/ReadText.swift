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

    /// The texts that a reader is shown, in order: of alternatives the last one.
    let shown: [TextPart]
    /// What stands in alternatives that readers of a better one do not see.
    let unshown: FoldedText

    init(_ message: Message, limits: FeatureLimits) {
        let (shown, others) = Self.shown(message)
        var visible: [UInt8] = [], hidden: [UInt8] = [], unshown: [UInt8] = [], visibleCount = 0, hiddenCount = 0
        for text in shown {
            visibleCount += Self.count(text.text)
            hiddenCount += Self.count(text.hiddenText)
            Self.add(text.text, to: &visible, limit: limits.textOctets - limits.textEndOctets)
            Self.add(text.hiddenText, to: &hidden, limit: limits.hiddenOctets)
        }
        for text in others { Self.add(text.text, to: &unshown, limit: limits.hiddenOctets) }
        // What is said last is read as well: who has something to hide writes a long letter before it.
        if visibleCount > visible.count, let last = shown.last { Self.add(last.text.lastOctets(limits.textEndOctets), to: &visible) }
        var whole: [UInt8] = []
        Self.add((message.subject ?? "").octets(limits.fieldOctets), to: &whole)
        whole.append(contentsOf: visible)
        let folded = FoldedText(whole)
        var words = WordCutter.words(in: folded.octets, limit: 8 * limits.words)
        if words.count > limits.words { words.removeSubrange((limits.words - limits.words / 4)..<(words.count - limits.words / 4)) }
        self.folded = folded
        self.hidden = FoldedText(hidden)
        self.unshown = FoldedText(unshown)
        self.shown = shown
        self.visible = visible
        self.visibleCount = visibleCount
        self.hiddenCount = hiddenCount
        self.words = words
    }

    /// Source: RFC 2046 §5.1.4: of alternatives the last that a reader can show.
    private static func shown(_ message: Message) -> (shown: [TextPart], others: [TextPart]) {
        let texts = message.texts.filter { !$0.isAttachment }
        guard texts.count > 1 else { return (texts, []) }
        /// Of each multipart/alternative the last branch that has a text.
        var last: [Int: Int] = [:]
        func branches(_ text: TextPart) -> [(container: Int, branch: Int)] {
            var found: [(Int, Int)] = [], at = text.part
            while message.parts.indices.contains(at), let parent = message.parts[at].parent, parent < at, message.parts.indices.contains(parent), found.count < 50 {
                let type = message.parts[parent].contentType
                if type.type == "multipart", type.subtype == "alternative" { found.append((parent, at)) }
                at = parent
            }
            return found
        }
        let all = texts.map(branches)
        for each in all { for (container, branch) in each { last[container] = max(last[container] ?? branch, branch) } }
        var shown: [TextPart] = [], others: [TextPart] = []
        for (text, each) in zip(texts, all) {
            if each.allSatisfy({ last[$0.container] == $0.branch }) { shown.append(text) } else { others.append(text) }
        }
        return (shown, others)
    }

    /// Octets without the CR of line breaks.
    private static func count(_ text: String) -> Int {
        unsafe text.utf8.withContiguousStorageIfAvailable { unsafe $0.countWithoutReturns } ?? text.utf8.count
    }

    private static func add(_ text: String, to octets: inout [UInt8], limit: Int) {
        guard !text.isEmpty, octets.count < limit else { return }
        add(text.octets(limit - octets.count), to: &octets)
    }

    /// Line breaks are LF alone, so that a message keeps its features when a program changes them.
    private static func add(_ text: [UInt8], to octets: inout [UInt8]) {
        var rest = text[...]
        while let end = rest.firstIndex(of: ASCII.cr) {
            octets.append(contentsOf: rest[..<end])
            rest = rest[(end + 1)...]
        }
        octets.append(contentsOf: rest)
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
