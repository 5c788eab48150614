import Foundation
import Testing
package import Verdicts

/// What every place where received reports are kept must do.
/// - Parameter store: an empty one.
package func checkReceivedReports(_ store: some ReceivedReportStore) async throws {
    let now = Timestamp(microseconds: 1_795_428_000_123_456)
    func report(_ place: Int, tenant: String = "acme", kind: ReceivedReport.Kind = .aggregate, organization: String = "google.com", reportID: String = "1", domain: String = "example.org") -> ReceivedReport {
        ReceivedReport(id: VerdictID(at: now.adding(seconds: place)), tenant: tenant, kind: kind, organization: organization, reportID: reportID, domain: domain,
                       begin: now.adding(seconds: -86_400), end: now, receivedAt: now.adding(seconds: place), summary: Array(#"{"messages": 3, "word": "ü"}"#.utf8), document: [0, 255, 0x1f])
    }
    #expect(try await store.reports(matching: ReceivedReportFilter(), before: nil, limit: 10).isEmpty)
    let first = report(0)
    #expect(try await store.keep(first) == nil)
    #expect(try await store.keep(report(1)) == first.id, "it came a second time")
    let others = [report(2, tenant: "beta"), report(3, kind: .tls), report(4, organization: "Google \u{1f6aa}"), report(5, reportID: "2' OR true"), report(6, domain: "example.net")]
    for one in others { #expect(try await store.keep(one) == nil) }
    for one in [first] + others {
        let kept = try #require(try await store.report(one.id, tenant: one.tenant))
        #expect(try JSONSerialization.jsonObject(with: Data(kept.summary)) as? NSDictionary == JSONSerialization.jsonObject(with: Data(one.summary)) as? NSDictionary)
        var same = kept
        same.summary = one.summary
        #expect(same == one)
    }
    #expect(try await store.report(first.id, tenant: "beta") == nil)
    #expect(try await store.report(first.id, tenant: nil) != nil)

    func ids(_ before: VerdictID? = nil, limit: Int = 10, _ change: (inout ReceivedReportFilter) -> Void) async throws -> [VerdictID] {
        var filter = ReceivedReportFilter()
        change(&filter)
        let found = try await store.reports(matching: filter, before: before, limit: limit)
        #expect(found.allSatisfy { $0.document.isEmpty })
        return found.map(\.id)
    }
    #expect(try await ids { _ in } == ([first] + others).map(\.id).reversed())
    #expect(try await ids(others[2].id, limit: 2) { _ in } == [others[1].id, others[0].id])
    #expect(try await ids { $0.tenant = "beta" } == [others[0].id])
    #expect(try await ids { $0.kind = .tls } == [others[1].id])
    #expect(try await ids { $0.domain = "example.net"; $0.tenant = "acme" } == [others[4].id])
    #expect(try await ids { $0.domain = "example.net"; $0.since = now; $0.until = now } == [others[4].id])
    #expect(try await ids { $0.since = now.adding(seconds: 1) }.isEmpty)
    #expect(try await ids { $0.until = now.adding(seconds: -86_400) }.isEmpty)

    // The same one at many places at the same moment.
    let kept = try await withThrowingTaskGroup(of: VerdictID?.self) { group in
        for place in 0..<8 { let one = report(20 + place, reportID: "crowd"); group.addTask { try await store.keep(one) } }
        return try await group.reduce(into: [VerdictID?]()) { $0.append($1) }
    }
    #expect(kept.count { $0 == nil } == 1 && Set(kept.compactMap { $0 }).count == 1)

    var huge = report(30, reportID: "huge")
    huge.document = [UInt8](repeating: 0, count: ReportPacing.documentLimit + 1)
    let tooLarge = huge
    await #expect(throws: StoreTrouble.self) { try await store.keep(tooLarge) }
    #expect(try await store.remove(receivedBefore: now.adding(seconds: 3)) == 2)
    #expect(try await store.report(first.id, tenant: nil) == nil)
    #expect(try await store.keep(first) == nil, "what was removed is not known")
    #expect(try await store.remove(receivedBefore: now.adding(seconds: 3600)) == 6)
}
