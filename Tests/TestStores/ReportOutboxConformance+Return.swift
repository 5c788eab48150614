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
}
