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
            }
            if earlier == nil { kept.append(report) }
            return earlier?.id
        }
    }

    package func reports(matching filter: ReceivedReportFilter, before: VerdictID?, limit: Int) async throws -> [ReceivedReport] {
        let found = kept.withLock { $0 }.filter { report in
            (filter.tenant == nil || report.tenant == filter.tenant) && (filter.kind == nil || report.kind == filter.kind)
                && (filter.domain == nil || report.domain == filter.domain) && (before.map { report.id < $0 } ?? true)
                && (filter.since.map { report.end >= $0 } ?? true) && (filter.until.map { report.begin < $0 } ?? true)
        }
        return found.sorted { $0.id > $1.id }.prefix(limit).map { var one = $0; one.document = []; return one }
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
