import Checks
import DNS
import Foundation
import Limiting
import RateLimits
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// What goes out is counted last, and once.
@Suite struct SendingLimitTests {
    private let store = MemoryVerdictStore(), definitions = MemoryLimits(), now = Now()
    private let allowances: MemoryAllowances

    private final class Now: Sendable {
        let milliseconds = Mutex(PipelineTests.now.milliseconds)
    }

    init() { allowances = MemoryAllowances(verdicts: store) { [now] in now.milliseconds.withLock { $0 } } }

    private static var policy: Policy {
        var policy = PipelineTests.policy
        policy.rules["limit.exceeded"] = Rule(action: .defer)
        policy.rules["limit.too_large"] = Rule(action: .reject)
        policy.rules["limit.held"] = Rule(action: .hold)
        return policy
    }

    private func judge(_ most: Int, _ scope: LimitScope = .mailbox, _ policy: Policy = policy, excess: RateLimit.Excess = .defer) throws -> MessageJudge {
        let limit = try RateLimit(counts: .recipients, most: most, window: #require(LimitWindow("1m")), excess: excess)
        return MessageJudge(pipeline: PipelineTests.pipeline(PipelineTests.resolver()), workers: Workers(limit: 4, lineLimit: 4), store: store, policy: policy,
                            limits: SendingLimits(allowances, definitions, LimitHierarchy(defaults: [scope: [limit]]), freshness: .zero))
    }

    private func submission(_ queueID: String?, recipients: Int = 1, _ more: (inout Envelope) -> Void = { _ in }) throws -> Submission {
        let message = PipelineTests.message()
        return Submission(octets: message, envelope: try PipelineTests.envelope {
            $0.queueID = queueID; $0.authUser = "anna@example.org"; $0.direction = .outbound; $0.recipients = (0..<recipients).map { "r\($0)@example.net" }
            more(&$0)
        }, receivedAt: PipelineTests.now)
    }

    private func limits(_ judgement: Judgement) throws -> [String: Any] {
        let evidence = try #require(try JSONSerialization.jsonObject(with: Data(judgement.record.evidence)) as? [String: Any])
        return evidence["rate_limit"] as? [String: Any] ?? [:]
    }

    @Test func theExcessIsPutOffUntilItMayGo() async throws {
        let judge = try judge(3)
        for number in 0..<3 { #expect(try await judge.judge(submission("Q\(number)")).record.action == .accept) }
        let refused = try await judge.judge(submission("Q3"))
        #expect(refused.record.action == .defer && refused.record.codes.contains("limit.exceeded"))
        let reply = String(decoding: refused.record.decision, as: UTF8.self)
        #expect(reply.contains(#""code":451,"enhanced":"4.7.1","text":"try again at 2026-11-23T10:01:01Z: mailbox anna@example.org: 3 of 3 recipients per 1m are used, and this needs 1 [v:"#), "\(reply)")
        #expect(reply.contains(#""decided_by":"limit.exceeded""#))
        let state = try #require(try limits(refused)["exceeded"] as? [String: Any])
        #expect(state["retry_at"] as? String == "2026-11-23T10:01:00.001000Z" && state["used"] as? Int == 3)
        for _ in 0..<5 { #expect(try await judge.judge(submission("Q3")).record.action == .defer, "who asks again takes nothing") }
        now.milliseconds.withLock { $0 += 60_001 }
        let again = try await judge.judge(submission("Q3"))
        #expect(again.record.action == .accept && again.record.id == refused.record.id)
        #expect(try limits(again)["result"] as? String == "counted")
    }

    /// The mail server keeps it, and is told when it goes: also who asks again.
    @Test func theExcessWaits() async throws {
        let judge = try judge(2, excess: .hold)
        #expect(try await allowances.due(at: HoldAgent(tenant: nil, server: "mx1"), lease: 1000, limit: 1, by: .now + .seconds(9)).due.isEmpty)
        for number in 0..<2 { #expect(try await judge.judge(submission("Q\(number)") { $0.serverName = "mx1" }).record.action == .accept) }
        let held = try await judge.judge(submission("Q2") { $0.serverName = "mx1" }), answer = String(decoding: held.answer, as: UTF8.self)
        #expect(held.record.action == .hold && held.record.codes.contains("limit.held"))
        #expect(answer.contains(#""code":250,"enhanced":"2.0.0","text":"accepted, held until 2026-11-23T10:01:01Z: mailbox anna@example.org: 2 of 2 recipients per 1m are used, and this needs 1 [v:"#), "\(answer)")
        #expect(answer.contains(#""release_at":"2026-11-23T10:01:00.001000Z""#) && answer.contains(#""decided_by":"limit.held""#))
        let hold = try #require(try limits(held)["hold"] as? [String: Any]), waiting = try await allowances.holds(matching: HoldFilter(), before: nil, limit: 9, by: .now + .seconds(9))
        #expect(waiting.map(\.id.description) == [hold["id"] as? String] && waiting.first?.queueID == "Q2" && waiting.first?.lane.customer == "domain/example.org")
        let again = try await judge.judge(submission("Q2") { $0.serverName = "mx1" })
        #expect(again.record.id == held.record.id && again.record.action == .hold)
        // A mail server that let it go, or kept nothing back, and asks again when it is counted.
        now.milliseconds.withLock { $0 += 60_001 }
        let limited = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try RateLimit(counts: .recipients, most: 2, window: #require(LimitWindow("1m")), excess: .hold)])
        #expect(try await allowances.grant([(waiting[0], [limited])], lease: 1000, by: .now + .seconds(9)).count == 1)
        let late = try await judge.judge(submission("Q2") { $0.serverName = "mx1" }).record
        #expect(late.id == held.record.id && late.action == .accept)
        #expect(try await judge.judge(submission("Q9")).record.action == .accept)
        #expect(try await judge.judge(submission("Q3") { $0.serverName = "mx2" }).record.action == .defer, "nobody releases anything there")
        #expect(try await judge.judge(submission("Q4")).record.action == .defer, "no server is named")
        #expect(try await judge.judge(submission(nil) { $0.serverName = "mx1" }).record.action == .defer, "no name in the queue")
        #expect(try await judge.judge(submission("Q5", recipients: 3) { $0.serverName = "mx1" }).record.action == .reject, "more than the limit by itself")
    }

    /// With limits on probation nothing waits, and what waits by a policy without a row for it is deferred.
    @Test func whereNothingMayWait() async throws {
        var trial = Self.policy, old = Self.policy
        trial.rules["limit.exceeded"] = Rule(action: .defer, dryRun: true)
        old.rules["limit.held"] = nil
        _ = try await allowances.due(at: HoldAgent(tenant: nil, server: "mx1"), lease: 1000, limit: 1, by: .now + .seconds(9))
        let lenient = try judge(1, .mailbox, trial, excess: .hold), strict = try judge(1, .mailbox, old, excess: .hold)
        #expect(try await lenient.judge(submission("Q0") { $0.serverName = "mx1" }).record.action == .accept)
        let shown = try await lenient.judge(submission("Q1") { $0.serverName = "mx1" }).record
        #expect(shown.action == .accept && shown.codes.contains("limit.exceeded"))
        #expect(try await strict.judge(submission("Q2") { $0.serverName = "mx1" }).record.action == .defer)
    }

    /// Who is frozen sends nothing; where the policy only shows that, or has no row for it, limits hold for him as for everybody.
    @Test(arguments: [("enforced", Rule(action: .defer), [Action.defer, .defer, .defer], false), ("refused", Rule(action: .reject), [.reject, .reject, .reject], false),
                      ("on probation", Rule(action: .defer, dryRun: true), [.accept, .accept, .defer], true), ("no row", Rule(), [.accept, .accept, .defer], true)])
    func whoIsFrozen(name: String, rule: Rule, actions: [Action], isCounted: Bool) async throws {
        var policy = Self.policy
        policy.rules["sender.frozen"] = rule
        let limit = try RateLimit(counts: .recipients, most: 2, window: #require(LimitWindow("1m"))), watching = MemoryWatch { [now] in Timestamp(milliseconds: now.milliseconds.withLock { $0 }) }
        let limits = SendingLimits(allowances, definitions, LimitHierarchy(defaults: [.mailbox: [limit]]), restraints: RestraintBook(watching, throttle: []), freshness: .zero)
        let judge = MessageJudge(pipeline: PipelineTests.pipeline(PipelineTests.resolver()), workers: Workers(limit: 4, lineLimit: 4), store: store, policy: policy, limits: limits)
        _ = try await limits.restrain(TenantSubject(tenant: "default", LimitSubject(.mailbox, "anna@example.org")), .frozen, for: nil, reason: nil, by: .now + .seconds(60))
        for (number, action) in actions.enumerated() {
            let judged = try await judge.judge(submission("Q\(number)"))
            #expect(judged.record.action == action && judged.record.codes.contains("sender.frozen"), "\(name)")
            #expect((try self.limits(judged)["result"] as? String == "frozen") == !isCounted)
        }
    }

    /// A hook that asks again, since the answer was lost, costs nothing more; a message without a queue id is always another one.
    @Test func eachMessageOnce() async throws {
        let judge = try judge(3)
        for _ in 0..<4 { #expect(try await judge.judge(submission("Q")).record.action == .accept) }
        for _ in 0..<2 { #expect(try await judge.judge(submission(nil)).record.action == .accept) }
        #expect(try await judge.judge(submission(nil)).record.action == .defer)
        #expect(try await judge.judge(submission("Q")).record.action == .accept)
    }

    /// Only what would go is counted: not what is refused, not what comes in.
    @Test func whatDoesNotGoIsNotCounted() async throws {
        var strict = Self.policy
        strict.rules["transport.encrypted"] = Rule(action: .reject)
        let refusing = try judge(1, .mailbox, strict), judge = try judge(1)
        for number in 0..<3 {
            let refused = try await refusing.judge(submission("R\(number)"))
            #expect(refused.record.action == .reject)
            #expect(try limits(refused).isEmpty)
            #expect(try limits(await judge.judge(submission("I\(number)") { $0.direction = .inbound })).isEmpty)
        }
        #expect(try await judge.judge(submission("Q")).record.action == .accept)
        #expect(try await judge.judge(submission("Q2")).record.action == .defer)
    }

    @Test func moreThanALimitByItselfIsRefused() async throws {
        let refused = try await judge(3).judge(submission("Q", recipients: 4))
        #expect(refused.record.action == .reject)
        #expect(String(decoding: refused.record.decision, as: UTF8.self).contains(#""code":554,"enhanced":"5.7.1","text":"refused: mailbox anna@example.org: 0 of 3 recipients per 1m are used, and this needs 4 [v:"#))
        #expect(try await judge(4).judge(submission("Q2", recipients: 4)).record.action == .accept)
    }

    /// What cannot be counted is put off, unless policy has it otherwise; and the answer says so.
    @Test(arguments: [("as it is", UnknownPolicy.decisive, Action.defer), ("never", .never, .accept)] as [(String, UnknownPolicy, Action)])
    func whatCannotBeCounted(_ name: String, _ whenUnknown: UnknownPolicy, _ action: Action) async throws {
        var policy = Self.policy
        policy.whenUnknown = whenUnknown
        allowances.fail(.unavailable("the database is gone"))
        let unknown = try await judge(3, .mailbox, policy).judge(submission("Q"))
        #expect(unknown.record.action == action && unknown.record.codes.contains("limit.unknown"))
        #expect(try limits(unknown)["result"] as? String == "unknown")
        #expect(try limits(unknown)["reason"] as? String == "the database is not available: the database is gone")
    }

    /// A rule on probation shows what would be put off, and lets it go uncounted.
    @Test func onProbation() async throws {
        var policy = Self.policy
        policy.rules["limit.exceeded"] = Rule(action: .defer, dryRun: true)
        let judge = try judge(1, .mailbox, policy)
        for number in 0..<3 { #expect(try await judge.judge(submission("Q\(number)")).record.action == .accept) }
        #expect(try limits(await judge.judge(submission("Q4")))["result"] as? String == "exceeded")
    }

    @Test(arguments: [
        ("account", LimitScope.mailbox, "anna@example.org", nil, Change { _ in }), ("account without a domain", .mailbox, "anna", nil, Change { $0.authUser = " Anna " }),
        ("domain of the account", .domain, "example.com", nil, Change { $0.authUser = "anna@example.com" }), ("sender", .mailbox, "<anna@example.org>", nil, Change { $0.authUser = nil; $0.mailFrom = "anna+news@example.org" }),
        ("client", .client, "2001:db8:1:2::/64", nil, Change { $0.clientIP = IPAddress("2001:db8:1:2:3::4") ?? $0.clientIP }), ("server", .server, "mx1.example.net", nil, Change { $0.serverName = "MX1.example.net" }),
        ("script of the field", .script, "198.100.1.25/33:mailer.php", "33:mailer.php", Change { $0.authUser = nil }), ("script that runs a text", .script, "198.100.1.25/33:m(1).php", "33:m(1).php(12) : eval()'d code(3) : eval()'d code", Change { $0.authUser = nil }),
        ("script with brackets that runs a text", .script, "198.100.1.25/33:m(x) : y.php", "33:m(x) : y.php(12) : eval()'d code", Change { $0.authUser = nil }), ("script with brackets", .script, "198.100.1.25/33:m(x) : y.php", "33:m(x) : y.php", Change { $0.authUser = nil }), ("site of the field", .site, "web1/uid:33", "33:mailer.php", Change { $0.authUser = nil; $0.serverName = "web1" }),
        ("site as told", .site, "shop.example", "33:mailer.php", Change { $0.authUser = nil; $0.site = "shop.example" }), ("customer as told", .customer, "acme", nil, Change { $0.customer = "ACME" }), ("plan as told", .plan, "gold", nil, Change { $0.plan = "gold" }),
    ] as [(String, LimitScope, String, String?, Change)])
    func forWhomItCounts(_ name: String, _ scope: LimitScope, _ subject: String, _ field: String?, _ change: Change) async throws {
        let judge = try judge(5, scope)
        var submission = try submission("Q") { change.make(&$0) }
        if let field { submission = Submission(octets: Array("X-PHP-Originating-Script: \(field)\r\n".utf8) + submission.octets, envelope: submission.envelope, receivedAt: submission.receivedAt) }
        #expect(try limits(await judge.judge(submission))["subjects"] as? [String] == ["\(scope.rawValue)/\(subject)"])
    }

    /// The webmail's script is everybody's; and no bounce counts for a mailbox.
    @Test(arguments: [("sender's domain", LimitScope.domain, "33:x.php", Change { $0.authUser = nil }), ("webmail", .script, "33:webmail.php", Change { _ in }), ("bounce", .mailbox, "33:x.php", Change { $0.authUser = nil; $0.mailFrom = "" }), ("bounce's domain", .domain, "33:x.php", Change { $0.authUser = nil; $0.mailFrom = "" })]
        as [(String, LimitScope, String, Change)])
    func forWhomItDoesNot(_ name: String, _ scope: LimitScope, _ field: String, _ change: Change) async throws {
        let judge = try judge(1, scope), plain = try submission("Q") { change.make(&$0) }
        let told = Submission(octets: Array("X-PHP-Originating-Script: \(field)\r\n".utf8) + plain.octets, envelope: plain.envelope, receivedAt: plain.receivedAt)
        #expect(try limits(await judge.judge(told))["result"] as? String == "unlimited")
    }
}

/// What a row of a table changes in an envelope.
struct Change: Sendable {
    let make: @Sendable (inout Envelope) -> Void

    init(_ make: @escaping @Sendable (inout Envelope) -> Void) { self.make = make }
}
