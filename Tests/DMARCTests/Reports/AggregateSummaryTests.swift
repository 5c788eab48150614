import DMARC
import DNS
import FoundationEssentials
import JSON
import Testing

@Suite struct AggregateSummaryTests {
    @Test func sourcesAreCounted() throws {
        var report = ReportSamples.current
        var more = report.records[0]
        more.source = report.records[1].source
        more.count = 40
        more.evaluated.disposition = .quarantine
        report.records.append(more)
        more.evaluated = AggregateReport.Evaluated(disposition: nil, dkim: nil, spf: .fail)
        more.count = 2
        report.records.append(more)
        let summary = report.summary
        #expect(summary.sources.map(\.address.description) == ["2001:db8::1", "192.0.2.1"])
        #expect([summary.total.messages, summary.total.passed, summary.total.failed, summary.total.untold] == [55, 52, 1, 2])
        #expect(summary.total.dispositions == ["pass": 12, "quarantine": 41])
        #expect(summary.sources[0].count.messages == 43)
        #expect(summary.sources[0].count.dispositions == ["quarantine": 41])
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let summary = ReportSamples.current.summary
        #expect(try JSONDecoder().decode(AggregateSummary.self, from: Data(jsonOctets(summary))) == summary)
        #expect(String(decoding: jsonOctets(summary), as: UTF8.self).hasPrefix(#"{"total":{"messages":13,"passed":12,"failed":1,"untold":0,"dispositions":{"pass":12,"quarantine":1}},"sources":[{"address":"192.0.2.1","count":{"messages":12"#))
    }

    @Test func sumsDoNotOverflow() {
        var report = ReportSamples.current
        report.records[0].count = .max
        report.records[1].count = .max
        report.records[1].source = report.records[0].source
        #expect(report.summary.total.messages == .max)
        #expect(report.summary.sources.map(\.count.messages) == [.max])
    }
}
