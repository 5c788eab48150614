import DMARC
import Reporting
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite struct DayReportsTests {
    @Test func oneDay() async throws {
        let bench = ReportBench()
        bench.resolver.txt("away.test._report._dmarc.vendor.test", "v=DMARC1; rua=mailto:in@vendor.test,mailto:more@vendor.test")
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test,mailto:b@home.test,mailto:A@home.test,https://home.test/x")
        try bench.judge("away.test", record: "v=DMARC1; p=reject; rua=mailto:a@vendor.test")
        try bench.judge("stranger.test", record: "v=DMARC1; p=reject; rua=mailto:a@victim.test")
        try bench.judge("bad domain.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test")
        try bench.judge("quiet.test", record: "v=DMARC1; p=reject")
        try bench.judge("report.test", record: "v=DMARC1; p=reject; rua=mailto:a@report.test") { $0.subject = "Report Domain: a.test Submitter: b.test" }
        let made = try #require(try await bench.day().makeNext())
        #expect(made.isDone && made.new == 5 && made.faults.count == 1)
        let rows = try await bench.rows()
        #expect(Set(rows.map { "\($0.policyDomain) \($0.destination)" }) == ["home.test a@home.test", "home.test b@home.test", "away.test in@vendor.test", "away.test more@vendor.test",
                                                                          "stranger.test a@victim.test"])
        #expect(rows.allSatisfy { $0.state == .pending && $0.end.seconds - $0.begin.seconds == 86_399 })
        #expect(Set(rows.filter { $0.policyDomain == "home.test" }.map(\.reportID)).count == 1)
        #expect(try await bench.day().makeNext() == nil, "once")
    }

    @Test func eachTenantHasItsOwn() async throws {
        let bench = ReportBench()
        for tenant in ["acme", "beta"] { try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test", tenant: tenant) }
        while try await bench.day().makeNext() != nil {}
        let rows = try await bench.rows()
        #expect(Set(rows.map(\.tenant)) == ["acme", "beta"] && Set(rows.map(\.reportID)).count == 2)
    }
}
