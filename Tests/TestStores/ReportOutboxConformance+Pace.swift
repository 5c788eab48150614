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
        let first = try #require(claimed.first { $0.row.reportID != "p3" }), other = try #require(claimed.first { $0.row.reportID == "p3" })
        #expect(claimed.count == 2, "one to each")
        #expect(try await claimAll(at: now).isEmpty, "who claimed it may be about to send it")
        #expect(try await store.finish(first, .later(now, "given back"), at: now))
        let second = try #require(try await claimAll(at: now).first)
        #expect(Set([first.row.reportID, second.row.reportID]) == ["p1", "p2"], "what was put off comes last")
        #expect(try await store.begin(second, at: now) != nil)
        #expect(try await store.finish(other, .later(now, "given back"), at: now))
        let others = try await claimAll(at: now)
        #expect(others.map(\.row.reportID) == ["p3"], "one is on its way there")
        #expect(try await store.finish(try #require(others.first), .withheld("not now"), at: now))
        #expect(try await store.finish(second, .sent("250 ok (content)"), at: now))
        #expect(try await claimAll(at: now.adding(seconds: pacing.betweenSame - 1)).isEmpty)
        let last = try #require(try await claimAll(at: now.adding(seconds: pacing.betweenSame)).first)
        #expect(last.row.reportID == first.row.reportID)
    }

    /// User pain: two nodes that asked at once got a report each for one mailbox, and sent both in the same second.
    package func ofManyNodesOneSendsToAMailbox() async throws {
        let start = now.adding(seconds: 86_400 * 2), store = store
        for round in 0..<10 {
            let time = start.adding(seconds: round * 3600)
            try await fill("race-\(round)", (0..<6).map { report("race-\(round)-\($0)", to: "vendor-\(round)@example.org", domain: "d\($0).example", of: "d\($0).example") }, at: now)
            let claimed = try await withThrowingTaskGroup(of: [ClaimedReport].self) { group in
                for _ in 0..<6 { group.addTask { try await store.claim(limit: 1, at: time).reports } }
                return try await group.reduce(into: []) { $0 += $1 }
            }.filter { $0.row.tenant == "race-\(round)" }
            #expect(claimed.count == 1, "\(claimed.map(\.row.reportID))")
            for one in claimed {
                #expect(try await store.begin(one, at: time.adding(seconds: pacing.lease + 1)) == nil, "it may be another's by then")
                #expect(try await store.begin(one, at: time) != nil)
                #expect(try await store.finish(one, .sent("250 ok (content)"), at: time))
            }
            #expect(try await claimAll(at: time.adding(seconds: pacing.betweenSame - 1)).isEmpty)
            for left in try await store.reports(matching: ReportFilter(), before: nil, limit: 1000) where left.state == .pending {
                let one = try #require(try await store.claim(limit: 1, at: time.adding(seconds: pacing.betweenSame)).reports.first, "\(left.reportID)")
                #expect(try await store.finish(one, .withheld("the round is over"), at: time))
            }
        }
    }
}
