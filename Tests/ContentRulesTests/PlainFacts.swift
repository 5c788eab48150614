import ContentRules

/// Words, octet by octet.
struct PlainWordFacts {
    private(set) var words = 0, longestGaps = 0
    private var found: Set<[UInt8]> = []

    /// Different words of the theme that were taken.
    func count(_ theme: WordFacts.Theme) -> Int {
        var listed: Set<[UInt8]> = []
        for (each, words) in WordFacts.words where each == theme { listed.formUnion(words.map { Array($0.utf8) }) }
        return found.intersection(listed).count
    }

    mutating func take(_ text: [UInt8]) {
        var word: [UInt8] = [], row = 0, between = 0
        for octet in text {
            if octet >= 0x80 || (97...122).contains(octet) {
                word.append(octet)
                continue
            }
            if !word.isEmpty {
                row = word.count == 1 && (row == 0 || between == 1) ? row + 1 : word.count == 1 ? 1 : 0
                longestGaps = max(longestGaps, row)
                take(word: word)
                words += 1
                (word, between) = ([], 0)
            }
            // Digits and line ends make no word of letters that stand apart.
            between += octet == 10 || (48...57).contains(octet) ? 2 : 1
        }
        take(word: word)
    }

    private mutating func take(word: [UInt8]) {
        if word.count >= 3, word.count < 32 { found.insert(word) }
    }
}

/// How a text is written, octet by octet.
struct PlainCaseFacts {
    private(set) var letters = 0, capitals = 0, longestExclamations = 0

    mutating func take(_ text: String, most: Int) {
        var row = 0
        for octet in text.utf8.prefix(most) {
            letters += (65...90).contains(octet) || (97...122).contains(octet) ? 1 : 0
            capitals += (65...90).contains(octet) ? 1 : 0
            row = octet == 33 ? row + 1 : 0
            longestExclamations = max(longestExclamations, row)
        }
    }
}
