import DMARC
import DNS
import Foundation
import Testing
package import Verdicts

/// Where the reports come from that a store under test knows of.
package enum ReportSender { package static let mailbox = "Reports@mx.example.net" }

/// What every outbox of reports must do, and whatever fills it; run against the twin in memory and against the real one.
package struct ReportOutboxConformance<Store: ReportOutbox & ReportDays> {
    let store: Store
    let pacing: ReportPacing
    /// Noon of the day after the one that is reported on.
    let now: Timestamp
    /// Makes a verdict known.
    let judge: (VerdictRecord) async throws -> Void

    /// - Parameters:
    ///   - store: an empty one.
    ///   - pacing: the store's.
    ///   - present: about the present.
    package init(_ store: Store, pacing: ReportPacing, present: Timestamp, judge: @escaping (VerdictRecord) async throws -> Void) {
        self.store = store
        self.pacing = pacing
        now = Timestamp(microseconds: present.microseconds / 86_400_000_000 * 86_400_000_000).adding(seconds: 43_200)
        self.judge = judge
    }

    package func run() async throws {
        #expect(try await store.claimDay(at: now) == nil)
        #expect(try await store.claim(limit: 10, at: now).reports.isEmpty)
        try await aDayIsMadeOnce()
        try await ofManyNodesOneMakesADay()
        try await reportsAreSentOnce()
        try await whatVanishedIsNotSentAgain()
        try await whatIsPutOffComesBack()
        try await whatIsSentOn()
        try await whatIsSentOnStaysWhereItIsNamed()
        try await whatIsSentOnAndBackIsNotLost()
        try await everyHostHasItsPlaces()
        try await destinationsThatRefuse()
        try await aReportComesBackOnce()
        try await organizationsTakeTurns()
        try await pagesAndFilters()
        try await whatIsOldGoes()
    }

    // MARK: - Days

    private func record(_ tenant: String, _ time: Timestamp, ip: String = "192.0.2.1", domain: String? = "example.org", rua: Bool = true, result: String = "pass", more: String = "",
                        _ change: (inout VerdictRecord) -> Void = { _ in }) throws -> VerdictRecord {
        var record = VerdictRecord.sample(tenant: tenant, at: time)
        record.clientIP = try #require(.init(ip))
        record.recipients = ["ann@example.net", "eve@example.net"].map { HistoryPath($0) }
        let policy = domain.map { #""policy_domain":"\#($0)","record":"v=DMARC1; p=none\#(rua ? "; rua=mailto:r@\($0)" : "")","# } ?? ""
        record.evidence = Array(#"{"dmarc":{"result":"\#(result)",\#(policy)"disposition":"none","testing":false,"spf_aligned":true,"dkim_aligned":false,"identifiers":[]}\#(more)}"#.utf8)
        change(&record)
        return record
    }

    private func aDayIsMadeOnce() async throws {
        let midnight = now.adding(seconds: -43_200), yesterday = midnight.adding(seconds: -60)
        var last: [VerdictRecord] = []
        // A subject hides nothing.
        for place in 0..<3 { last.append(try record("acme", yesterday.adding(seconds: place)) { if place == 1 { $0.subject = "Report Domain: a.example Submitter: b.example" } }) }
        for one in last { try await judge(one) }
        try await judge(try record("acme", yesterday, ip: "2001:db8::1", result: "fail", more: #","author":{"standing":"unaligned","override":{"type":"local_policy","comment":"sealed"}}"#) { $0.action = .reject })
        try await judge(try record("acme", midnight.adding(seconds: -86_400), ip: "192.0.2.9", domain: "other.example") { $0.recipients = ["a@b.example", "c@d.example"].map { HistoryPath($0) }; $0.mailFrom = HistoryPath("") })
        try await judge(try record("acme", yesterday, domain: "never.example", more: #","content":{"report":true}"#))
        // Who is not who he says hides nothing by calling his mail a report, where there is other mail, or by calling much mail so.
        let reports = #","content":{"report":true}"#
        for (result, ip) in [("fail", "192.0.2.5"), ("temperror", "192.0.2.6")] { try await judge(try record("acme", midnight.adding(seconds: -86_400), ip: ip, domain: "forged.example", result: result, more: reports)) }
        try await judge(try record("acme", yesterday, ip: "192.0.2.5", domain: "forged.example", result: "fail") { $0.action = .reject })
        for place in 0...ReportPacing.loopMailboxes {
            try await judge(try record("acme", yesterday, domain: "many.example", result: "fail", more: reports) { $0.recipients = [HistoryPath("u\(place)@example.net")] })
        }
        // User pain: two reporters whose reports fail DMARC answered each other's reports every day, for ever.
        for place in 0..<(ReportPacing.loopMailboxes * 2) {
            try await judge(try record("acme", yesterday, domain: "never.example", result: ["fail", "temperror", "none"][place % 3], more: reports) { $0.recipients = [HistoryPath("u\(place / 2)@example.net")] })
        }
        for change in [{ (record: inout VerdictRecord) in record.action = .defer }, { $0.recipients = [HistoryPath("reports@MX.example.net")] }, { $0.direction = .outbound }] {
            try await judge(try record("acme", yesterday, domain: "never.example", change))
        }
        try await judge(try record("acme", yesterday, domain: "silent.example", rua: false))
        try await judge(try record("acme", yesterday, domain: nil))
        try await judge(try record("acme", midnight, ip: "192.0.2.77"))
        try await judge(try record("beta", yesterday, domain: nil))

        #expect(try await store.claimDay(at: midnight.adding(seconds: pacing.settling - 1)) == nil, "it has not settled")
        let early = try #require(try await store.claimDay(at: midnight.adding(seconds: pacing.settling)))
        let acme = try #require(try await store.claimDay(at: now))
        #expect(early.tenant == "acme" && early.start == acme.start && early.lease != acme.lease, "whoever was at it let its lease run out")
        #expect(acme.tenant == "acme" && acme.start == midnight.adding(seconds: -86_400) && acme.next == midnight)
        let beta = try #require(try await store.claimDay(at: now))
        #expect(beta.tenant == "beta" && beta.lease != acme.lease)
        #expect(try await store.gather(beta, at: now))
        #expect(try await store.policyDomains(of: beta, after: nil, limit: 10).isEmpty)
        #expect(try await store.finish(beta, at: now))

        try await whatADayHolds(acme, last: last.map(\.id).max())
        try await whoeverIsTooSlow(acme)
    }

    private func whatADayHolds(_ acme: ClaimedDay, last: VerdictID?) async throws {
        #expect(try await store.gather(acme, at: now))
        #expect(try await store.gather(acme, at: now), "again does no harm")
        #expect(try await store.policyDomains(of: acme, after: nil, limit: 10) == ["example.org", "forged.example", "many.example", "other.example"])
        #expect(try await store.policyDomains(of: acme, after: nil, limit: 1) == ["example.org"])
        #expect(try await store.policyDomains(of: acme, after: "example.org", limit: 10) == ["forged.example", "many.example", "other.example"])
        let results = try await store.results(of: acme, policyDomain: "example.org", limit: 10)
        #expect(results.map(\.count) == [3, 1] && results.map(\.clientIP.description) == ["192.0.2.1", "2001:db8::1"] && results.map(\.action) == [.accept, .reject])
        #expect(results.first?.last == last && results.first?.envelopeFrom == "example.org" && results.first?.envelopeTo == "example.net")
        #expect(results.last?.outcome.result == .fail && results.last?.outcome.policyDomain == "example.org")
        #expect(results.map(\.override) == [nil, .init(type: "local_policy", comment: "sealed")])
        #expect(try await store.results(of: acme, policyDomain: "example.org", limit: 1).count == 1)
        #expect(try await store.results(of: acme, policyDomain: "forged.example", limit: 10).count == 3)
        #expect(try await store.results(of: acme, policyDomain: "many.example", limit: 10).map(\.count) == [ReportPacing.loopMailboxes + 1], "alike, whoever it went to")
        let other = try #require(try await store.results(of: acme, policyDomain: "other.example", limit: 10).first)
        #expect(other.envelopeFrom == nil && other.envelopeTo == nil && other.count == 1)
    }

    private func whoeverIsTooSlow(_ acme: ClaimedDay) async throws {
        let later = now.adding(seconds: pacing.lease + 1)
        #expect(try await store.claimDay(at: now) == nil)
        let again = try #require(try await store.claimDay(at: later))
        #expect(again.tenant == "acme" && again.start == acme.start && again.lease != acme.lease)
        #expect(try await store.gather(acme, at: later) == false)
        #expect(try await store.keep([report("r1")], of: acme, at: later) == nil)
        #expect(try await store.finish(acme, at: later) == false)

        #expect(try await store.gather(again, at: later))
        #expect(try await store.policyDomains(of: again, after: nil, limit: 10) == ["example.org", "forged.example", "many.example", "other.example"])
        #expect(try await store.keep([report("r1"), report("r1b", to: "B@example.org"), report("r1c", to: "b@EXAMPLE.org")], of: again, at: later) == 2)
        #expect(try await store.keep([report("r2"), report("r3", domain: "other.example")], of: again, at: later) == 1)
        #expect(try await store.keep([report("r5", to: "mailto:a%00b@\u{0}", domain: "refused.example", refusal: "a NUL: \u{0}")], of: again, at: later) == 1)
        let refused = try #require(try await store.reports(matching: { var filter = ReportFilter(); filter.policyDomain = "refused.example"; return filter }(), before: nil, limit: 10).first)
        #expect(refused.state == .withheld && refused.lastReply.hasPrefix("a NUL: ") && refused.endedAt == later && refused.attempts == 0)
        await #expect(throws: StoreTrouble.self) { try await store.keep([report("r4", octets: ReportPacing.documentLimit + 1, domain: "huge.example")], of: again, at: later) }
        #expect(try await store.finish(again, at: later))
        #expect(try await store.finish(again, at: later) == false)
        #expect(try await store.claimDay(at: later.adding(seconds: pacing.lease * 2)) == nil)
        let kept = try await store.reports(matching: ReportFilter(), before: nil, limit: 10).filter { $0.id != refused.id }
        #expect(Set(kept.map(\.reportID)) == ["r1", "r1b", "r3"] && kept.allSatisfy { $0.state == .pending && $0.attempts == 0 && $0.tenant == "acme" && $0.createdAt == later && $0.endedAt == nil })
        for row in kept {
            let claimed = try await claimAll(at: later)
            for one in claimed { _ = try await store.finish(one, .withheld("done with"), at: later) }
            #expect(try await store.report(row.id, tenant: "acme")?.row.state == .withheld)
        }
    }

    private func ofManyNodesOneMakesADay() async throws {
        let yesterday = now.adding(seconds: -43_260)
        for place in 0..<6 { try await judge(try record("many-\(place)", yesterday)) }
        let store = store, now = now
        let claimed = try await withThrowingTaskGroup(of: ClaimedDay?.self) { group in
            for _ in 0..<24 { group.addTask { try await store.claimDay(at: now) } }
            return try await group.reduce(into: [ClaimedDay]()) { if let day = $1 { $0.append(day) } }
        }
        #expect(Set(claimed.map(\.tenant)).count == claimed.count)
        var rest = claimed
        while let day = try await store.claimDay(at: now) { rest.append(day) }
        #expect(Set(rest.map(\.tenant)) == Set((0..<6).map { "many-\($0)" }) && rest.count == 6)
        for day in rest { #expect(try await store.finish(day, at: now)) }
    }

    // MARK: - Reports

    func report(_ id: String, to destination: String = "dmarc@example.org", octets: Int = 3, domain: String = "example.org", of organization: String = "example.org", delay: Int = 0, refusal: String? = nil) -> NewReport {
        NewReport(policyDomain: domain, begin: now.adding(seconds: -129_600), end: now.adding(seconds: -43_201), destination: destination, reportID: id,
                  document: [0, 0x1f, 255] + [UInt8](repeating: 7, count: max(0, octets - 3)), organization: organization, delay: delay, refusal: refusal)
    }

    /// Puts reports into the outbox, by way of a day of a tenant of their own.
    func fill(_ tenant: String, _ reports: [NewReport], at time: Timestamp) async throws {
        try await judge(try record(tenant, now.adding(seconds: -43_300)))
        let day = try #require(try await store.claimDay(at: time))
        #expect(day.tenant == tenant)
        #expect(try await store.keep(reports, of: day, at: time) == reports.count)
        #expect(try await store.finish(day, at: time))
    }

    func claimAll(at time: Timestamp) async throws -> [ClaimedReport] { try await store.claim(limit: 1000, at: time).reports }

    func row(_ id: VerdictID) async throws -> ReportRow { try #require(try await store.report(id, tenant: nil)).row }

    private func reportsAreSentOnce() async throws {
        let reports = (0..<30).map { report("once-\($0)", domain: "d\($0).example") }
        try await fill("once", reports, at: now)
        let store = store, now = now
        let claimed = try await withThrowingTaskGroup(of: [ClaimedReport].self) { group in
            for _ in 0..<8 { group.addTask { try await store.claim(limit: 5, at: now).reports } }
            return try await group.reduce(into: []) { $0 += $1 }
        } + (try await claimAll(at: now))
        #expect(claimed.count == 30 && Set(claimed.map(\.row.id)).count == 30)
        for one in claimed {
            #expect(try await store.begin(one, at: now) == [0, 0x1f, 255])
            #expect(try await store.begin(one, at: now) == nil, "once")
            #expect(try await store.finish(one, .sent("250 2.0.0 ok (content)"), at: now))
            #expect(try await store.finish(one, .sent("again"), at: now) == false)
        }
        let sent = try await row(claimed[0].row.id)
        #expect(sent.state == .sent && sent.attempts == 1 && sent.endedAt == now && sent.lastReply == "250 2.0.0 ok (content)")
        #expect(try await claimAll(at: now.adding(seconds: 86_400 * 30)).isEmpty)
        #expect(try await store.standing(since: now) == OutboxStanding(waiting: 0, wentOut: 30), "what is withheld did not go out")
        #expect(try await store.standing(since: now.adding(seconds: 1)).wentOut == 0)
    }

    private func whatVanishedIsNotSentAgain() async throws {
        try await fill("vanish", [report("v1"), report("v2", domain: "v2.example")], at: now)
        let claimed = try await claimAll(at: now)
        let went = try #require(claimed.first), stayed = try #require(claimed.last)
        #expect(try await store.finish(went, .sent("it was not begun"), at: now) == false)
        #expect(try await store.begin(went, at: now) != nil)
        let later = now.adding(seconds: pacing.lease + 1), claim = try await store.claim(limit: 10, at: later), again = claim.reports
        #expect(claim.ended.map(\.id) == [went.row.id] && claim.ended[0].state == .unknown && claim.ended[0].lastReply == "who sent it did not say what became of it", "and that is told")
        #expect(again.map(\.row.id) == [stayed.row.id], "what was begun is not claimed again")
        #expect(try await row(went.row.id).state == .unknown)
        #expect(try await store.begin(stayed, at: later) == nil, "it is another's by now")
        #expect(try await store.finish(stayed, .later(later, "x"), at: later) == false)
        #expect(try await store.finish(went, .sent("too late"), at: later) == false)
        let second = try #require(again.first)
        #expect(try await store.begin(second, at: later) != nil)
        #expect(try await store.finish(second, .unknown("no answer"), at: later))
        #expect(try await claimAll(at: later.adding(seconds: 86_400)).isEmpty)
        // A person may decide otherwise.
        #expect(try await store.retry(went.row.id, tenant: "other", at: later) == false)
        #expect(try await store.retry(went.row.id, tenant: "vanish", at: later))
        #expect(try await store.retry(went.row.id, tenant: nil, at: later) == false)
        let third = try #require(try await claimAll(at: later).first)
        #expect(third.row.id == went.row.id && third.row.reportID == went.row.reportID && third.row.attempts == 1)
        #expect(try await store.begin(third, at: later) != nil)
        #expect(try await store.finish(third, .sent("ok"), at: later))
    }

    private func whatIsPutOffComesBack() async throws {
        try await fill("later", [report("l1")], at: now)
        var time = now
        for attempt in 1...3 {
            let one = try #require(try await claimAll(at: time).first)
            #expect(try await store.begin(one, at: time) != nil)
            let next = time.adding(seconds: 600)
            #expect(try await store.finish(one, .later(next, "451 later"), at: time))
            let row = try await row(one.row.id)
            #expect(row.state == .pending && row.attempts == attempt && row.nextAttempt == next && row.lastReply == "451 later" && row.endedAt == nil)
            #expect(try await claimAll(at: next.adding(seconds: -1)).isEmpty)
            time = next
        }
        let one = try #require(try await claimAll(at: time).first)
        #expect(try await store.finish(one, .later(time, "the program ends"), at: time), "given back without an attempt")
        let again = try #require(try await claimAll(at: time).first)
        #expect(again.row.attempts == 3)
        #expect(try await store.begin(again, at: time) != nil)
        #expect(try await store.finish(again, .failed("given up", suppresses: false), at: time))
        #expect(try await store.destinations(tenant: "later").isEmpty)
    }

    private func destinationsThatRefuse() async throws {
        try await fill("refuse", [report("f1", to: "Full@example.org"), report("f2", to: "full@EXAMPLE.org", domain: "f2.example"), report("f3", to: "fine@example.org", domain: "f3.example")], at: now)
        let claimed = try await store.claim(limit: 2, at: now).reports
        let one = try #require(claimed.first { $0.row.reportID != "f3" })
        for each in claimed where each != one { #expect(try await store.finish(each, .later(now, "given back"), at: now)) }
        #expect(try await store.begin(one, at: now) != nil)
        #expect(try await store.finish(one, .failed("550 no such user", suppresses: true), at: now))
        let claim = try await store.claim(limit: 1000, at: now), rest = claim.reports
        #expect(rest.map(\.row.reportID) == ["f3"])
        var filter = ReportFilter()
        filter.tenant = "refuse"
        filter.state = .withheld
        let withheld = try await store.reports(matching: filter, before: nil, limit: 10)
        #expect(withheld.count == 1 && withheld[0].lastReply == "the destination takes no reports: 550 no such user" && withheld[0].attempts == 0 && claim.ended == withheld)
        #expect(try await store.claim(limit: 1000, at: now).ended.isEmpty, "told once")
        let until = now.adding(seconds: pacing.suppression(after: 1))
        #expect(try await store.destinations(tenant: "refuse") == [ReportDestination(tenant: "refuse", destination: "full@example.org", refusals: 1, suppressedUntil: until, reason: "550 no such user")])
        #expect(try await store.destinations(tenant: "other").isEmpty)
        // Every refusal counts, and longer.
        for refusals in 2...6 {
            try await store.suppress("FULL@example.org", tenant: "refuse", reason: "bounce", at: now)
            #expect(try await store.destinations(tenant: nil).map(\.suppressedUntil) == [now.adding(seconds: pacing.suppression(after: refusals))])
        }
        #expect(try await store.retry(withheld[0].id, tenant: "refuse", at: now))
        #expect(try await claimAll(at: now).isEmpty, "it is withheld again")
        #expect(try await store.permit("full@Example.org", tenant: "refuse"))
        #expect(try await store.permit("full@Example.org", tenant: "refuse") == false)
        #expect(try await store.retry(withheld[0].id, tenant: "refuse", at: now))
        let free = try #require(try await claimAll(at: now).first)
        try await store.suppress(free.row.destination, tenant: "refuse", reason: "meanwhile", at: now)
        #expect(try await store.begin(free, at: now) != nil)
        #expect(try await store.finish(free, .sent("ok"), at: now))
        #expect(try await store.destinations(tenant: nil).isEmpty, "it took one")
        for one in rest { #expect(try await store.finish(one, .withheld("a blocklist names it"), at: now)) }
    }

    private func pagesAndFilters() async throws {
        for place in 0..<5 { try await fill("page-\(place)", [report("p\(place)", domain: "page.example")], at: now.adding(seconds: place)) }
        var filter = ReportFilter()
        filter.policyDomain = "page.example"
        let all = try await store.reports(matching: filter, before: nil, limit: 10)
        #expect(all.map(\.reportID) == ["p4", "p3", "p2", "p1", "p0"])
        #expect(try await store.reports(matching: filter, before: nil, limit: 2) == Array(all.prefix(2)))
        #expect(try await store.reports(matching: filter, before: all[1].id, limit: 2) == Array(all[2...3]))
        filter.tenant = "page-3"
        #expect(try await store.reports(matching: filter, before: nil, limit: 10) == [all[1]])
        filter.state = .sent
        #expect(try await store.reports(matching: filter, before: nil, limit: 10).isEmpty)
        #expect(try await store.report(all[0].id, tenant: "page-4")?.document == [0, 0x1f, 255])
        #expect(try await store.report(all[0].id, tenant: "page-3") == nil)
        #expect(try await store.report(VerdictID(at: now), tenant: nil) == nil)
    }

    private func whatIsOldGoes() async throws {
        try await store.suppress("x@example.org", tenant: "old", reason: "x", at: now)
        let before = try await store.reports(matching: ReportFilter(), before: nil, limit: 1000).count
        #expect(try await store.remove(endedBefore: now.adding(seconds: -1)) == 0)
        #expect(try await store.reports(matching: ReportFilter(), before: nil, limit: 1000).count == before)
        #expect(try await store.remove(endedBefore: now.adding(seconds: 86_400 * 365)) == before)
        #expect(try await store.reports(matching: ReportFilter(), before: nil, limit: 1000).isEmpty)
        #expect(try await store.destinations(tenant: nil).isEmpty)
    }
}
