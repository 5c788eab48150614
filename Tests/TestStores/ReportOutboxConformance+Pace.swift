import Testing
import Verdicts

extension ReportOutboxConformance {
    /// User pain: the reports of one sender's many domains filled the hour, and nobody else's went out.
    func organizationsTakeTurns() async throws {
        let many = (0..<5).map { report("many-\($0)", to: "m\($0)@many.example", domain: "d\($0).many.example", of: "many.example") }
        try await fill("turns", many + [report("few", to: "r@zz.example", domain: "zz.example", of: "zz.example"), report("late", to: "late@zz.example", domain: "late.example", of: "late.example", delay: 60)], at: now)
        let time = now.adding(seconds: 3600)
        func next(_ time: Timestamp) async throws -> String? {
            guard let one = try await store.claim(limit: 1, at: time).reports.first else { return nil }
            #expect(try await store.begin(one, at: time) != nil)
            #expect(try await store.finish(one, .sent("250 ok (content)"), at: time))
            return String(one.row.reportID.prefix(4))
        }
        var turns: [String] = []
        while let id = try await next(now.adding(seconds: 30)) { turns.append(id) }
        #expect(turns.count == 6 && Set(turns.prefix(2)) == ["many", "few"] && turns.dropFirst(2).allSatisfy { $0 == "many" }, "\(turns)")
        #expect(try await next(time) == "late", "not before its delay is over")
    }

    /// Two reports do not go to one mailbox at once, nor one soon after the other, whosoever they are about; those to others are not held up.
    package func oneMailboxAtATime() async throws {
        try await fill("pace", [report("p1", to: "Vendor@example.org"), report("p2", to: "vendor@EXAMPLE.org", domain: "p2.example"), report("p3", to: "other@example.org", domain: "p3.example")], at: now)
        let claimed = try await claimAll(at: now)
        #expect(claimed.count == 3, "nothing went there yet")
        let first = try #require(claimed.first { $0.row.reportID == "p1" })
        #expect(try await store.begin(first, at: now) != nil)
        for each in claimed where each != first { #expect(try await store.finish(each, .later(now, "given back"), at: now)) }
        let others = try await claimAll(at: now)
        #expect(others.map(\.row.reportID) == ["p3"], "one is on its way there")
        #expect(try await store.finish(others[0], .withheld("not now"), at: now))
        #expect(try await store.finish(first, .sent("250 ok (content)"), at: now))
        #expect(try await claimAll(at: now.adding(seconds: pacing.betweenSame - 1)).isEmpty)
        let second = try #require(try await claimAll(at: now.adding(seconds: pacing.betweenSame)).first)
        #expect(second.row.reportID == "p2")
    }
}
