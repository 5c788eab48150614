import DMARC
import Foundation
import Synchronization
package import Verdicts

/// The in-memory twin of the outbox and of the days that fill it.
package final class MemoryReportOutbox: ReportOutbox, ReportDays {
    fileprivate struct Item {
        var row: ReportRow
        let document: [UInt8], organization: String
        var lease: VerdictID?
        var leaseUntil: Timestamp?
    }

    fileprivate struct Day {
        let tenant: String, number: Int64
        var lease: VerdictID?, leaseUntil: Timestamp?
        var gathered: [(domain: String, result: CountedResult)]?
        var isDone = false
    }

    fileprivate struct Contents {
        var items: [Item] = []
        var days: [Day] = []
        var destinations: [ReportDestination] = []
    }

    fileprivate struct Judged {
        let tenant: String, policyDomain: String, id: VerdictID, result: CountedResult?
        /// Where it went to, where it is a report itself.
        var reportTo: [String]?
    }

    private let pacing: ReportPacing
    private let contents = Mutex(Contents())
    private let judged = Mutex<[Judged]>([])

    private let sender: String?

    package init(pacing: ReportPacing = ReportPacing(), sender: String? = nil) { self.pacing = pacing; self.sender = sender }

    /// Tells the twin of a verdict; those of a real store are in the database already.
    package func judge(_ record: VerdictRecord) throws {
        let evidence = try JSONSerialization.jsonObject(with: Data(record.evidence)) as? [String: Any], dmarc = evidence?["dmarc"] as? [String: Any]
        let content = evidence?["content"] as? [String: Any], author = evidence?["author"] as? [String: Any]
        let isReported = (content?["report"] == nil || dmarc?["result"] as? String != "pass") && record.direction == .inbound && record.action != .defer
            && (sender == nil || record.recipients.map(\.text) != [ReportDestination.key(sender ?? "")])
            && (dmarc?["record"] as? String ?? "").contains("rua=")
        let domain = isReported ? dmarc?["policy_domain"] as? String ?? "" : ""
        guard let dmarc, !domain.isEmpty else { judged.withLock { $0.append(Judged(tenant: record.tenant, policyDomain: "", id: record.id, result: nil)) }; return }
        let domains = Set(record.recipients.compactMap(\.domain))
        func read<Value: Decodable>(_ type: Value.Type, _ object: [String: Any]) throws -> Value { try JSONDecoder().decode(type, from: JSONSerialization.data(withJSONObject: object)) }
        let outcome = try read(DMARCOutcome.self, dmarc), override = try (author?["override"] as? [String: Any]).map { try read(AuthorEvidence.Override.self, $0) }
        let result = CountedResult(count: 1, last: record.id, clientIP: record.clientIP, envelopeFrom: record.mailFrom?.domain, envelopeTo: domains.count == 1 ? domains.first : nil,
                                   action: record.action, outcome: outcome, override: outcome.result == .fail ? override : nil)
        let reportTo = content?["report"] == nil ? nil : record.recipients.map(\.text)
        judged.withLock { $0.append(Judged(tenant: record.tenant, policyDomain: domain, id: record.id, result: result, reportTo: reportTo)) }
    }

    // MARK: - Days

    package func claimDay(at now: Timestamp) async throws -> ClaimedDay? {
        let judged = judged.withLock { $0 }
        return contents.withLock { contents in
            for each in judged {
                let number = each.id.time.microseconds / 86_400_000_000
                if !contents.days.contains(where: { $0.tenant == each.tenant && $0.number == number }) { contents.days.append(Day(tenant: each.tenant, number: number)) }
            }
            let today = now.microseconds / 86_400_000_000, last = now.adding(seconds: -pacing.settling).microseconds / 86_400_000_000 - 1
            let due = contents.days.indices.filter { place in
                let day = contents.days[place]
                return !day.isDone && day.number <= last && day.number >= today - Int64(pacing.daysBack) && (day.leaseUntil.map { $0 < now } ?? true)
            }.min { (contents.days[$0].number, contents.days[$0].tenant) < (contents.days[$1].number, contents.days[$1].tenant) }
            guard let due else { return nil }
            let lease = VerdictID(at: now)
            contents.days[due].lease = lease
            contents.days[due].leaseUntil = now.adding(seconds: pacing.lease)
            return ClaimedDay(tenant: contents.days[due].tenant, start: Timestamp(microseconds: contents.days[due].number * 86_400_000_000), lease: lease)
        }
    }

    package func gather(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool {
        let all = judged.withLock { $0 }.filter { $0.tenant == day.tenant && $0.id >= .lowest(at: day.start) && $0.id < .lowest(at: day.next) && !$0.policyDomain.isEmpty }
        return hold(day, now) { day in
            guard day.gathered == nil else { return }
            var counted: [(domain: String, result: CountedResult)] = []
            let told = Dictionary(grouping: all, by: \.policyDomain).filter { $1.contains { $0.reportTo == nil } || Set($1.flatMap { $0.reportTo ?? [] }).count > ReportPacing.loopMailboxes }
            for each in all where told[each.policyDomain] != nil {
                guard let result = each.result else { continue }
                let place = counted.firstIndex { $0.domain == each.policyDomain && $0.result.isAlike(result) }
                if let place { counted[place].result = counted[place].result.joined(result) } else { counted.append((each.policyDomain, result)) }
            }
            day.gathered = counted.sorted { ($1.result.count, $0.result.last) < ($0.result.count, $1.result.last) }
        } != nil
    }

    package func policyDomains(of day: ClaimedDay, after: String?, limit: Int) async throws -> [String] {
        Array(Set(gathered(day).map(\.domain)).filter { $0 > after ?? "" }.sorted().prefix(limit))
    }

    package func results(of day: ClaimedDay, policyDomain: String, limit: Int) async throws -> [CountedResult] {
        Array(gathered(day).filter { $0.domain == policyDomain }.map(\.result).prefix(limit))
    }

    package func keep(_ reports: [NewReport], of day: ClaimedDay, at now: Timestamp) async throws -> Int? {
        for report in reports where report.document.count > ReportPacing.documentLimit { throw StoreTrouble.refused("too large") }
        guard hold(day, now, { _ in }) != nil else { return nil }
        return contents.withLock { contents in
            var new = 0
            for report in reports {
                let isKnown = contents.items.contains {
                    $0.row.tenant == day.tenant && $0.row.policyDomain == report.policyDomain && $0.row.begin == report.begin
                        && ReportDestination.key($0.row.destination) == ReportDestination.key(report.destination)
                }
                if isKnown { continue }
                new += 1
                contents.items.append(Item(row: ReportRow(id: VerdictID(at: now), tenant: day.tenant, policyDomain: report.policyDomain, begin: report.begin, end: report.end,
                                                          destination: report.destination, reportID: report.reportID, state: report.refusal == nil ? .pending : .withheld, attempts: 0,
                                                          nextAttempt: now.adding(seconds: report.delay), lastReply: report.refusal ?? "", createdAt: now, endedAt: report.refusal.map { _ in now }), document: report.document, organization: report.organization))
            }
            return new
        }
    }

    package func finish(_ day: ClaimedDay, at now: Timestamp) async throws -> Bool {
        hold(day, now) { $0.isDone = true; $0.gathered = nil } != nil
    }

    private func gathered(_ day: ClaimedDay) -> [(domain: String, result: CountedResult)] {
        contents.withLock { contents in contents.days.first { $0.tenant == day.tenant && $0.number == day.start.microseconds / 86_400_000_000 }?.gathered ?? [] }
    }

    private func hold(_ day: ClaimedDay, _ now: Timestamp, _ body: (inout Day) -> Void) -> Void? {
        contents.withLock { contents in
            guard let place = contents.days.firstIndex(where: { $0.lease == day.lease && !$0.isDone }) else { return nil }
            contents.days[place].leaseUntil = now.adding(seconds: pacing.lease)
            return body(&contents.days[place])
        }
    }

    // MARK: - Reports

    package func claim(limit: Int, at now: Timestamp) async throws -> OutboxClaim {
        contents.withLock { contents in
            let lease = VerdictID(at: now)
            var ended: [Int] = []
            for place in contents.items.indices where contents.items[place].row.state == .sending && contents.items[place].leaseUntil.map({ $0 < now }) ?? false {
                contents.items[place].end(.unknown, "who sent it did not say what became of it", now)
                ended.append(place)
            }
            let served = contents.items.reduce(into: [String: Int]()) { served, item in
                if [.sent, .failed, .unknown].contains(item.row.state), item.row.endedAt.map({ $0 >= now.adding(seconds: -3600) }) ?? false { served[item.organization, default: 0] += 1 }
            }
            func turn(_ item: Item) -> (Int, Int, Timestamp, VerdictID) { (served[item.organization] ?? 0, item.row.lastReply.isEmpty ? 0 : 1, item.row.nextAttempt, item.row.id) }
            let due = contents.items.indices.filter { place in
                contents.items[place].row.state == .pending && contents.items[place].row.nextAttempt <= now && (contents.items[place].leaseUntil.map { $0 < now } ?? true)
            }.sorted { turn(contents.items[$0]) < turn(contents.items[$1]) }
            let resting = pacing.betweenSame > 0 ? now.adding(seconds: -pacing.betweenSame) : Timestamp(microseconds: .max)
            var busy = Set(contents.items.filter { item in
                let row = item.row
                if pacing.betweenSame > 0, row.state == .pending, let until = item.leaseUntil, until >= now { return true }
                return row.state == .sending || [.sent, .failed, .unknown].contains(row.state) && row.endedAt.map { $0 > resting } ?? false
            }.map { ReportDestination.key($0.row.destination) })
            var claimed: [ClaimedReport] = []
            for place in due {
                let row = contents.items[place].row
                let suppressed = contents.destinations.first { $0.tenant == row.tenant && $0.destination == ReportDestination.key(row.destination) && $0.suppressedUntil > now }
                if let suppressed { contents.items[place].end(.withheld, "the destination takes no reports: \(suppressed.reason)", now); ended.append(place); continue }
                guard claimed.count < limit, !busy.contains(ReportDestination.key(row.destination)) else { continue }
                contents.items[place].lease = lease
                contents.items[place].leaseUntil = now.adding(seconds: pacing.lease)
                if pacing.betweenSame > 0 { busy.insert(ReportDestination.key(row.destination)) }
                claimed.append(ClaimedReport(row: row, lease: lease))
            }
            return OutboxClaim(reports: claimed, ended: ended.map { contents.items[$0].row })
        }
    }

    package func begin(_ report: ClaimedReport, at now: Timestamp) async throws -> [UInt8]? {
        contents.withLock { contents in
            guard let place = contents.items.firstIndex(where: { $0.row.id == report.row.id && $0.lease == report.lease && $0.row.state == .pending && $0.leaseUntil.map { $0 >= now } ?? false }) else { return nil }
            contents.items[place].row.state = .sending
            contents.items[place].row.attempts += 1
            contents.items[place].leaseUntil = now.adding(seconds: pacing.lease)
            return contents.items[place].document
        }
    }

    package func redirect(_ report: ClaimedReport, to mailboxes: [String], reason: String, at now: Timestamp) async throws -> Bool {
        contents.withLock { contents in
            guard let place = contents.items.firstIndex(where: { $0.row.id == report.row.id && $0.lease == report.lease && $0.row.state == .pending }) else { return false }
            let own = ReportDestination.key(contents.items[place].row.destination), isNamed = mailboxes.contains { ReportDestination.key($0) == own }
            if !isNamed {
                contents.items[place].end(.withheld, reason, now)
                let row = contents.items[place].row, keys = Set(mailboxes.map(ReportDestination.key)), next = now.adding(seconds: pacing.firstPause)
                for other in contents.items.indices {
                    let each = contents.items[other].row
                    guard each.tenant == row.tenant, each.policyDomain == row.policyDomain, each.begin == row.begin, keys.contains(ReportDestination.key(each.destination)), each.state == .withheld,
                          next <= each.createdAt.adding(seconds: pacing.giveUpAfter) else { continue }
                    contents.items[other].row.state = .pending
                    contents.items[other].row.nextAttempt = next
                    contents.items[other].row.endedAt = nil
                }
            }
            let item = contents.items[place]
            func known() -> [ReportRow] { contents.items.map(\.row).filter { $0.tenant == item.row.tenant && $0.policyDomain == item.row.policyDomain && $0.begin == item.row.begin } }
            func host(_ row: ReportRow) -> String? { row.destination.lowercased().split(separator: "@").last.map(String.init) }
            func isFull() -> Bool { known().count { host($0) == host(item.row) } >= max(1, ReportPacing.addressesLimit / Set(known().map(host)).count) }
            for mailbox in mailboxes where !isFull() && !known().contains(where: { ReportDestination.key($0.destination) == ReportDestination.key(mailbox) }) {
                var row = item.row
                (row.id, row.destination, row.state, row.attempts, row.nextAttempt, row.lastReply, row.endedAt) = (VerdictID(at: now), mailbox, .pending, 0, now, "", nil)
                contents.items.append(Item(row: row, document: item.document, organization: item.organization))
            }
            return true
        }
    }

    package func finish(_ report: ClaimedReport, _ end: ReportEnd, at now: Timestamp) async throws -> Bool {
        contents.withLock { contents in
            guard let place = contents.items.firstIndex(where: { $0.row.id == report.row.id && $0.lease == report.lease }) else { return false }
            let row = contents.items[place].row
            switch end {
            case .later(let next, let why):
                contents.items[place].end(.pending, why, now)
                contents.items[place].row.nextAttempt = next
                return true
            case .withheld(let why):
                contents.items[place].end(.withheld, why, now)
                return true
            case .sent, .failed, .unknown: break
            }
            guard row.state == .sending else { return false }
            switch end {
            case .sent(let reply):
                contents.items[place].end(.sent, reply, now)
                contents.destinations.removeAll { $0.tenant == row.tenant && $0.destination == ReportDestination.key(row.destination) }
            case .failed(let why, let suppresses):
                contents.items[place].end(.failed, why, now)
                if suppresses { contents.suppress(row.destination, row.tenant, why, now, pacing) }
            case .unknown(let why): contents.items[place].end(.unknown, why, now)
            case .later, .withheld: break
            }
            return true
        }
    }

    package func comesBack(_ id: VerdictID, tenant: String, reason: String, at now: Timestamp) async throws -> ReportRow? {
        contents.withLock { contents in
            guard let place = contents.items.firstIndex(where: { $0.row.id == id && $0.row.tenant == tenant && [.sent, .unknown].contains($0.row.state) }) else { return nil }
            contents.items[place].row.state = .failed
            contents.items[place].row.lastReply = reason
            contents.suppress(contents.items[place].row.destination, tenant, reason, now, pacing)
            return contents.items[place].row
        }
    }

    package func suppress(_ destination: String, tenant: String, reason: String, at now: Timestamp) async throws {
        contents.withLock { $0.suppress(destination, tenant, reason, now, pacing) }
    }

    package func permit(_ destination: String, tenant: String) async throws -> Bool {
        contents.withLock { contents in
            let before = contents.destinations.count
            contents.destinations.removeAll { $0.tenant == tenant && $0.destination == ReportDestination.key(destination) }
            return contents.destinations.count < before
        }
    }

    package func destinations(tenant: String?) async throws -> [ReportDestination] {
        contents.withLock { $0.destinations }.filter { tenant == nil || $0.tenant == tenant }.sorted { ($0.tenant, $0.destination) < ($1.tenant, $1.destination) }
    }

    package func reports(matching filter: ReportFilter, before: VerdictID?, limit: Int) async throws -> [ReportRow] {
        let rows = contents.withLock { $0.items.map(\.row) }.filter { row in
            (filter.tenant == nil || row.tenant == filter.tenant) && (filter.state == nil || row.state == filter.state)
                && (filter.policyDomain == nil || row.policyDomain == filter.policyDomain) && (before.map { row.id < $0 } ?? true)
        }
        return Array(rows.sorted { $0.id > $1.id }.prefix(limit))
    }

    package func report(_ id: VerdictID, tenant: String?) async throws -> (row: ReportRow, document: [UInt8])? {
        contents.withLock { $0.items.first { $0.row.id == id && (tenant == nil || $0.row.tenant == tenant) } }.map { ($0.row, $0.document) }
    }

    package func retry(_ id: VerdictID, tenant: String?, at now: Timestamp) async throws -> Bool {
        contents.withLock { contents in
            guard let place = contents.items.firstIndex(where: { $0.row.id == id && (tenant == nil || $0.row.tenant == tenant) && [.failed, .withheld, .unknown].contains($0.row.state) }) else { return false }
            contents.items[place].row.state = .pending
            contents.items[place].row.nextAttempt = now
            contents.items[place].row.createdAt = now
            contents.items[place].row.endedAt = nil
            return true
        }
    }

    package func standing(since: Timestamp) async throws -> OutboxStanding {
        contents.withLock { contents in
            let rows = contents.items.map(\.row)
            return OutboxStanding(waiting: rows.count { $0.state == .pending || $0.state == .sending },
                                  wentOut: rows.count { row in [.sent, .failed, .unknown].contains(row.state) && row.endedAt.map { $0 >= since } ?? false })
        }
    }

    package func remove(endedBefore moment: Timestamp) async throws -> Int {
        contents.withLock { contents in
            let before = contents.items.count
            contents.items.removeAll { $0.row.endedAt.map { $0 < moment } ?? false || ($0.row.state == .pending && $0.row.nextAttempt < moment) }
            contents.destinations.removeAll { $0.suppressedUntil < moment }
            return before - contents.items.count
        }
    }
}

extension MemoryReportOutbox.Item {
    fileprivate mutating func end(_ state: ReportState, _ words: String, _ now: Timestamp) {
        row.state = state
        row.lastReply = words
        row.endedAt = state == .pending ? nil : now
        lease = nil
        leaseUntil = nil
    }
}

extension MemoryReportOutbox.Contents {
    fileprivate mutating func suppress(_ destination: String, _ tenant: String, _ reason: String, _ now: Timestamp, _ pacing: ReportPacing) {
        let key = ReportDestination.key(destination), known = destinations.first { $0.tenant == tenant && $0.destination == key }
        destinations.removeAll { $0.tenant == tenant && $0.destination == key }
        let refusals = (known?.refusals ?? 0) + 1
        destinations.append(ReportDestination(tenant: tenant, destination: key, refusals: refusals, suppressedUntil: now.adding(seconds: pacing.suppression(after: refusals)), reason: reason))
    }
}

extension CountedResult {
    fileprivate func isAlike(_ other: CountedResult) -> Bool {
        clientIP == other.clientIP && envelopeFrom == other.envelopeFrom && envelopeTo == other.envelopeTo && action == other.action && outcome == other.outcome && override == other.override
    }

    fileprivate func joined(_ other: CountedResult) -> CountedResult {
        CountedResult(count: count + other.count, last: max(last, other.last), clientIP: clientIP, envelopeFrom: envelopeFrom, envelopeTo: envelopeTo, action: action, outcome: outcome, override: override)
    }
}
