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
    // User pain: of a sender who numbers his reports by the hour, only the first day's were kept.
    var another = report(7)
    another.begin = now
    let others = [report(2, tenant: "beta"), report(3, kind: .tls), report(4, organization: "Google \u{1f6aa}"), report(5, reportID: "2' OR true"), report(6, domain: "example.net"), another]
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
    #expect(try await store.remove(receivedBefore: now.adding(seconds: 3600)) == 7)
    try await whatReportsSayTogether(store)
}

/// - Parameter store: an empty one.
private func whatReportsSayTogether(_ store: some ReceivedReportStore) async throws {
    let now = Timestamp(microseconds: 1_795_428_000_123_456)
    func keep(_ place: Int, kind: ReceivedReport.Kind = .aggregate, tenant: String = "acme", domain: String = "example.org", summary: String) async throws {
        _ = try await store.keep(ReceivedReport(id: VerdictID(at: now.adding(seconds: place)), tenant: tenant, kind: kind, organization: "o", reportID: "\(place)", domain: domain,
                                                begin: now.adding(seconds: place * 86_400), end: now.adding(seconds: place * 86_400 + 86_399), receivedAt: now, summary: Array(summary.utf8), document: []))
    }
    func count(_ messages: Int, _ passed: Int, _ failed: Int, _ done: String) -> String { #"{"messages":\#(messages),"passed":\#(passed),"failed":\#(failed),"untold":\#(messages - passed - failed),"dispositions":{\#(done)}}"# }
    func summary(_ total: String, _ sources: [(String, String)]) -> String { #"{"total":\#(total),"sources":[\#(sources.map { #"{"address":"\#($0)","count":\#($1)}"# }.joined(separator: ","))]}"# }
    #expect(try await store.sums(matching: ReceivedReportFilter(), by: .source, limit: 10).isEmpty)
    #expect(try await store.sessions(matching: ReceivedReportFilter()) == SessionSum(reports: 0, succeeded: 0, failed: 0))
    try await keep(0, summary: summary(count(5, 3, 1, #""none":4,"reject":1"#), [("192.0.2.1", count(3, 3, 0, #""none":3"#)), ("2001:db8::1", count(2, 0, 1, #""none":1,"reject":1"#))]))
    try await keep(1, summary: summary(count(4, 0, 4, #""quarantine":4"#), [("192.0.2.1", count(4, 0, 4, #""quarantine":4"#))]))
    try await keep(2, domain: "example.net", summary: summary(count(.max, 0, .max, ""), [("2001:db8::1", count(.max, 0, .max, ""))]))
    try await keep(3, tenant: "beta", summary: summary(count(1, 1, 0, #""none":1"#), [("192.0.2.1", count(1, 1, 0, #""none":1"#))]))
    try await keep(4, kind: .tls, summary: #"{"succeeded":7,"failed":2,"policies":[{"domain":"example.org","succeeded":3,"failed":1},{"domain":"two.example","succeeded":4,"failed":1}]}"#)
    try await keep(5, kind: .tls, domain: "example.net", summary: #"{"succeeded":9223372036854775807,"failed":1,"policies":[{"domain":"example.net","succeeded":9223372036854775807,"failed":1}]}"#)
    try await keep(6, kind: .failure, summary: #"{"feedback_type":"auth-failure"}"#)
    let later = ReceivedReport(id: VerdictID(at: now.adding(seconds: 7)), tenant: "acme", kind: .failure, organization: "o", reportID: "6", domain: "example.org", begin: now, end: now,
                               receivedAt: now, summary: Array("{}".utf8), document: [])
    #expect(try await store.keep(later) != nil, "a failure report has no period by which it would be another")

    var filter = ReceivedReportFilter()
    filter.tenant = "acme"
    let first = ReportSum(name: "192.0.2.1", reports: 2, messages: 7, passed: 3, failed: 4, untold: 0, dispositions: ["none": 3, "quarantine": 4])
    let second = ReportSum(name: "2001:db8::1", reports: 2, messages: .max, passed: 0, failed: .max, untold: 1, dispositions: ["none": 1, "reject": 1])
    #expect(try await store.sums(matching: filter, by: .source, limit: 10) == [second, first])
    #expect(try await store.sums(matching: filter, by: .source, limit: 1) == [second])
    #expect(try await store.sums(matching: filter, by: .domain, limit: 10).map(\.name) == ["example.net", "example.org"])
    #expect(try await store.sessions(matching: filter) == SessionSum(reports: 2, succeeded: .max, failed: 3))
    filter.domain = "example.org"
    #expect(try await store.sums(matching: filter, by: .domain, limit: 10)
            == [ReportSum(name: "example.org", reports: 2, messages: 9, passed: 3, failed: 5, untold: 1, dispositions: ["none": 4, "quarantine": 4, "reject": 1])])
    #expect(try await store.sessions(matching: filter) == SessionSum(reports: 1, succeeded: 3, failed: 1))
    filter.domain = "two.example"
    #expect(try await store.sessions(matching: filter) == SessionSum(reports: 1, succeeded: 4, failed: 1), "under whichever domain the report is kept")
    filter.domain = "example.org"
    filter.until = now.adding(seconds: 86_400)
    #expect(try await store.sums(matching: filter, by: .domain, limit: 10).map(\.messages) == [5])
    filter = ReceivedReportFilter()
    #expect(try await store.sums(matching: filter, by: .source, limit: 10).map(\.messages) == [.max, 8])
}
