internal import Letters
internal import Mail

/// What the texts say, and with which letters.
let textRules: [ContentRule] = [
    ContentRule("gtube", "The subject or a text, shown, hidden or attached, has the line by which filters are tested (GTUBE).") { facts in
        if facts.has(gtube, in: facts.foldedTitle.octets[...]) || facts.folded.contains(where: { facts.has(gtube, in: $0.octets[...]) }) { return "the test line" }
        var left = facts.limits.fileOctets
        for unseen in facts.pages.map(\.hiddenText) + facts.message.texts.filter(\.isAttachment).flatMap({ [$0.text, $0.hiddenText] }) where left > 0 && !unseen.isEmpty {
            let text = ASCII.lowercased(Array(unseen.utf8.prefix(left))[...])
            left -= text.count
            if facts.has(gtube, in: text[...]) { return "the test line, in what is not shown" }
        }
        return nil
    },
    ContentRule("text.unseen_in_words", "Three characters or more that nobody sees stand inside of words.") { facts in
        let count = facts.folded.reduce(0) { $0 + $1.unseenInWords }
        return count >= 3 ? "\(count) characters" : nil
    },
    ContentRule("text.soft_hyphens", "Soft hyphens part words thirty times or more.") { facts in
        let count = facts.folded.reduce(0) { $0 + $1.softHyphens }
        return count >= 30 ? "\(count) soft hyphens" : nil
    },
    ContentRule("text.mixed_words", "Three words or more have Latin letters beside others that look like them (UTS 39 §5).") { facts in
        let count = facts.folded.reduce(0) { $0 + $1.mixedWords }
        return count >= 3 ? "\(count) words: \(facts.folded.lazy.compactMap(\.firstMixedWord).first ?? "")" : nil
    },
    ContentRule("text.styled_letters", "Twenty letters or more are those of mathematics or stand in circles.") { facts in
        let count = facts.folded.reduce(0) { $0 + $1.styledLetters }
        return count >= 20 ? "\(count) letters" : nil
    },
    ContentRule("text.marks", "Fifty marks or more stand on Latin letters or strike letters through.") { facts in
        let count = facts.folded.reduce(0) { $0 + $1.droppedMarks }
        return count >= 50 ? "\(count) marks" : nil
    },
    ContentRule("text.capitals", "More than half of the letters are capitals, of 200 at least.") { facts in
        facts.cases.letters >= 200 && facts.cases.capitals * 2 > facts.cases.letters ? "\(facts.cases.capitals) of \(facts.cases.letters) letters" : nil
    },
    ContentRule("text.exclamations", "Five exclamation marks or more stand in a row.") { facts in facts.cases.longestExclamations >= 5 ? "\(facts.cases.longestExclamations) in a row" : nil },
    ContentRule("text.gaps", "Seven single letters or more stand in a row with something between.") { facts in facts.words.longestGaps >= 7 ? "\(facts.words.longestGaps) letters" : nil },
    ContentRule("text.bitcoin_demand", "A Bitcoin address stands beside words of a threat.") { facts in
        guard facts.words.count(.threat) >= 3 else { return nil }
        for text in facts.looked { if let address = bitcoin(in: text.utf8) { return address } }
        return nil
    },
    ContentRule("text.threat", "Six words or more of those with which people are blackmailed.") { facts in told(facts, .threat, 6) },
    ContentRule("text.fortune", "Six words or more of letters about a fortune that waits for a stranger.") { facts in told(facts, .fortune, 6) },
    ContentRule("text.some_account", "Three words or more about an account that needs its owner at once, and a link.") { facts in facts.links.isEmpty ? nil : told(facts, .account, 3) },
    ContentRule("text.account", "Five words or more about an account that needs its owner at once, and a link.") { facts in facts.links.isEmpty ? nil : told(facts, .account, 5) },
    ContentRule("text.medicine", "Three words or more for medicine without a doctor.") { facts in told(facts, .medicine, 3) },
    ContentRule("text.prize", "Six words or more about a prize.") { facts in told(facts, .prize, 6) },
    ContentRule("text.loan", "Five words or more about money that is lent.") { facts in told(facts, .loan, 5) },
    ContentRule("text.shares", "Seven words or more about shares that will rise.") { facts in told(facts, .shares, 7) },
    ContentRule("text.offer", "Nine words or more of offers.") { facts in told(facts, .offer, 9) },
    ContentRule("text.parcel", "Five words or more about a parcel that waits, and a link.") { facts in facts.links.isEmpty ? nil : told(facts, .parcel, 5) },
    ContentRule("text.bill", "Six words or more about a bill or a subscription.") { facts in told(facts, .bill, 6) },
    ContentRule("text.greets_address", "The text greets the reader by the address or its local part: nobody who knows a name does.") { facts in
        guard let begin = facts.folded.first?.octets.prefix(400) else { return nil }
        for recipient in facts.recipients.prefix(3) where recipient.local.utf8.count >= 3 {
            let isNamed = facts.addressees.contains { $0.name != nil }
            for name in ["\(recipient.local)@\(recipient.domain)"] + (isNamed ? [] : [recipient.local + ",", recipient.local + "!"]) {
                guard let at = begin.place(of: Array(name.utf8)[...]) else { continue }
                let before = begin[..<at]
                for word in greetings where before.suffix(word.count).elementsEqual(word) { return String(decoding: word, as: UTF8.self) + name }
            }
        }
        return nil
    },
    ContentRule("text.recipient", "The text has the recipient's address three times or more.") { facts in
        guard let recipient = facts.recipients.first, let text = facts.folded.last?.octets else { return nil }
        let count = text[...].count(of: Array("\(recipient.local)@\(recipient.domain)".utf8)[...], most: 3)
        return count >= 3 && !facts.isList && !facts.isReply ? "\(count) times" : nil
    },
    ContentRule("text.invalid", "Ten octets or more of a text are none of its charset.") { facts in
        let count = facts.folded.reduce(0) { $0 + $1.invalid }
        return count >= 10 ? "\(count) octets" : nil
    },
    ContentRule("text.empty", "There are fewer than three octets of text, and no file.") { facts in facts.textOctets < 3 && facts.files.isEmpty && facts.pages.allSatisfy { ($0.html?.images ?? 0) == 0 } ? "nothing to read" : nil },
    ContentRule("text.link_only", "The text has a link and fewer than 20 octets beside it.") { facts in
        guard facts.links.count == 1, let link = facts.links.first, let text = facts.shown.first, !text.isHTML, facts.pages.isEmpty else { return nil }
        return text.text.utf8.count - link.url.raw.utf8.count < 20 ? SubjectFacts.cut(link.url.raw, 100) : nil
    },
]

/// Put together here, so that this file is no test mail; in lower case, as folded texts are.
private let gtube: [UInt8] = ASCII.lowercased(Array(("XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*" + "C.34X").utf8)[...])

private func told(_ facts: SubjectFacts, _ theme: WordFacts.Theme, _ least: Int) -> String? {
    let count = facts.words.count(theme)
    return count >= least ? "\(count) words" : nil
}

private let greetings: [[UInt8]] = ["dear ", "hello ", "hi ", "hey ", "attn: ", "hola ", "hallo "].map { Array($0.utf8) }

/// An address of Bitcoin by its form: `1…` or `3…` of base58 (26 to 35 characters), `bc1…`.
private func bitcoin(in text: String.UTF8View) -> String? {
    var word: [UInt8] = []
    func isAddress() -> Bool {
        if ASCII.hasPrefix(word[...], "bc1") { return word.count >= 42 && word.count <= 62 && word.dropFirst(3).contains(where: ASCII.isDigit) }
        guard word.count >= 26, word.count <= 35, word.first == 49 || word.first == 51 else { return false }
        return word.allSatisfy { ASCII.isAlphanumeric($0) && $0 != 48 && $0 != 73 && $0 != 79 && $0 != 108 } && word.contains { $0 >= 97 } && word.contains { $0 >= 65 && $0 < 91 }
    }
    for octet in text {
        if ASCII.isAlphanumeric(octet) { if word.count < 80 { word.append(octet) } } else {
            if isAddress() { return ASCII.text(word[...]) }
            word.removeAll(keepingCapacity: true)
        }
    }
    return isAddress() ? ASCII.text(word[...]) : nil
}
