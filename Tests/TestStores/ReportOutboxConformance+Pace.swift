import Testing
import Verdicts

extension ReportOutboxConformance {
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
