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

    /// User pain: where a destination names a report's own mailbox and others, the others got nothing.
    func whatIsSentOnStaysWhereItIsNamed() async throws {
        try await fill("beside", [report("w1", to: "Own@vendor.example")], at: now)
        let own = try #require(try await claimAll(at: now).first)
        #expect(try await store.redirect(own, to: ["new@vendor.example", "own@VENDOR.example"], reason: "x", at: now))
        #expect(try await row(own.row.id) == own.row, "it stays as it is")
        let new = try #require(try await claimAll(at: now).first)
        #expect(new.row.destination == "new@vendor.example" && new.row.reportID == "w1")
        #expect(try await store.redirect(own, to: ["NEW@vendor.example", "own@vendor.example"], reason: "x", at: now), "the claim is the caller's still")
        #expect(try await claimAll(at: now).isEmpty, "each once")
        #expect(try await store.finish(new, .withheld("a blocklist names it"), at: now))
        #expect(try await store.redirect(own, to: ["new@vendor.example", "own@vendor.example"], reason: "x", at: now))
        #expect(try await claimAll(at: now.adding(seconds: pacing.firstPause)).isEmpty, "what is withheld stays so, for one gets it")
        #expect(try await store.begin(own, at: now) != nil)
        #expect(try await store.finish(own, .sent("250 ok (content)"), at: now))
    }

    /// User pain: while a destination's new address was known to one resolver and not to another, each sent a report on to the address that the other had sent it from, and nobody got it.
    func whatIsSentOnAndBackIsNotLost() async throws {
        try await fill("flap", [report("f1", to: "old@vendor.example")], at: now)
        let old = try #require(try await claimAll(at: now).first)
        #expect(try await store.redirect(old, to: ["new@vendor.example"], reason: "it moved", at: now))
        let new = try #require(try await claimAll(at: now).first)
        #expect(try await store.redirect(new, to: ["OLD@vendor.example"], reason: "it did not", at: now))
        let next = now.adding(seconds: pacing.firstPause)
        #expect(try await row(old.row.id).state == .pending)
        #expect(try await row(new.row.id).state == .withheld)
        #expect(try await claimAll(at: next.adding(seconds: -1)).isEmpty, "not back and forth at once")
        let again = try #require(try await claimAll(at: next).first)
        #expect(again.row.id == old.row.id && again.row.nextAttempt == next && again.row.createdAt == now && again.row.endedAt == nil)
        #expect(try await store.redirect(again, to: ["new@vendor.example"], reason: "it moved", at: next))
        let last = now.adding(seconds: pacing.giveUpAfter), late = try #require(try await claimAll(at: last).first)
        #expect(late.row.id == new.row.id)
        #expect(try await store.redirect(late, to: ["old@vendor.example"], reason: "it did not", at: last))
        #expect(try await claimAll(at: last.adding(seconds: 86_400)).isEmpty, "not for ever")
        // Who got it gets it once.
        try await fill("flop", [report("f2", to: "old@vendor.example"), report("f2", to: "new@vendor.example")], at: now)
        let both = try await claimAll(at: now), one = try #require(both.first), other = try #require(both.last)
        #expect(try await store.begin(one, at: now) != nil)
        #expect(try await store.finish(one, .sent("250 ok (content)"), at: now))
        #expect(try await store.redirect(other, to: [one.row.destination], reason: "it moved", at: now))
        #expect(try await claimAll(at: last).isEmpty)
    }

    /// User pain: of a report's places a host with ever new addresses took those of all others.
    func everyHostHasItsPlaces() async throws {
        try await fill("greed", [report("g1", to: "r@greedy.example"), report("g1", to: "r@modest.example")], at: now)
        let claimed = try await claimAll(at: now), modest = try #require(claimed.first { $0.row.destination == "r@modest.example" })
        var greedy = try #require(claimed.first { $0.row.destination == "r@greedy.example" })
        for round in 0..<5 {
            #expect(try await store.redirect(greedy, to: (0..<16).map { "r\(round)-\($0)@greedy.example" }, reason: "again", at: now))
            guard let next = try await store.claim(limit: 1, at: now).reports.first else { break }
            greedy = next
        }
        #expect(try await store.redirect(modest, to: (0..<16).map { "n\($0)@MODEST.example" }, reason: "it moved", at: now))
        let all = { var filter = ReportFilter(); filter.tenant = "greed"; return filter }()
        let rows = try await store.reports(matching: all, before: nil, limit: 1000)
        #expect(rows.count { $0.destination.lowercased().hasSuffix("@modest.example") } == 17)
        #expect(rows.count { $0.destination.hasSuffix("@greedy.example") } == ReportPacing.addressesLimit / 2)
        for left in try await claimAll(at: now) { #expect(try await store.finish(left, .withheld("done with"), at: now)) }
        _ = try await store.finish(greedy, .withheld("done with"), at: now)
    }
}
