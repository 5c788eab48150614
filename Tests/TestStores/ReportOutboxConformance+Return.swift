import Testing
import Verdicts

extension ReportOutboxConformance {
    /// What went out can come back, once; what did not go out cannot.
    func aReportComesBackOnce() async throws {
        try await fill("back", [report("b1", to: "Back@example.org")], at: now)
        let one = try #require(try await claimAll(at: now).first), id = one.row.id
        #expect(try await store.comesBack(id, tenant: "back", reason: "x", at: now) == nil)
        #expect(try await store.begin(one, at: now) != nil)
        #expect(try await store.comesBack(id, tenant: "back", reason: "x", at: now) == nil)
        #expect(try await store.finish(one, .sent("250 ok (content)"), at: now))
        let later = now.adding(seconds: 3600)
        #expect(try await store.comesBack(id, tenant: "other", reason: "x", at: later) == nil)
        let back = try #require(try await store.comesBack(id, tenant: "back", reason: "bounced: x", at: later))
        #expect(back.id == id && back.state == .failed && back.lastReply == "bounced: x" && back.endedAt == now)
        #expect(try await row(id) == back)
        #expect(try await store.comesBack(id, tenant: "back", reason: "y", at: later) == nil, "once")
        #expect(try await store.destinations(tenant: "back")
                == [ReportDestination(tenant: "back", destination: "back@example.org", refusals: 1, suppressedUntil: later.adding(seconds: pacing.suppression(after: 1)), reason: "bounced: x")])
        #expect(try await store.permit("back@example.org", tenant: "back"))
    }

    /// A report whose destination names other mailboxes goes there, once each, and never where it was to go.
    func whatIsSentOn() async throws {
        try await fill("onward", [report("o1", to: "old@vendor.example"), report("o1", to: "Known@vendor.example")], at: now)
        let later = now.adding(seconds: 600), claimed = try await claimAll(at: later)
        let old = try #require(claimed.first { $0.row.destination == "old@vendor.example" })
        #expect(try await store.redirect(ClaimedReport(row: old.row, lease: VerdictID(at: now)), to: ["x@vendor.example"], reason: "x", at: later) == false, "it is another's")
        #expect(try await store.redirect(old, to: ["in@vendor.example", "known@VENDOR.example", "IN@vendor.example"], reason: "it moved", at: later))
        #expect(try await store.redirect(old, to: ["y@vendor.example"], reason: "x", at: later) == false, "once")
        #expect(try await store.begin(old, at: later) == nil)
        let before = try await row(old.row.id)
        #expect(before.state == .withheld && before.lastReply == "it moved" && before.endedAt == later && before.attempts == 0)
        for each in claimed where each != old { #expect(try await store.finish(each, .withheld("done with"), at: later)) }
        let new = try #require(try await claimAll(at: later).first)
        #expect(new.row.destination == "in@vendor.example" && new.row.reportID == "o1" && new.row.tenant == "onward" && new.row.id != old.row.id && new.row.createdAt == now)
        #expect(new.row.policyDomain == old.row.policyDomain && new.row.begin == old.row.begin && new.row.end == old.row.end && new.row.attempts == 0 && new.row.lastReply.isEmpty)
        #expect(try await store.begin(new, at: later) == [0, 0x1f, 255])
        #expect(try await store.finish(new, .sent("250 ok (content)"), at: later))
        #expect(try await claimAll(at: later).isEmpty)
        // A destination that names others for ever.
        #expect(try await store.retry(old.row.id, tenant: nil, at: later))
        var last = try #require(try await claimAll(at: later).first)
        for round in 0..<100 {
            #expect(try await store.redirect(last, to: (0..<50).map { "r\(round)-\($0)@vendor.example" }, reason: "again", at: later))
            guard let next = try await store.claim(limit: 1, at: later).reports.first else { break }
            last = next
        }
        let all = { var filter = ReportFilter(); filter.tenant = "onward"; return filter }()
        #expect(try await store.reports(matching: all, before: nil, limit: 1000).count == ReportPacing.addressesLimit)
        #expect(try await store.reports(matching: all, before: nil, limit: 1000).allSatisfy { $0.state == .withheld || $0.state == .sent })
    }
}
