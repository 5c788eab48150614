internal import Letters

/// The words of a name as they look to its reader: `PayPaI` is `paypal`, and `Mustermann, Erika` two words.
struct NameWords {
    /// Words that are looked at.
    static let most = 16

    let words: [String]

    /// - Parameter name: bounded by its caller.
    init(_ name: String) {
        words = FoldedText(name).text.split { !($0.isLetter || $0.isNumber) }.prefix(Self.most).map(Self.look)
    }

    /// Words in a row written together, and where they stand: `example`, `examplebank`, `bank`.
    /// - Returns: at most 136, of 64 octets at most each.
    var runs: [(joined: String, place: Range<Int>)] {
        var runs: [(joined: String, place: Range<Int>)] = []
        for start in words.indices {
            var joined = ""
            for end in start..<words.count {
                joined += words[end]
                if joined.utf8.count > 64 { break }
                runs.append((joined, start..<(end + 1)))
            }
        }
        return runs
    }

    /// The form that words share when a reader takes one for the other. Folded texts have no capital I, which looks like l.
    static func look(_ word: some StringProtocol) -> String {
        String(decoding: Likeness.skeleton(of: String(word)).utf8.map { $0 == UInt8(ascii: "i") ? UInt8(ascii: "l") : $0 }, as: UTF8.self)
    }
}
