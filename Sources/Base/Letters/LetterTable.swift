internal import CICU

/// What is known of each code point, in flat tables that ICU is asked for once.
/// Source: UAX 44 (NFKC_Casefold), UTS 39 §4 (skeleton), UAX 24. Code points from U+20000 on other than the tags are what they are.
struct LetterTable: Sendable {
    /// Code points of the first table: the planes of what people write.
    static let planes = 0x2_0000
    /// The tags and variation selectors.
    static let tags = 0xe_0000..<0xe_1000
    /// Code points of one folding at most; U+FDFA has 18.
    static let longestFolding = 18

    /// One code point's row.
    struct Row: Sendable {
        var bits: UInt32
        /// Where the folding is one code point, that; else the place in `foldings`.
        var value: Int { Int(bits & 0x3_ffff) }
        var isExpansion: Bool { bits & 1 << 18 != 0 }
        /// Nothing is seen of it, and it folds to nothing.
        var isUnseen: Bool { bits & 1 << 19 != 0 }
        var isMark: Bool { bits & 1 << 20 != 0 }
        /// Letters, numbers and marks are of words.
        var isOfWord: Bool { bits & 1 << 21 != 0 }
        var script: Script { Script(rawValue: UInt8(truncatingIfNeeded: bits >> 22 & 15)) ?? .other }
        /// The ASCII letter or digit, in lower case, that it looks like; 0 for none.
        var confusable: UInt8 {
            let number = UInt8(truncatingIfNeeded: bits >> 26)
            return number == 0 ? 0 : number <= 26 ? number &+ 96 : number &+ 21
        }
    }

    private let rows: [UInt32], tagRows: [UInt32]
    /// The foldings of more than one code point, each behind its length.
    let foldings: [UInt32]

    static let shared = LetterTable()

    /// - Parameter scalar: any number; what is no code point of the tables is itself.
    @inline(__always) func row(_ scalar: UInt32) -> Row {
        let place = Int(scalar)
        if place < rows.count { return Row(bits: rows[place]) }
        if place >= Self.tags.lowerBound, place &- Self.tags.lowerBound < tagRows.count { return Row(bits: tagRows[place &- Self.tags.lowerBound]) }
        return Row(bits: 1 << 21 | UInt32(scalar < 0x3_ffff ? Script.han.rawValue : Script.common.rawValue) << 22)
    }

    private init() {
        var made = TableMaker()
        rows = (0..<UInt32(Self.planes)).map { made.row($0) }
        tagRows = Self.tags.map { made.row(UInt32($0)) }
        foldings = made.foldings
        made.close()
    }
}

/// Asks ICU row by row; it is let go with `close`, after which nothing is asked.
@safe private struct TableMaker {
    private let tables: OpaquePointer?
    private(set) var foldings: [UInt32] = []
    /// Places of the foldings that are known.
    private var places: [[UInt32]: Int] = [:]
    /// The skeletons of the ASCII letters and digits.
    private var small: [[UInt32]: UInt8] = [:], capital: [[UInt32]: UInt8] = [:]

    init() {
        unsafe tables = postern_letters_open()
        for octet in Array(UInt8(ascii: "0")...UInt8(ascii: "9")) + Array(UInt8(ascii: "a")...UInt8(ascii: "z")) { small[skeleton(UInt32(octet))] = octet }
        for octet in UInt8(ascii: "A")...UInt8(ascii: "Z") { capital[skeleton(UInt32(octet))] = octet | 32 }
    }

    func close() { unsafe postern_letters_close(tables) }

    /// Yi, cuneiform and hieroglyphs, Tangut: each is itself and looks like nothing else.
    private static let signs: [Range<UInt32>] = [0xa000..<0xa4d0, 0x1_2000..<0x1_4680, 0x1_7000..<0x1_8d80]

    mutating func row(_ scalar: UInt32) -> UInt32 {
        // Most by far, and each is itself.
        if scalar >= 0x3400 && scalar < 0xa000 && scalar != 0x4dbf { return scalar | 1 << 21 | UInt32(Script.han.rawValue) << 22 }
        if scalar >= 0xac00 && scalar < 0xd7a4 { return scalar | 1 << 21 | UInt32(Script.hangul.rawValue) << 22 }
        for signs in Self.signs where signs.contains(scalar) { return scalar | 1 << 21 | UInt32(Script.other.rawValue) << 22 }
        let kind = UInt32(postern_letters_kind(scalar)), script = Int(postern_letters_script(scalar))
        if kind == POSTERN_LETTER_UNASSIGNED.rawValue { return scalar }
        if kind == POSTERN_LETTER_UNSEEN.rawValue { return scalar & 0x3_ffff | 1 << 19 }
        let folding = folded(scalar)
        var bits = UInt32(script & 15) << 22
        let isMark = kind == POSTERN_LETTER_MARK.rawValue, isOther = kind == POSTERN_LETTER_OTHER.rawValue
        if isMark { bits |= 1 << 20 }
        if !isOther { bits |= 1 << 21 }
        if !isMark, !isOther || folding != [scalar], let like = confusable(scalar, folding, isCapital: kind == POSTERN_LETTER_UPPER.rawValue) {
            bits |= UInt32(like >= 97 ? like &- 96 : like &- 21) << 26
        }
        if folding.count == 1, let only = folding.first { return bits | only & 0x3_ffff }
        if folding.isEmpty { return bits | scalar & 0x3_ffff | 1 << 19 }
        return bits | UInt32(place(folding)) | 1 << 18
    }

    private mutating func place(_ folding: [UInt32]) -> Int {
        if let known = places[folding] { return known }
        let place = foldings.count
        foldings.append(UInt32(folding.count))
        foldings += folding
        places[folding] = place
        return place
    }

    /// Folded for case and compatibility, marks of Latin letters dropped, until nothing changes any more.
    private func folded(_ scalar: UInt32) -> [UInt32] {
        var text = [scalar]
        for _ in 0..<4 {
            let next = bare(text.flatMap { unsafe ask($0, casefold) })
            if next == text { break }
            text = next
        }
        return text.count <= LetterTable.longestFolding ? text : [scalar]
    }

    private func bare(_ text: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        for scalar in text {
            if postern_letters_kind(scalar) == Int32(POSTERN_LETTER_MARK.rawValue), let last = result.last, isPlain(last) { continue }
            guard scalar >= 0x80, postern_letters_script(scalar) == Int32(POSTERN_SCRIPT_LATIN.rawValue), let base = unsafe ask(scalar, decompose).first else { result.append(scalar); continue }
            result.append(base)
        }
        return result
    }

    private func isPlain(_ scalar: UInt32) -> Bool {
        let script = UInt32(postern_letters_script(scalar))
        return script == POSTERN_SCRIPT_LATIN.rawValue || script == POSTERN_SCRIPT_GREEK.rawValue || (scalar >= 48 && scalar < 58)
    }

    /// What looks like a capital is asked about capitals first: a capital `І` of Cyrillic looks like `I`, which looks like `l`.
    private func confusable(_ scalar: UInt32, _ folding: [UInt32], isCapital: Bool) -> UInt8? {
        func ascii(_ scalar: UInt32) -> UInt8? {
            guard scalar < 128, let octet = UInt8(exactly: scalar), octet &- 48 < 10 || (octet | 32) &- 97 < 26 else { return nil }
            return octet &- 65 < 26 ? octet | 32 : octet
        }
        if scalar < 128 { return ascii(scalar) }
        if folding.count == 1, let only = folding.first, let like = ascii(only) { return like }
        // A small palochka is drawn as the capital, which is an l.
        let own = skeleton(scalar == 0x4cf ? 0x4c0 : scalar)
        if let like = isCapital ? capital[own] ?? small[own] : small[own] ?? capital[own] { return like }
        guard folding.count == 1, let only = folding.first, only != scalar else { return nil }
        let other = skeleton(only)
        return small[other] ?? capital[other]
    }

    private func skeleton(_ scalar: UInt32) -> [UInt32] { unsafe ask(scalar, likeness) }

    private typealias Question = (UInt32, UnsafeMutablePointer<UInt32>, Int32) -> Int32

    private func casefold(_ scalar: UInt32, _ out: UnsafeMutablePointer<UInt32>, _ room: Int32) -> Int32 { unsafe postern_letters_casefold(tables, scalar, out, room) }
    private func decompose(_ scalar: UInt32, _ out: UnsafeMutablePointer<UInt32>, _ room: Int32) -> Int32 { unsafe postern_letters_decompose(tables, scalar, out, room) }
    private func likeness(_ scalar: UInt32, _ out: UnsafeMutablePointer<UInt32>, _ room: Int32) -> Int32 { unsafe postern_letters_skeleton(tables, scalar, out, room) }

    /// - Returns: the code point itself where ICU does not answer.
    private func ask(_ scalar: UInt32, _ question: Question) -> [UInt32] {
        let room = 32
        guard unsafe tables != nil else { return [scalar] }
        var failed = false
        let answer = unsafe [UInt32](unsafeUninitializedCapacity: room) { out, count in
            guard let start = out.baseAddress else { failed = true; return }
            let written = unsafe question(scalar, start, Int32(room))
            failed = written < 0
            count = max(Int(written), 0)
        }
        return failed ? [scalar] : answer
    }
}
