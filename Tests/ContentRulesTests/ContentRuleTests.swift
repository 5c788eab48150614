import ContentRules
import DNS
import Letters
import Mail
import TestSupport
import Testing

/// One message that a rule meets, and one beside it that it does not.
struct RuleRow: Sendable, CustomTestStringConvertible {
    let code: String, hit: RuleSample, miss: RuleSample
    var testDescription: String { code }

    init(_ code: String, _ hit: RuleSample, _ miss: RuleSample = RuleSample()) { (self.code, self.hit, self.miss) = (code, hit, miss) }

    static let all: [RuleRow] = header + origin + date + agent + received + subject + html + text + url + target + name + reply + file + list + together
}

@Suite struct ContentRuleTests {
    @Test(arguments: RuleRow.all) func meets(_ row: RuleRow) {
        #expect(row.hit.hits().contains { $0.code == row.code }, "is not met; met are \(row.hit.hits().map(\.code))")
        let near = row.miss.hits().first { $0.code == row.code }
        #expect(near == nil, "is met by what is near: \(near?.detail ?? "")")
    }

    @Test(arguments: FurtherRow.names + FurtherRow.marks + FurtherRow.texts) func meetsNoMore(_ row: FurtherRow) {
        let codes = row.sample.hits().map(\.code)
        #expect(codes.contains(row.code) == row.isMet, "met are \(codes)")
    }

    /// No word of the lists is one that folded texts cannot have.
    @Test func everyWordMatchesItself() {
        for (theme, words) in WordFacts.words {
            for word in words where word.utf8.count >= 3 {
                var facts = WordFacts()
                facts.take(FoldedText(word).octets)
                #expect(facts.count(theme) == 1, "\(word) of \(theme)")
            }
        }
    }

    @Test(arguments: [("Erika Mustermann", true), ("Mustermann, Erika", true), ("Erika", false), ("Erika ERIKA", false), ("...", false), ("", false)]) func peopleHaveTwoWords(_ name: String, _ holds: Bool) {
        #expect(ProtectedNames.isOfPerson(name) == holds)
    }

    /// Sites to which own users write are not ours.
    @Test func outboundMailIsNotOfItsRecipients() {
        var link = RuleSample.link("http://rcpt.examp1e.org/")
        link.recipients = ["erika@example.org"]
        #expect(link.hits().contains { $0.code == "url.lookalike" })
        link.isSubmission = true
        #expect(!link.hits().contains { $0.code == "url.lookalike" })
    }

    @Test func everyRuleHasRows() {
        let codes = ContentRule.all.map(\.code)
        #expect(Set(codes).count == codes.count)
        #expect(Set(codes) == Set(RuleRow.all.map(\.code)), "\(Set(codes).symmetricDifference(RuleRow.all.map(\.code)).sorted())")
        #expect(codes.count >= 80)
        for rule in ContentRule.all { #expect(rule.meaning.hasSuffix(".") && rule.meaning.utf8.count < 250, "\(rule.code)") }
    }

    /// An ordinary letter meets none but those that say it is ordinary.
    @Test func anOrdinaryLetterMeetsNothing() { #expect(RuleSample().hits() == []) }

    @Test func whatOwnUsersSendIsNotJudgedByItsWay() {
        var sample = RuleSample(fields: [("Received", nil), ("Message-ID", nil)])
        #expect(sample.hits().map(\.code).contains("received.missing"))
        sample.isSubmission = true
        #expect(sample.hits() == [])
    }

    @Test func detailsAreShort() {
        let long = RuleSample.subject(String(repeating: "A B ", count: 5000))
        for hit in long.hits() { #expect(hit.detail.count <= RuleLimits().detail + 1) }
    }

    /// Whatever comes, there is an answer, the same each time, and each code once.
    @Test func anyOctets() throws {
        var random = SeededGenerator(11)
        let seeds = RuleRow.all.map(\.hit.octets)
        for _ in 0..<1500 {
            var octets = seeds.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1..<20, using: &random) where !octets.isEmpty {
                let place = Int.random(in: 0..<octets.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: octets[place] = UInt8.random(in: 0...255, using: &random)
                case 1: octets.remove(at: place)
                case 2: octets.insert(contentsOf: seeds.randomElement(using: &random)?.prefix(40) ?? [], at: place)
                default: octets.removeLast(octets.count / 3)
                }
            }
            let subject = ContentSubject(message: Message(octets: octets), recipients: ["erika@rcpt.example.org", "", "@", "x@"], receivedAt: Int.random(in: -10...2_000_000_000, using: &random), names: ProtectedNames(people: ["Hans Meier"], brands: [.init(name: "Meier", domains: [])]))
            let hits = subject.hits()
            #expect(Set(hits.map(\.code)).count == hits.count)
            #expect(subject.hits() == hits)
        }
    }

    /// The work is bounded by limits, not by what comes: a rule that goes through every link once for each recipient goes through four million octets.
    @Test func largeMessagesAreBounded() {
        let padding = String(repeating: "x@erika%40", count: 400)
        let samples = [
            RuleSample.subject(String(repeating: "Ａ\u{301}а", count: 20_000)), .text(String(repeating: "a ", count: 2_000_000)), .text(String(repeating: "http://a.example/", count: 100_000)),
            .text((0..<1000).map { "http://h\($0).example.com/?u=http://x.example/\r\n" }.joined()), .html(String(repeating: "<a href=\"http://www.example.com/\">example.com</a>", count: 10_000)),
            .with("To", (0..<2000).map { "u\($0)@example.org" }.joined(separator: ", ")), .from("\"" + String(repeating: "а@b ", count: 10_000) + "\" <a@example.com>"), .text(String(repeating: "x", count: 4_000_000)),
            RuleSample(body: (0..<500).map { "http://h\($0).example.com/?\(padding)\r\n" }.joined(), recipients: (0..<5).map { "erika\($0)@rcpt.example.org" }),
        ]
        let limits = RuleLimits(), most = limits.urls * limits.linkOctets + 4 * limits.textOctets
        for sample in samples {
            let (hits, searched) = sample.content.judged()
            #expect(hits.count < 30, "\(hits.map(\.code))")
            #expect(searched < most)
        }
    }
}
