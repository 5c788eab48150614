import ContentRules
import TestSupport
import Testing

/// What takes many octets a step finds the same as a loop that looks at each of them.
@Suite struct PlainLoopTests {
    private func isSame(_ texts: [[UInt8]]) -> Bool {
        var facts = WordFacts(), plain = PlainWordFacts()
        for text in texts {
            facts.take(text)
            plain.take(text)
        }
        return facts.words == plain.words && facts.longestGaps == plain.longestGaps && WordFacts.Theme.allCases.allSatisfy { facts.count($0) == plain.count($0) }
    }

    private static let alphabets = [Array("abcz{` \n59AZ@".utf8) + [0, 0x7f, 0x80, 0xff], Array("ab  ".utf8), Array("abcdefghijklmnopqrstuvwxyz ".utf8), SeededGenerator.allOctets]

    @Test(arguments: alphabets) func words(_ alphabet: [UInt8]) {
        var generator = SeededGenerator(1)
        for round in 0..<3000 {
            let texts = (0..<2).map { _ in
                var text = generator.octets(Int.random(in: 0...200, using: &generator), of: alphabet)
                let word = Array(["viagra", "invoice", "password", "bitcoin", "a b c d", "überprüfen"][round % 6].utf8)
                if text.count > word.count { text.replaceSubrange(Int.random(in: 0...(text.count - word.count), using: &generator)..., with: word + generator.octets(round % 70, of: alphabet)) }
                // So that the last step is full.
                if round % 3 == 0 { text += [UInt8](repeating: 97, count: (64 - text.count % 64) % 64) }
                return text
            }
            if !isSame(texts) { Issue.record("\(texts)"); return }
        }
    }

    /// Wherever a word lies to the steps of 64 octets, and whatever it ends with.
    @Test(arguments: ["viagra", "v i a g r a", "x", "", "pin 5 a\nb c", "invoice,payment"]) func wordsAtEachOffset(_ word: String) {
        for offset in 0...200 {
            for filling in [32, 97, 0x7f, 0x80] as [UInt8] {
                let begin = [UInt8](repeating: filling, count: offset), text = begin + Array(word.utf8)
                #expect(isSame([text]) && isSame([begin + [32] + Array(word.utf8) + [32]]) && isSame([text + [UInt8](repeating: 32, count: (64 - text.count % 64) % 64)]), "\(text)")
            }
        }
    }

    @Test func cases() {
        var generator = SeededGenerator(2)
        for round in 0..<3000 {
            var facts = CaseFacts(), plain = PlainCaseFacts()
            for _ in 0..<2 {
                let alphabet = round % 4 == 0 ? SeededGenerator.allOctets : Array("aZ!!! @[`{".utf8) + [0xff]
                // What is no UTF-8 becomes three octets of its own.
                let text = String(decoding: generator.octets(Int.random(in: 0...600, using: &generator), of: alphabet), as: UTF8.self), most = Int.random(in: 0...700, using: &generator)
                facts.take(text, most: most)
                plain.take(text, most: most)
            }
            #expect(facts.letters == plain.letters && facts.capitals == plain.capitals && facts.longestExclamations == plain.longestExclamations)
        }
    }

    /// More than an octet can count.
    @Test(arguments: ["a", "Z", "!", "aZ!", "!a"]) func rowsOfOne(_ letters: String) {
        for count in [1, 254, 255, 256, 257, 510, 511, 1000] {
            var facts = CaseFacts(), plain = PlainCaseFacts()
            facts.take(String(repeating: letters, count: count), most: 5000)
            plain.take(String(repeating: letters, count: count), most: 5000)
            #expect(facts.letters == plain.letters && facts.capitals == plain.capitals && facts.longestExclamations == plain.longestExclamations, "\(count)")
        }
    }
}
