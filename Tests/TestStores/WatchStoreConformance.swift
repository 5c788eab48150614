import DNS
package import Limiting
package import Notices
import RateLimits
import Testing
internal import Verdicts
package import Watching

/// What every place must do where is kept what senders do, and who is restrained.
package struct WatchStoreConformance: Sendable {
    private let watch: any WatchStore
    private let restraints: any RestraintStore
    private let pass: @Sendable (Int) async throws -> Void
    private let told: @Sendable () async throws -> [Notice]
    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    /// - Parameters:
    ///   - watch: an empty one.
    ///   - pass: lets so many seconds pass.
    ///   - told: all notices that were kept, in their order.
    package init(_ watch: any WatchStore, _ restraints: any RestraintStore, pass: @escaping @Sendable (Int) async throws -> Void, told: @escaping @Sendable () async throws -> [Notice]) {
        self.watch = watch; self.restraints = restraints; self.pass = pass; self.told = told
    }

    package func run() async throws {
        try await whatIsNew()
        try await throttledThenFrozen()
        try await undoneByOneCall()
        try await whatComesBackCountsOnce()
        try await onlyTold()
        try await warnedOnce()
        try await byHand()
        try await changesAreRead()
        try await placesEnd()
        try await whatIsOld()
    }

    private func rules() throws -> WatchRules {
        let hour = try #require(LimitWindow("1h")), day = try #require(LimitWindow("1d"))
        var rules = WatchRules(thresholds: [
            .newRecipients: .init(share: 80, least: 10, window: hour, weight: 1), .newNetworks: .init(share: nil, least: 2, window: hour, weight: 1),
            .spam: .init(share: 50, least: 4, window: hour, weight: 2), .bounces: .init(share: 25, least: 5, window: day, weight: 2), .complaints: .init(share: nil, least: 3, window: day, weight: 4),
        ])
        rules.learning = 3600
        return rules
    }

    private func subject(_ name: String, _ tenant: String = "t") throws -> TenantSubject { TenantSubject(tenant: tenant, try LimitSubject(.mailbox, name)) }

    private func seen(_ of: TenantSubject, to recipients: [String] = [], from network: String? = nil, spam: Int = 0, messages: Int = 1) -> SenderObservation {
        var counts = SenderCounts()
        (counts.messages, counts.recipients, counts.spam) = (messages, recipients.count, spam)
        return SenderObservation(of: of, counts: counts, contacts: recipients.map { Contact($0) }, network: network.flatMap { IPNetwork($0) })
    }

    private func people(_ range: Range<Int>) -> [String] { range.map { "reader\($0)@example.net" } }

    private func count(_ signal: SenderSignal, of sender: TenantSubject) async throws -> Int? { try await watch.standing(of: sender, rules: rules(), by: soon)?.measures.first { $0.signal == signal.rawValue }?.count }

    private func whatIsNew() async throws {
        let anna = try subject("anna@new.example"), rules = try rules()
        #expect(try await watch.standing(of: anna, rules: rules, by: soon) == nil)
        let first = try await watch.note([seen(anna, to: people(0..<8), from: "192.0.0.0/16"), seen(anna, to: people(4..<12), from: "192.0.0.0/16")], [], rules: rules, by: soon)
        #expect(first.changed.isEmpty && first.passedOver == 0)
        var standing = try await watch.standing(of: anna, rules: rules, by: soon)
        #expect(standing?.contacts == 12 && standing?.networks == 1)
        #expect(standing?.measures.first?.count == 12 && standing?.measures.first?.of == 16, "each once, of all")
        // Who is new himself has no habits.
        #expect(standing?.measures.contains { $0.isMet } == false)
        try await pass(3600)
        _ = try await watch.note([seen(anna, to: people(0..<12))], [], rules: rules, by: soon)
        standing = try await watch.standing(of: anna, rules: rules, by: soon)
        #expect(standing?.contacts == 12)
        // Of the window's beginning a slot more is seen.
        try await pass(WatchRules.slot)
        #expect(try await count(.newRecipients, of: anna) == 0)
        let late = try await watch.note([seen(anna, to: people(100..<180), from: "10.1.0.0/16"), seen(anna, from: "10.2.0.0/16")], [], rules: rules, by: soon)
        #expect(late.changed.map(\.state) == [.throttled] && late.changed.first?.of == anna, "new recipients and new networks")
        #expect(late.changed.first?.signals.map(\.signal) == ["new_recipients", "new_networks"])
    }

    private func throttledThenFrozen() async throws {
        try await pass(1)
        let ben = try subject("ben@seq.example"), rules = try rules(), before = try await told().count
        #expect(try await watch.note([seen(ben, spam: 3, messages: 3)], [], rules: rules, by: soon).changed.isEmpty)
        let first = try await watch.note([seen(ben, spam: 1)], [], rules: rules, by: soon).changed
        #expect(first.map(\.state) == [.throttled] && first.first?.origin == .signals && first.first?.until != nil)
        // What it was throttled for does not freeze it as well.
        #expect(try await count(.spam, of: ben) == 0)
        #expect(try await watch.note([seen(ben, spam: 3, messages: 3)], [], rules: rules, by: soon).changed.isEmpty)
        try await pass(1)
        let second = try await watch.note([seen(ben, spam: 1)], [], rules: rules, by: soon).changed
        #expect(second.map(\.state) == [.frozen] && second.first?.until == nil)
        #expect(try await watch.note([seen(ben, spam: 9, messages: 9)], [], rules: rules, by: soon).changed.isEmpty)
        let notices = try await told().dropFirst(before)
        #expect(notices.map(\.kind) == [.senderThrottled, .senderFrozen] && notices.allSatisfy { $0.subject == "mailbox/ben@seq.example" && $0.tenant == "t" })
        let details = String(decoding: notices.last?.details ?? [], as: UTF8.self)
        #expect(details.contains(#""path":"/v1/restraints/mailbox/ben%40seq.example?tenant=t""#))
        // Another tenant's is another one.
        #expect(try await restraints.restraint(of: subject("ben@seq.example", "u"), by: soon) == nil)
        #expect(try await restraints.restraint(of: ben, by: soon)?.state == .frozen)
    }

    private func undoneByOneCall() async throws {
        try await pass(1)
        let ben = try subject("ben@seq.example"), rules = try rules(), before = try await told().count
        let lifted = try await restraints.lift(ben, trust: 600, by: soon)
        #expect(lifted?.state == .lifted && lifted?.trustedUntil != nil)
        #expect(try await restraints.lift(ben, trust: 0, by: soon) == nil, "there is nothing to undo any more")
        #expect(try await told().dropFirst(before).map(\.kind) == [.senderReleased])
        #expect(try await count(.spam, of: ben) == 0)
        #expect(try await watch.note([seen(ben, spam: 20, messages: 20)], [], rules: rules, by: soon).changed.isEmpty, "trusted")
        try await pass(601)
        #expect(try await count(.spam, of: ben) == 0, "what was seen while it was trusted does not speak against it")
        // It begins at the beginning: that it was throttled before is undone as well.
        #expect(try await watch.note([seen(ben, spam: 4, messages: 4)], [], rules: rules, by: soon).changed.map(\.state) == [.throttled])
    }

    private func whatComesBackCountsOnce() async throws {
        let carla = try subject("carla@back.example"), rules = try rules(), now = try await restraints.restraints(changedSince: nil, limit: 1, by: soon).now
        let verdicts = (0..<4).map { _ in VerdictID(at: now) }
        func back(_ place: Int, _ recipients: [String], _ kind: SenderFeedback.Kind = .bounce, sentAt: Timestamp? = nil) -> SenderFeedback {
            SenderFeedback(of: carla, kind, verdict: verdicts[place], sentAt: sentAt ?? now, contacts: recipients.map { Contact($0) })
        }
        _ = try await watch.note([seen(carla, to: people(0..<30))], [], rules: rules, by: soon)
        #expect(try await watch.note(back(0, people(0..<3)), rules: rules, by: soon).counted == 3)
        #expect(try await watch.note(back(0, people(0..<3)), rules: rules, by: soon).counted == 0, "the same again")
        #expect(try await watch.note(back(1, people(2..<4)), rules: rules, by: soon).counted == 1, "for a sender once, whatever it sent")
        #expect(try await restraints.lift(carla, trust: 0, by: soon) == nil)
        #expect(try await count(.bounces, of: carla) == 4, "nothing is forgotten where there is nothing to undo")
        #expect(try await watch.note(back(0, [], .complaint), rules: rules, by: soon).counted == 1, "of somebody who is not named")
        #expect(try await watch.note(back(0, [], .complaint), rules: rules, by: soon).counted == 0)
        #expect(try await watch.note(back(1, [], .complaint), rules: rules, by: soon).counted == 1, "of another message, and maybe another one")
        // Of 30 recipients 4 are not a quarter, 8 are.
        let last = try await watch.note(back(1, people(4..<8)), rules: rules, by: soon)
        #expect(last.counted == 4 && last.changed.map(\.state) == [.throttled])
        // What was sent before comes back later, and was taken into account.
        #expect(try await watch.note(back(2, people(0..<9), sentAt: now), rules: rules, by: soon).counted == 0)
        try await pass(1)
        let later = try await restraints.restraints(changedSince: nil, limit: 1, by: soon).now
        #expect(try await watch.note(back(3, people(20..<25), sentAt: later), rules: rules, by: soon).changed.map(\.state) == [.frozen])
    }

    private func onlyTold() async throws {
        try await pass(1)
        let dora = try subject("dora@dry.example"), before = try await told().count
        var rules = try rules()
        rules.acts = false
        #expect(try await watch.note([seen(dora, spam: 5, messages: 5)], [], rules: rules, by: soon).changed.isEmpty)
        #expect(try await restraints.restraint(of: dora, by: soon) == nil)
        #expect(try await watch.note([seen(dora, spam: 1)], [], rules: rules, by: soon).changed.isEmpty)
        #expect(try await told().dropFirst(before).map(\.kind) == [.senderSuspect], "once for the same")
    }

    private func warnedOnce() async throws {
        try await pass(1)
        let before = try await told().count, limit = try RateLimit(counts: .recipients, most: 100, window: #require(LimitWindow("1h"))), now = try await restraints.restraints(changedSince: nil, limit: 1, by: soon).now
        func warning(_ name: String, at time: Timestamp) throws -> LimitWarning { LimitWarning(tenant: "t", state: .init(try LimitSubject(.mailbox, name), limit, used: 80), at: time) }
        _ = try await watch.note([], [try warning("a@near.example", at: now), try warning("b@near.example", at: now)], rules: try rules(), by: soon)
        _ = try await watch.note([], [try warning("a@near.example", at: now)], rules: try rules(), by: soon)
        try await pass(3600)
        _ = try await watch.note([], [try warning("a@near.example", at: now.adding(seconds: 3600))], rules: try rules(), by: soon)
        let notices = try await told().dropFirst(before)
        #expect(notices.count == 3 && notices.allSatisfy { $0.kind == .limitNear })
        #expect(notices.count { $0.subject == "mailbox/a@near.example" } == 2)
    }

    private func byHand() async throws {
        let acme = TenantSubject(tenant: "hand", try LimitSubject(.customer, "acme")), emil = try subject("emil@hand.example", "hand")
        let frozen = try await restraints.restrain(acme, .frozen, for: nil, reason: "unpaid", by: soon)
        #expect(frozen.state == .frozen && frozen.origin == .hand && frozen.reason == "unpaid" && frozen.until == nil)
        _ = try await restraints.restrain(emil, .throttled, for: 60, reason: nil, by: soon)
        #expect(try await restraints.page(tenant: "hand", state: nil, after: nil, limit: 10, by: soon).map(\.of) == [acme, emil])
        #expect(try await restraints.page(tenant: "hand", state: .frozen, after: nil, limit: 10, by: soon).map(\.of) == [acme])
        #expect(try await restraints.page(tenant: "hand", state: nil, after: acme, limit: 10, by: soon).map(\.of) == [emil])
        try await pass(61)
        #expect(try await restraints.page(tenant: "hand", state: nil, after: nil, limit: 10, by: soon).map(\.of) == [acme], "its time is over")
        #expect(try await restraints.lift(emil, trust: 0, by: soon)?.state == .lifted, "that it was there is undone")
        #expect(try await restraints.lift(emil, trust: 0, by: soon) == nil)
        #expect(try await restraints.lift(acme, trust: 0, by: soon)?.trustedUntil == nil)
        #expect(try await restraints.page(tenant: "hand", state: .lifted, after: nil, limit: 10, by: soon).map(\.of) == [acme, emil])
    }

    private func changesAreRead() async throws {
        let subjects = try (0..<5).map { try subject("\($0)@read.example", "read") }, start = try await restraints.restraints(changedSince: nil, limit: 1, by: soon).now
        for each in subjects { _ = try await restraints.restrain(each, .frozen, for: nil, reason: nil, by: soon) }
        let book = RestraintBook(restraints, throttle: [])
        #expect(!book.isRead)
        try await book.refresh(by: soon)
        #expect(book.isRead && book.strictest(of: [subjects[3].subject], tenant: "read", at: start.adding(seconds: 10))?.state == .frozen)
        #expect(book.strictest(of: [subjects[3].subject], tenant: "t", at: start.adding(seconds: 10)) == nil)
        _ = try await restraints.lift(subjects[3], trust: 0, by: soon)
        let news = try await book.refresh(by: soon)
        #expect(news.map(\.of) == [subjects[3]] && book.strictest(of: [subjects[3].subject], tenant: "read", at: start.adding(seconds: 10)) == nil)
        #expect(try await book.refresh(by: soon).isEmpty)
        #expect(try await restraints.restraints(changedSince: start, limit: 2, by: soon).restraints.count == 2)
    }

    private func placesEnd() async throws {
        var rules = try rules()
        (rules.senders, rules.contacts) = (3, 5)
        let all = try (0..<5).map { try subject("\($0)@full.example", "full") }
        #expect(try await watch.note(all.map { seen($0) }, [], rules: rules, by: soon).passedOver == 2)
        let known = try await all.asyncFilter { try await watch.standing(of: $0, rules: rules, by: soon) != nil }
        #expect(known.count == 3)
        let one = try #require(known.first)
        _ = try await watch.note([seen(one, to: people(0..<5))], [], rules: rules, by: soon)
        _ = try await watch.note([seen(one, to: people(5..<50))], [], rules: rules, by: soon)
        let standing = try await watch.standing(of: one, rules: rules, by: soon)
        #expect(standing?.contacts == 5 && standing?.measures.first?.count == 5, "of who knows so many no more are new")
    }

    private func whatIsOld() async throws {
        let anna = try subject("anna@new.example"), rules = try rules()
        try await pass(181 * 86_400)
        #expect(try await watch.removeOld(by: soon) >= 5)
        #expect(try await watch.standing(of: anna, rules: rules, by: soon) == nil)
        #expect(try await restraints.restraint(of: subject("ben@seq.example"), by: soon) == nil, "its time was over long ago")
        #expect(try await restraints.restraint(of: subject("carla@back.example"), by: soon)?.state == .frozen, "what somebody is to undo stays")
    }
}

extension Array {
    fileprivate func asyncFilter(_ isWanted: (Element) async throws -> Bool) async rethrows -> [Element] {
        var found: [Element] = []
        for each in self where try await isWanted(each) { found.append(each) }
        return found
    }
}
