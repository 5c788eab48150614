import DNS
import Limiting
import RateLimits
import TestStores
import Testing
import Verdicts

/// Which messages a trial takes for one that came before.
@Suite struct RepeatedMessageTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String, attempts: [VerdictRecord], messages: Int

        init(_ name: String, _ messages: Int, _ attempts: Attempt...) {
            self.name = name; self.messages = messages
            self.attempts = attempts.enumerated().map { $1.record($0) }
        }

        var testDescription: String { name }
    }

    /// One attempt to send; each has another queue id.
    struct Attempt {
        var action: Action, code: String? = nil, digest: UInt8 = 1, user: String? = "anna@example.org", from = "anna@example.org", to = ["b@example.net"]

        static let goes = Attempt(action: .accept), putOff = Attempt(action: .defer, code: "limit.exceeded"), tooLarge = Attempt(action: .reject, code: "limit.too_large")

        func with(_ change: (inout Attempt) -> Void) -> Attempt {
            var attempt = self
            change(&attempt)
            return attempt
        }

        fileprivate func record(_ number: Int) -> VerdictRecord {
            var envelope = Envelope(clientIP: .v4(0xc000_0201), mailFrom: from, recipients: to, direction: .outbound, tenant: "t")
            (envelope.authUser, envelope.queueID) = (user, "4X\(number)")
            var record = VerdictRecord.sample(tenant: "t", at: start.adding(seconds: number), digest: digest, action: action)
            record.take(envelope)
            if let code { record.codes.append(code) }
            return record
        }
    }

    static let rows = [
        Row("put off twice before it went", 1, .putOff, .putOff, .goes),
        Row("put off and never let go", 1, .putOff, .putOff, .putOff),
        Row("never put off", 2, .goes, .goes),
        Row("the same words again after it went", 2, .putOff, .goes, .goes),
        Row("put off again after it went", 2, .putOff, .goes, .putOff, .putOff, .goes),
        Row("too large twice before it went", 1, .tooLarge, .tooLarge, .goes),
        Row("too large, put off, and gone", 1, .tooLarge, .putOff, .goes),
        Row("to others", 3, .putOff, .putOff.with { $0.to = ["c@example.net"] }, .goes, .goes.with { $0.to = ["c@example.net"] }, .goes.with { $0.to = ["b@example.net", "c@example.net"] }),
        Row("other words", 2, .putOff, .putOff.with { $0.digest = 2 }, .goes, .goes.with { $0.digest = 2 }),
        Row("of others who logged in", 2, .putOff, .putOff.with { $0.user = "eve@example.org" }, .goes.with { $0.user = "eve@example.org" }),
        Row("in another's name, without a password", 2, .putOff, .putOff.with { $0.user = nil }, .goes.with { $0.user = nil }),
        Row("of others who did not log in", 2, .putOff.with { $0.user = nil }, .goes.with { ($0.user, $0.from) = (nil, "eve@example.org") }),
        Row("from another address of one who logged in", 1, .putOff, .goes.with { $0.from = "anna@example.com" }),
    ]

    private func ask(_ history: any SendingHistory, _ scope: LimitScope, _ definitions: MemoryLimits = MemoryLimits()) async throws -> SendingTrialReport {
        let question = SendingTrials.Question(tenant: "t", scope: scope, subject: nil, limits: [try RateLimit(text: "messages:1000/1h")], since: Self.start, until: Self.start.adding(seconds: 600))
        return try await SendingTrials(history, definitions, LimitHierarchy()).answer(question)
    }

    @Test(arguments: rows) func countedOnce(_ row: Row) async throws {
        let store = MemoryVerdictStore()
        for record in row.attempts { #expect(try await store.append(record) == nil) }
        #expect(try await ask(store, .client).trial.total.messages == row.messages)
    }

    /// Messages in memory.
    private struct Told: SendingHistory {
        let parties: [SendingParty]

        func accounts(of tenant: String, since: Timestamp, until: Timestamp, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [String]? { nil }

        func sent(by tenant: String, since: Timestamp, until: Timestamp, accounts: [String]?, after: VerdictID?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [SentMessage] {
            guard since <= start, start < until else { return [] }
            let first = after.map { Int($0.low) + 1 } ?? 0
            return parties.enumerated().dropFirst(first).prefix(limit).map { number, party in
                SentMessage(id: VerdictID(high: VerdictID.lowest(at: start).high, low: UInt64(number)), receivedAt: start, amounts: Amounts(recipients: 1, octets: 1), party: party, isPutOff: false, digest: [], recipients: 0)
            }
        }
    }

    private func party(_ change: (inout SendingParty) -> Void) -> SendingParty {
        var party = SendingParty(clientIP: .v4(0xc000_0201))
        change(&party)
        return party
    }

    /// Which are equal as texts.
    @Test func accentsInTwoFormsAreTwoNames() async throws {
        let forms = ["caf\u{e9}@example.org", "cafe\u{301}@example.org"]
        #expect(forms[0] == forms[1])
        let members: [@Sendable (inout SendingParty, String) -> Void] = [
            { $0.serverName = $1 }, { $0.plan = $1 }, { $0.customer = $1 }, { $0.authUser = $1 }, { $0.mailFrom = $1 }, { $0.site = $1 }, { $0.script = $1 },
        ]
        for member in members {
            let parties = forms.map { form in party { member(&$0, form) } }
            #expect(Set(parties + parties + [party { _ in }]).count == 3)
        }
        let parties = forms.map { form in party { $0.authUser = form } }
        #expect(try await ask(Told(parties: parties + parties), .mailbox).trial.subjects == 2)
    }

    /// What is known of parties is forgotten when it is too much, and asked for again.
    @Test func longNames() async throws {
        let definitions = MemoryLimits()
        var parties: [SendingParty] = []
        for number in 0..<40 {
            let customer = "\(number)-" + String(repeating: "x", count: 1_000_000)
            parties.append(party { $0.customer = customer })
            if number % 2 == 0 { _ = try await definitions.define(TenantSubject(tenant: "t", LimitSubject(.customer, customer)), LimitDefinition(parent: LimitSubject(.plan, "gold"))) }
        }
        var limits = SendingTrialLimits()
        (limits.page, limits.patience) = (5, .seconds(600))
        let question = SendingTrials.Question(tenant: "t", scope: .plan, subject: nil, limits: [try RateLimit(text: "messages:1000/1h")], since: Self.start, until: Self.start.adding(seconds: 600))
        let report = try await SendingTrials(Told(parties: parties), definitions, LimitHierarchy(), limits: limits).answer(question)
        #expect(report.trial.total.messages == 20 && report.trial.subjects == 1 && report.stoppedBy == nil)
    }
}
