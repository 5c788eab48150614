internal import Cryptography
package import DMARC
package import DNS
package import Verdicts

/// Makes the aggregate report of a policy domain's day: the same one whenever it is made of the same results.
/// Source: RFC 9990 §3.1.
package struct ReportMaker: Sendable {
    package let reporter: Reporter

    package init(reporter: Reporter) { self.reporter = reporter }

    /// The report, and the record that was in force last, which says where it goes.
    /// - Parameters:
    ///   - results: those of the policy domain.
    ///   - isCut: there were more.
    /// - Returns: nil where there is nothing to report, or nobody asks for it any more.
    package func report(of domain: DomainName, day: ClaimedDay, results: [CountedResult], isCut: Bool = false) -> (report: AggregateReport, record: DMARCRecord)? {
        // RFC 9990 §3.1.1.6: a policy that changed within the period is told as it was last.
        guard let latest = results.max(by: { $0.last < $1.last }), let record = latest.outcome.record.flatMap({ DMARCRecord(Array($0.utf8)) }),
              !(record.aggregateURIs.isEmpty && record.refusedURIs.isEmpty) else { return nil }
        let policy = Self.published(record, domain)
        let asked = [policy.request, policy.subdomainRequest, policy.absentRequest].compactMap { $0?.rawValue }
        let records = Self.joined(results.compactMap { AggregateReport.Record($0, asked: asked) })
        guard !records.isEmpty else { return nil }
        let metadata = AggregateReport.Metadata(
            organization: reporter.organization, email: reporter.email, extraContact: reporter.extraContact, reportID: reportID(of: domain, day),
            begin: day.start.seconds, end: day.next.seconds - 1, error: isCut ? "only the most frequent results are reported" : nil, generator: reporter.generator)
        return (AggregateReport(metadata: metadata, policy: policy, records: records), record)
    }

    /// Letters and digits only, so that it may stand in file names and Message-IDs.
    private func reportID(of domain: DomainName, _ day: ClaimedDay) -> String {
        let names = [reporter.host.text, day.tenant, domain.text, String(day.start.seconds)]
        return SHA256.digest(Array(names.map { "\($0.utf8.count):\($0)" }.joined().utf8)).prefix(16).hexadecimal
    }

    private static func published(_ record: DMARCRecord, _ domain: DomainName) -> AggregateReport.Policy {
        func request(_ policy: DMARCPolicy) -> AggregateReport.Request {
            switch policy { case .none: .none; case .quarantine: .quarantine; case .reject: .reject }
        }
        func mode(_ mode: DMARCAlignmentMode) -> AggregateReport.Alignment { mode == .strict ? .strict : .relaxed }
        return AggregateReport.Policy(
            domain: domain.text, discovery: .treeWalk, request: request(record.policy), subdomainRequest: record.subdomainPolicy.map(request),
            absentRequest: record.nonexistentPolicy.map(request), dkimAlignment: mode(record.dkimMode), spfAlignment: mode(record.spfMode),
            failureOptions: record.failureOptions.text, isTesting: record.isTesting)
    }

    /// Results that differ only in what a report does not tell are one record.
    private static func joined(_ records: [AggregateReport.Record]) -> [AggregateReport.Record] {
        var places: [AggregateReport.Record: Int] = [:], joined: [AggregateReport.Record] = []
        for record in records {
            var key = record
            key.count = 0
            if let place = places[key] {
                let (sum, overflow) = joined[place].count.addingReportingOverflow(record.count)
                joined[place].count = overflow ? .max : sum
            } else {
                places[key] = joined.count
                joined.append(record)
            }
        }
        return joined
    }
}
