import Limiting
import RateLimits
import Testing
import Verdicts

@Suite struct ReplyTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let language: String, counts: RateLimit.Quantity, limit: Int, per: String, text: String
        var testDescription: String { "\(language): \(limit) \(counts) per \(per)" }

        init(_ language: String, _ limit: Int, _ counts: RateLimit.Quantity, _ per: String, _ text: String) { (self.language, self.limit, self.counts, self.per, self.text) = (language, limit, counts, per, text) }
    }

    static let rows = [
        Row("en", 1, .recipients, "1h", "1 recipient per hour"), Row("en", 2, .recipients, "2h", "2 recipients in 2 hours"), Row("en", 5, .recipients, "5h", "5 recipients in 5 hours"),
        Row("en", 11, .recipients, "11h", "11 recipients in 11 hours"), Row("en", 21, .recipients, "21h", "21 recipients in 21 hours"), Row("en", 1, .messages, "1d", "1 message per day"),
        Row("en", 2000, .messages, "90s", "2,000 messages in 90 seconds"), Row("en", 52_428_800, .octets, "1m", "52,428,800 bytes per minute"), Row("en", 1, .octets, "1s", "1 byte per second"),
        Row("ru", 1, .recipients, "1h", "1 получатель в час"), Row("ru", 2, .recipients, "2h", "2 получателя за 2 часа"), Row("ru", 5, .recipients, "5h", "5 получателей за 5 часов"),
        Row("ru", 11, .recipients, "11h", "11 получателей за 11 часов"), Row("ru", 21, .recipients, "21h", "21 получатель за 21 час"), Row("ru", 1, .messages, "1d", "1 письмо в день"),
        Row("ru", 2, .messages, "2d", "2 письма за 2 дня"), Row("ru", 5, .messages, "5d", "5 писем за 5 дней"), Row("ru", 11, .messages, "11m", "11 писем за 11 минут"),
        Row("ru", 21, .messages, "21m", "21 письмо за 21 минуту"), Row("ru", 112, .messages, "22s", "112 писем за 22 секунды"), Row("ru", 2000, .octets, "1m", "2\u{a0}000 байт в минуту"),
        Row("ru", 1_000_001, .octets, "1s", "1\u{a0}000\u{a0}001 байт в секунду"), Row("ru", 3, .octets, "1h", "3 байта в час"),
    ]

    private static func evidence(_ result: RateLimitEvidence.Result, _ counts: RateLimit.Quantity = .recipients, _ limit: Int = 21, _ per: String = "1h", used: Int = 20, needs: Int = 3, at time: String = "2026-11-23T10:01:00.001Z") throws -> RateLimitEvidence {
        let limit = try RateLimit(counts: counts, most: limit, window: #require(LimitWindow(per))), at = try #require(Timestamp(time))
        let state = RateLimitEvidence.State(try LimitSubject(.mailbox, "anna@example.org"), limit, used: used, needs: needs, retryAt: result == .tooLarge ? nil : at)
        return RateLimitEvidence(result, exceeded: state, hold: result == .held ? .init(id: VerdictID(at: at), releaseAt: at) : nil)
    }

    @Test(arguments: rows) func plurals(_ row: Row) throws {
        let template = try ReplySample.template(row.language, ["exceeded": "{limit} {counts} {per}{at}", "time": " {zone}"])
        #expect(try template.text(for: Self.evidence(.exceeded, row.counts, row.limit, row.per)) == row.text + " UTC")
    }

    @Test(arguments: [
        ("en", RateLimitEvidence.Result.exceeded, "mailbox anna@example.org: 21 recipients per hour, used 20. Again at 10:02 UTC on 23 November 2026."), ("en", .held, "Held: mailbox anna@example.org, 23 November. Goes at 10:02 UTC on 23 November 2026."),
        ("en", .tooLarge, "Needs 3 of 21 recipients per hour."), ("ru", .exceeded, "почтового ящика anna@example.org: 21 получатель в час, использовано 20. Снова 23 ноября 2026 г. в 10:02 UTC."),
    ]) func sentences(_ language: String, _ result: RateLimitEvidence.Result, _ text: String) throws {
        let changes = language == "en" ? ["held": "Held: {scope} {subject}, 23 November.\nGoes at {at}.\n"] : [:]
        #expect(try ReplySample.template(language, changes).text(for: Self.evidence(result)) == text)
    }

    @Test func whatWaitsAlreadyNamesNoLimit() throws {
        let template = try ReplySample.template("en"), at = try #require(Timestamp("2026-12-31T23:59:00.000001Z"))
        let waiting = RateLimitEvidence(.held, hold: .init(id: VerdictID(at: at), releaseAt: at))
        #expect(template.text(for: waiting) == "Goes at 23:59 UTC on 31 December 2026.", "a part of a millisecond is no minute")
        for result in [RateLimitEvidence.Result.counted, .countedBefore, .unlimited, .unknown, .exceeded, .tooLarge] { #expect(template.text(for: RateLimitEvidence(result)) == nil) }
    }

    @Test(arguments: [("2026-11-23T10:01:00Z", "10:01 UTC on 23 November 2026"), ("2026-11-23T10:01:00.001Z", "10:02 UTC on 23 November 2026"), ("2026-12-31T23:59:30Z", "00:00 UTC on 1 January 2027"), ("1970-01-01T00:00:00Z", "00:00 UTC on 1 January 1970")])
    func moments(_ time: String, _ text: String) throws { #expect(try ReplySample.template("en", ["exceeded": "{at}"]).text(for: Self.evidence(.exceeded, at: time)) == text) }

    @Test func nothingInAValueIsAVariable() throws {
        let state = RateLimitEvidence.State(try LimitSubject(.site, "{at} {limit}"), try RateLimit(counts: .messages, most: 1, window: #require(LimitWindow("1h"))), used: 1, needs: 1)
        #expect(try ReplySample.template("en", ["too_large": "{subject} {needs} }"]).text(for: RateLimitEvidence(.tooLarge, exceeded: state)) == "{at} {limit} 1 }")
    }

    struct Wrong: CustomTestStringConvertible, Sendable {
        let name: String, language: String, key: String, value: String?, says: String
        var testDescription: String { name }

        init(_ name: String, _ key: String, _ value: String?, _ says: String, language: String = "en") { (self.name, self.language, self.key, self.value, self.says) = (name, language, key, value, says) }
    }

    @Test(arguments: [
        Wrong("no reply", "exceeded", nil, "exceeded: is missing"), Wrong("an empty reply", "held", " ", "held: is empty"), Wrong("an unknown variable", "exceeded", "{at} {usde}", "exceeded: has {usde}, which is none of {scope}"),
        Wrong("a slip in a variable", "exceeded", "{at} {retry-at}", "exceeded: has a brace that begins none of {scope}, {subject}, {used}, {limit}, {counts}, {per}, {needs}, {at}: {retry-at}"), Wrong("a blank in a variable", "exceeded", "{at} {at }", "exceeded: has a brace that begins none of"),
        Wrong("a capital", "exceeded", "{at} {Limit {needs}", "exceeded: has a brace that begins none of"), Wrong("a brace at the end", "time", "{zone}{", "time: has a brace that begins none of"),
        Wrong("a form of a language that is not known", "counts.messages.few", "x", "counts.messages.few: is none of the keys that a file in this language has; the forms of this language are not known here, and `other` is used", language: "xx"),
        Wrong("no form of a language that is not known", "counts.recipients.other", nil, "counts.recipients.other: is missing; the forms of this language are not known here", language: "xx"),
        Wrong("a form that Japanese has not", "counts.messages.few", "x", "counts.messages.few: is none of the keys that a file in this language has", language: "ja"),
        Wrong("no moment", "exceeded", "later", "exceeded: is without {at}"), Wrong("no moment to say when it goes", "held_again", "later", "held_again: is without {at}"),
        Wrong("a moment that there is not", "too_large", "never, {at}", "too_large: has {at}, which is none of"), Wrong("a limit that is not known", "held_again", "{limit} {at}", "held_again: has {limit}"),
        Wrong("too long", "exceeded", "{at}" + String(repeating: "x", count: 1_021), "exceeded: has more than 1024 octets"), Wrong("too many variables", "exceeded", String(repeating: "{at}", count: 21), "exceeded: has more than 20 variables"),
        Wrong("no word", "counts.octets.other", nil, "counts.octets.other: is missing"), Wrong("no form", "counts.recipients.few", nil, "counts.recipients.few: is missing", language: "ru"), Wrong("an empty word", "counts.messages.one", "", "counts.messages.one: is empty"),
        Wrong("a form that the language has not", "counts.recipients.few", "recipients", "counts.recipients.few: is none of the keys"), Wrong("a variable in a word", "counts.recipients.one", "{limit}", "counts.recipients.one: has more than 200 octets, a control character or a brace"),
        Wrong("no window", "per.day.single", nil, "per.day.single: is missing"), Wrong("a window without its number", "per.hour.other", "in hours", "per.hour.other: is without {number}"), Wrong("a variable of another text", "per.hour.other", "{number} {at}", "per.hour.other: has {at}"),
        Wrong("no scope", "scopes.client", nil, "scopes.client: is missing"), Wrong("eleven months", "months.12", nil, "months.12: is missing"), Wrong("thirteen months", "months.13", "Undecember", "months.13: is none of the keys"),
        Wrong("no zone", "time", "{hour}:{minute}", "time: is without {zone}"), Wrong("a slip", "exeeded", "{at}", "exeeded: is none of the keys"), Wrong("thousands", "thousands", ", ", "thousands: has more than one character"),
    ]) func faults(_ row: Wrong) throws {
        var entries = ReplySample.entries(row.language)
        entries[row.key] = row.value
        let tag = try #require(LanguageTag(row.language))
        do throws(TemplateText.Fault) {
            _ = try ReplyTemplate(tag, entries)
            Issue.record("it was read")
        } catch { #expect(error.description.hasPrefix(row.says), "\(error)") }
    }

    @Test(arguments: ["en", "ru"]) func otherIsTaken(_ language: String) throws { _ = try ReplySample.template(language, ["counts.messages.other": "x", "per.day.other": "{number}"]) }

    @Test(arguments: [
        ("en", [1: PluralCategory.one, 0: .other, 2: .other, 11: .other, 21: .other]), ("ru", [0: .many, 1: .one, 2: .few, 5: .many, 11: .many, 12: .many, 21: .one, 22: .few, 101: .one, 111: .many, 112: .many]),
        ("pl", [1: .one, 2: .few, 5: .many, 12: .many, 21: .many, 22: .few]), ("cs", [1: .one, 4: .few, 5: .other, 22: .other]), ("fr", [0: .one, 1: .one, 2: .other]), ("sl", [1: .one, 2: .two, 3: .few, 5: .other, 101: .one]),
        ("lt", [1: .one, 2: .few, 10: .other, 11: .other, 21: .one]), ("lv", [0: .zero, 1: .one, 2: .other, 11: .zero, 21: .one]), ("ro", [1: .one, 0: .few, 19: .few, 20: .other, 101: .few]), ("hr", [1: .one, 3: .few, 5: .other, 11: .other, 21: .one]),
        ("ja", [1: .other, 2: .other]), ("xx", [1: .other]),
    ] as [(String, [Int: PluralCategory])]) func categories(_ language: String, _ forms: [Int: PluralCategory]) {
        for (number, form) in forms { #expect(PluralCategory(of: number, in: language) == form, "\(number)") }
        #expect(Set(forms.values).isSubset(of: Set(PluralCategory.all(in: language))))
    }

    @Test func formsOfALanguage() {
        #expect(PluralCategory.all(in: "ru") == [.one, .few, .many] && PluralCategory.all(in: "en") == [.one, .other] && PluralCategory.all(in: "en", from: 2) == [.other] && PluralCategory.all(in: "ja") == [.other])
    }

    @Test func languages() throws {
        let en = try ReplySample.template("en"), ru = try ReplySample.template("ru"), own = try ReplySample.template("de-AT", ["exceeded": "Servus {at}"])
        let replies = try LimitReplies(["en": en, "ru": ru], ofTenants: ["acme": ["de-AT": own]], language: "en", languages: ["blue": "ru"])
        #expect(replies.languages(of: "acme") == ["de-AT", "en", "ru"] && replies.languages(of: "blue") == ["en", "ru"])
        func language(_ tenant: String, _ wishes: String...) throws -> String? { replies.message(for: try Self.evidence(.exceeded), tenant: tenant, wishes: try wishes.map { try #require(LanguageTag($0)) })?.language }
        #expect(try language("t") == "en")
        #expect(try language("blue") == "ru")
        #expect(try language("blue", "en") == "en")
        #expect(try language("t", "ru-RU") == "ru", "wider words are better than none")
        #expect(try language("t", "fr", "ru") == "ru", "the next wish, where there is nothing in the first")
        #expect(try language("t", "de-AT") == "en", "words of another tenant")
        #expect(try language("acme", "de-at", "ru") == "de-AT")
        // Wider words, for what the settings say as for who is answered.
        let wide = try LimitReplies(["en": en, "ru": ru], ofTenants: ["acme": ["de": own]], language: "en-GB", languages: ["blue": "ru-RU", "acme": "de-AT"])
        func said(_ tenant: String) throws -> String? { wide.message(for: try Self.evidence(.exceeded), tenant: tenant, wishes: [])?.language }
        #expect(try said("t") == "en")
        #expect(try said("blue") == "ru")
        #expect(try said("acme") == "de")
        #expect(throws: TemplateText.Fault.self) { try LimitReplies(["en": en], ofTenants: ["acme": ["de": own]], language: "en", languages: ["blue": "de-AT"]) }
        #expect(throws: TemplateText.Fault.self) { try LimitReplies(["en": en], language: "fr") }
        #expect(throws: TemplateText.Fault.self) { try LimitReplies(["en": en], language: "en", languages: ["blue": "ru"]) }
    }
}
