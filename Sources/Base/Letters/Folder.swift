/// Folds one text: runs of ASCII eight octets a step, words with other letters one letter after the other.
/// The text is there as long as the folder is, and no octet of it is asked for beyond its end.
@safe struct Folder: ~Copyable {
    private let text: UnsafeBufferPointer<UInt8>
    private let table = LetterTable.shared
    private var folded = FoldedText()
    private var at = 0
    /// The word that is being read: where it began in the text and in what is written.
    private var word: Word? = nil

    private struct Word {
        var start: Int, written: Int
        var hasLatin = false
        /// Letters of another script than Latin: how many look like Latin ones, how many do not.
        var alike = 0, unlike = 0
    }

    /// What was written last, for what a mark stands on.
    private enum Before { case nothing, plain, letter, mark(Int) }
    private var before = Before.nothing
    private var beforeScript = Script.common
    /// Unseen characters since the last one of the word.
    private var unseen = 0, softHyphens = 0

    /// Marks in a row that are kept on letters that need them.
    private static let marksInRow = 4

    private init(_ text: UnsafeBufferPointer<UInt8>) { unsafe self.text = unsafe text }

    static func fold(_ text: UnsafeBufferPointer<UInt8>) -> FoldedText {
        var folder = unsafe Folder(text)
        folder.folded.octets.reserveCapacity(text.count)
        while folder.at < text.count {
            folder.plainRun()
            if folder.at < text.count { folder.otherRun() }
        }
        return folder.folded
    }

    // MARK: - ASCII

    /// Takes what is ASCII up to the next octet that is not.
    private mutating func plainRun() {
        let start = at, end = unsafe Self.endOfPlain(text, from: at)
        guard end > start else { return }
        let written = folded.octets.count
        unsafe folded.octets.append(contentsOf: text[start..<end])
        unsafe folded.octets.withUnsafeMutableBytes { unsafe Self.lower($0, from: written) }
        at = end
        // The word it ends with goes on behind it, where another letter follows.
        guard unsafe end < text.count else { return }
        var back = end
        while back > start, unsafe Self.isAlphanumeric(text[back &- 1]) { back &-= 1 }
        guard back < end else { word = nil; before = .nothing; return }
        begin(at: back, written: folded.octets.count &- (end &- back))
        for place in back..<end where unsafe text[place] > 57 { word?.hasLatin = true; break }
        before = .plain
        beforeScript = unsafe text[end &- 1] > 57 ? .latin : .common
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool { octet &- 48 < 10 || (octet | 32) &- 97 < 26 }

    private static func endOfPlain(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(text), count = bytes.count
        var at = start
        while at &+ 8 <= count, unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 { at &+= 8 }
        while at < count, unsafe bytes[at] < 0x80 { at &+= 1 }
        return at
    }

    private static func lower(_ bytes: UnsafeMutableRawBufferPointer, from start: Int) {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var at = start
        while at &+ 8 <= bytes.count {
            let octets = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            // The high bit of each octet that is A or above, and not above Z: all are below 0x80.
            let capitals = (octets &+ (ones &* (128 - 65))) & ~(octets &+ (ones &* (127 - 90))) & (ones &* 128)
            unsafe bytes.storeBytes(of: octets | capitals >> 2, toByteOffset: at, as: UInt64.self)
            at &+= 8
        }
        while at < bytes.count {
            let octet = unsafe bytes[at]
            if octet &- 65 < 26 { unsafe bytes[at] = octet | 32 }
            at &+= 1
        }
    }

    // MARK: - Words with other letters

    /// Takes code points until a word is over.
    private mutating func otherRun() {
        repeat {
            let start = at, scalar = unsafe UTF8Reading.next(text, &at)
            guard let scalar else {
                folded.invalid &+= 1
                endWord(at: start)
                append(0xfffd)
                before = .nothing
                continue
            }
            take(scalar, at: start)
        } while unsafe at < text.count && word != nil
        if unsafe at >= text.count { endWord(at: at) }
    }

    private mutating func take(_ scalar: UInt32, at start: Int) {
        let row = table.row(scalar)
        if scalar == 0xfffd { folded.invalid &+= 1 }
        if row.isUnseen {
            if scalar == 0xad { softHyphens &+= 1 } else if scalar != 0x200c && scalar != 0x200d || beforeScript.rawValue <= Script.greek.rawValue { unseen &+= 1 }
            return
        }
        if scalar >= 0x1d400, scalar < 0x1d800 || scalar >= 0x1f110 && scalar < 0x1f18a { folded.styledLetters &+= 1 } else if scalar >= 0x24b6, scalar < 0x24ea { folded.styledLetters &+= 1 }
        if !row.isExpansion {
            let only = scalar < LetterTable.planes ? UInt32(row.value) : scalar
            put(only, only == scalar ? row : table.row(only), like: row.confusable, at: start)
            return
        }
        let folding = foldings(row)
        if folding.allSatisfy({ table.row($0).isOfWord }) {
            for scalar in folding { let row = table.row(scalar); put(scalar, row, like: row.confusable, at: start) }
        } else {
            split(folding, at: start)
        }
    }

    private func foldings(_ row: LetterTable.Row) -> ArraySlice<UInt32> {
        let place = row.value
        guard row.isExpansion, place < table.foldings.count else { return [] }
        return table.foldings[(place &+ 1)..<min(place &+ 1 &+ Int(table.foldings[place]), table.foldings.count)]
    }

    /// Writes what one code point stands for where a word ends in it and another may begin: `½`, `℀`.
    private mutating func split(_ folding: ArraySlice<UInt32>, at start: Int) {
        let head = folding.prefix { table.row($0).isOfWord }, tail = folding.suffix(folding.reversed().prefix { table.row($0).isOfWord }.count)
        if word != nil { for scalar in head { count(table.row(scalar)) } }
        endWord(at: start)
        for scalar in folding { append(scalar) }
        before = .nothing
        beforeScript = .common
        guard let last = tail.last else { return }
        // It is read again from behind this code point only.
        begin(at: at, written: folded.octets.count)
        for scalar in tail { count(table.row(scalar)) }
        let row = table.row(last)
        if !row.isMark { before = isPlain(last, row) ? .plain : .letter }
        beforeScript = row.script
    }

    private func isPlain(_ scalar: UInt32, _ row: LetterTable.Row) -> Bool { row.script == .latin || row.script == .greek || scalar &- 48 < 10 }

    /// Counts a letter of the word.
    private mutating func count(_ row: LetterTable.Row) {
        switch row.script {
        case .common: break
        case .latin: word?.hasLatin = true
        default: if row.confusable != 0 { word?.alike &+= 1 } else { word?.unlike &+= 1 }
        }
    }

    /// Writes one folded code point.
    private mutating func put(_ scalar: UInt32, _ row: LetterTable.Row, like: UInt8, at start: Int) {
        guard row.isOfWord else {
            endWord(at: start)
            append(scalar)
            before = .nothing
            beforeScript = .common
            return
        }
        if word == nil { begin(at: start, written: folded.octets.count) } else {
            folded.unseenInWords &+= unseen
            folded.softHyphens &+= softHyphens
        }
        unseen = 0
        softHyphens = 0
        if row.isMark { putMark(scalar); return }
        switch row.script {
        case .common: break
        case .latin: word?.hasLatin = true
        default: if like != 0 { word?.alike &+= 1 } else { word?.unlike &+= 1 }
        }
        if scalar >= 0x80 {
            folded.otherLetters &+= 1
            folded.scripts.insert(Scripts(row.script))
            if row.script != .latin, row.script != .common { folded.foreignLetters &+= 1 }
        }
        append(scalar)
        before = isPlain(scalar, row) ? .plain : .letter
        beforeScript = row.script
    }

    private mutating func putMark(_ scalar: UInt32) {
        switch before {
        case .plain: folded.droppedMarks &+= 1
        case .nothing: append(scalar)
        case .letter:
            // Strokes through letters are of no alphabet.
            if scalar >= 0x334, scalar <= 0x338 { folded.droppedMarks &+= 1; return }
            if compose(scalar) { return }
            append(scalar)
            before = .mark(1)
        case .mark(let count):
            if count >= Self.marksInRow || scalar >= 0x334 && scalar <= 0x338 { folded.droppedMarks &+= 1; return }
            append(scalar)
            before = .mark(count &+ 1)
        }
    }

    /// Letters of Cyrillic that are one in every alphabet, whichever way they are written: `й`, `ё`, `ї`, `ў`.
    private mutating func compose(_ mark: UInt32) -> Bool {
        let count = folded.octets.count
        guard count >= 2, mark == 0x306 || mark == 0x308 else { return false }
        let whole: [UInt8]
        switch (folded.octets[count &- 2], folded.octets[count &- 1], mark) {
        case (0xd0, 0xb8, 0x306): whole = [0xd0, 0xb9]
        case (0xd0, 0xb5, 0x308): whole = [0xd1, 0x91]
        case (0xd1, 0x96, 0x308): whole = [0xd1, 0x97]
        case (0xd1, 0x83, 0x306): whole = [0xd1, 0x9e]
        default: return false
        }
        folded.octets.removeLast(2)
        folded.octets += whole
        return true
    }

    private mutating func begin(at start: Int, written: Int) {
        word = Word(start: start, written: written)
        unseen = 0
        softHyphens = 0
    }

    private mutating func endWord(at end: Int) {
        unseen = 0
        softHyphens = 0
        guard let ended = word else { return }
        word = nil
        guard ended.hasLatin, ended.alike > 0, ended.unlike == 0 else { return }
        folded.octets.removeLast(folded.octets.count &- ended.written)
        var place = ended.start
        while place < end { if let scalar = unsafe UTF8Reading.next(text, &place) { putLatin(scalar) } }
        folded.mixedWords &+= 1
        if folded.firstMixedWord == nil { folded.firstMixedWord = String(decoding: folded.octets[ended.written...].prefix(64), as: UTF8.self) }
    }

    /// Writes what a code point of a mixed word looks like.
    private mutating func putLatin(_ scalar: UInt32) {
        let row = table.row(scalar)
        if row.isUnseen || row.isMark { return }
        if row.confusable != 0, scalar >= 0x80 || row.script == .latin { folded.octets.append(row.confusable); return }
        if !row.isExpansion { append(scalar < LetterTable.planes ? UInt32(row.value) : scalar); return }
        for scalar in foldings(row) {
            let row = table.row(scalar)
            if !row.isMark { append(row.confusable != 0 ? UInt32(row.confusable) : scalar) }
        }
    }

    private mutating func append(_ scalar: UInt32) {
        if scalar < 0x80 { folded.octets.append(UInt8(truncatingIfNeeded: scalar)); return }
        let low = UInt8(truncatingIfNeeded: scalar & 63) | 0x80, middle = UInt8(truncatingIfNeeded: scalar >> 6 & 63) | 0x80
        if scalar < 0x800 {
            folded.octets.append(UInt8(truncatingIfNeeded: scalar >> 6) | 0xc0)
        } else {
            if scalar < 0x1_0000 { folded.octets.append(UInt8(truncatingIfNeeded: scalar >> 12) | 0xe0) } else {
                folded.octets.append(UInt8(truncatingIfNeeded: scalar >> 18 & 7) | 0xf0)
                folded.octets.append(UInt8(truncatingIfNeeded: scalar >> 12 & 63) | 0x80)
            }
            folded.octets.append(middle)
        }
        folded.octets.append(low)
    }
}
