package import Verdicts
import DNS
import Synchronization

/// The in-memory twin of the history.
package final class MemoryVerdictStore: VerdictStore {
    private let records = Mutex<[VerdictRecord]>([])

    package init() {}

    /// In the order in which they came.
    var all: [VerdictRecord] { records.withLock { $0 } }

    package func append(_ record: VerdictRecord) async throws -> EarlierVerdict? { take(record) }

    func take(_ record: VerdictRecord) -> EarlierVerdict? {
        records.withLock { records in
            if let name = record.name, let earlier = records.first(where: {
                $0.tenant == record.tenant && $0.name == name
                    && abs($0.receivedAt.microseconds - record.receivedAt.microseconds) < 86_400_000_000   // nodes' clocks differ
            }) { return EarlierVerdict(id: earlier.id, action: earlier.action) }
            records.append(record)
            return nil
        }
    }

    package func replace(_ record: VerdictRecord) async throws -> Bool {
        records.withLock { records in
            guard let place = records.firstIndex(where: { $0.id == record.id && $0.tenant == record.tenant && $0.action.isForNow }) else { return false }
            let receivedAt = records[place].receivedAt
            records[place] = record
            records[place].receivedAt = receivedAt
            return true
        }
    }

    package func verdict(_ id: VerdictID, tenant: String?) async throws -> VerdictRecord? {
        records.withLock { $0.first { $0.id == id && (tenant == nil || $0.tenant == tenant) } }
    }

    package func verdicts(matching filter: HistoryFilter, before: VerdictID?, limit: Int) async throws -> [VerdictRow] {
        records.withLock { records in
            Array(records.filter { filter.matches($0) && isBefore($0.id, before) }
                .sorted { $0.id > $1.id }.prefix(limit).map(\.row))
        }
    }

    package func summary(matching filter: HistoryFilter, bucket: Int) async throws -> [HistoryBucket] {
        let matching = records.withLock { $0.filter(filter.matches) }
        var buckets: [Int: HistoryBucket] = [:]
        for record in matching {
            let start = record.receivedAt.seconds / bucket * bucket
            var one = buckets[start] ?? HistoryBucket(start: Timestamp(microseconds: Int64(start) * 1_000_000), count: 0, actions: [:], classes: [:], octets: 0)
            one.count += 1
            one.octets += record.size
            one.actions[record.action.rawValue, default: 0] += 1
            one.classes[record.messageClass.rawValue, default: 0] += 1
            buckets[start] = one
        }
        return buckets.values.sorted { $0.start < $1.start }
    }
}

extension HistoryFilter {
    /// The plain meaning of the filter, against which the database's is tested.
    func matches(_ record: VerdictRecord) -> Bool {
        func same<Value: Equatable>(_ wanted: Value?, _ value: Value?) -> Bool { wanted == nil || wanted == value }
        return same(tenant, record.tenant)
            && (since.map { record.receivedAt >= $0 } ?? true) && (until.map { record.receivedAt < $0 } ?? true)
            && same(action, record.action) && same(messageClass, record.messageClass) && same(direction, record.direction)
            && (clientNetwork?.contains(record.clientIP) ?? true)
            && same(sender, record.mailFrom)
            && (recipient.map { wanted in record.recipients.contains(wanted) } ?? true)
            && (domain.map { wanted in record.domains.contains(wanted.text) || record.recipients.contains { $0.domain == wanted.text } } ?? true)
            && same(queueID, record.queueID) && same(messageID, record.messageID)
            && (code.map { record.codes.contains($0) } ?? true) && same(authUser, record.authUser)
    }
}

private func isBefore(_ id: VerdictID, _ before: VerdictID?) -> Bool { before.map { id < $0 } ?? true }
