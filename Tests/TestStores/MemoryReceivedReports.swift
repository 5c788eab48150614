import Foundation
import Synchronization
package import Verdicts

/// The in-memory twin of the reports that came.
package final class MemoryReceivedReports: ReceivedReportStore {
    private let kept = Mutex<[ReceivedReport]>([])

    package init() {}

    package func keep(_ report: ReceivedReport) async throws -> VerdictID? {
        guard report.document.count <= ReportPacing.documentLimit else { throw StoreTrouble.refused("too large") }
        return kept.withLock { kept in
            let earlier = kept.first {
                $0.tenant == report.tenant && $0.kind == report.kind && $0.organization == report.organization && $0.reportID == report.reportID && $0.domain == report.domain
                    && ($0.kind == .failure || $0.begin == report.begin)
            }
            if earlier == nil { kept.append(report) }
            return earlier?.id
        }
    }

    package func reports(matching filter: ReceivedReportFilter, before: VerdictID?, limit: Int) async throws -> [ReceivedReport] {
        let found = matching(filter).filter { report in (filter.kind == nil || report.kind == filter.kind) && (before.map { report.id < $0 } ?? true) }
        return found.sorted { $0.id > $1.id }.prefix(limit).map { var one = $0; one.document = []; return one }
    }

    /// The kind does not count.
    private func matching(_ filter: ReceivedReportFilter) -> [ReceivedReport] {
        kept.withLock { $0 }.filter { report in
            (filter.tenant == nil || report.tenant == filter.tenant) && (filter.domain == nil || report.domain == filter.domain)
                && (filter.since.map { report.end >= $0 } ?? true) && (filter.until.map { report.begin < $0 } ?? true)
        }
    }

    private static func json(_ report: ReceivedReport) -> [String: Any] { (try? JSONSerialization.jsonObject(with: Data(report.summary)) as? [String: Any]) ?? [:] }

    package func sums(matching filter: ReceivedReportFilter, by grouping: ReportGrouping, limit: Int) async throws -> [ReportSum] {
        var sums: [String: ReportSum] = [:]
        for report in matching(filter) where report.kind == .aggregate {
            let summary = Self.json(report)
            let counts: [(String, Any?)] = switch grouping {
            case .domain: [(report.domain, summary["total"])]
            case .source: (summary["sources"] as? [[String: Any]] ?? []).map { ($0["address"] as? String ?? "", $0["count"]) }
            }
            for (name, count) in counts where !name.isEmpty {
                let count = count as? [String: Any] ?? [:], done = count["dispositions"] as? [String: Int] ?? [:]
                var sum = sums[name] ?? ReportSum(name: name, reports: 0, messages: 0, passed: 0, failed: 0, untold: 0, dispositions: [:])
                func add(_ number: Int, _ word: String) -> Int { Self.sum(number, count[word] as? Int ?? 0) }
                sum.reports += 1
                (sum.messages, sum.passed, sum.failed, sum.untold) = (add(sum.messages, "messages"), add(sum.passed, "passed"), add(sum.failed, "failed"), add(sum.untold, "untold"))
                for (word, count) in done where count > 0 { sum.dispositions[word] = Self.sum(sum.dispositions[word] ?? 0, count) }
                sums[name] = sum
            }
        }
        return Array(sums.values.sorted { ($1.messages, $0.name) < ($0.messages, $1.name) }.prefix(limit))
    }

    package func sessions(matching filter: ReceivedReportFilter) async throws -> SessionSum {
        var others = filter
        others.domain = nil
        return matching(others).filter { $0.kind == .tls }.reduce(into: SessionSum(reports: 0, succeeded: 0, failed: 0)) { sum, report in
            var counts = [Self.json(report)]
            if let domain = filter.domain { counts = (counts[0]["policies"] as? [[String: Any]] ?? []).filter { $0["domain"] as? String == domain } }
            if !counts.isEmpty { sum.reports += 1 }
            for count in counts {
                sum.succeeded = Self.sum(sum.succeeded, count["succeeded"] as? Int ?? 0)
                sum.failed = Self.sum(sum.failed, count["failed"] as? Int ?? 0)
            }
        }
    }

    private static func sum(_ one: Int, _ other: Int) -> Int {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    package func report(_ id: VerdictID, tenant: String?) async throws -> ReceivedReport? {
        kept.withLock { $0.first { $0.id == id && (tenant == nil || $0.tenant == tenant) } }
    }

    package func remove(receivedBefore moment: Timestamp) async throws -> Int {
        kept.withLock { kept in
            let before = kept.count
            kept.removeAll { $0.receivedAt < moment }
            return before - kept.count
        }
    }
}
