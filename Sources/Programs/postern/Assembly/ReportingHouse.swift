import BlockLists
import DMARC
import DNS
import Foundation
import Logging
import Logs
import Postgres
import Relay
import Reporting
import ServiceLifecycle
import Storage
import TransportSecurity
import Verdicts

/// All that has to do with reports, put together after the settings.
struct ReportingHouse: Sendable {
    let desk: ReportDesk
    private let settings: ReportSettings
    private let day: DayReports?
    private let delivery: ReportDelivery?

    /// - Parameters:
    ///   - settings: the database, for what takes longer than a connection of the pool may be kept.
    ///   - blockLists: asked about every destination.
    init(_ reports: ReportSettings, resolver: any Resolver, blockLists: BlockListChecker, database: PostgresSettings, pool: PostgresPool) {
        let pacing = reports.pacing, outbox = PostgresReportOutbox(pool, pacing: pacing), evaluator = DMARCEvaluator(resolver: resolver), now: @Sendable () -> Timestamp = { .now }
        settings = reports
        desk = ReportDesk(received: PostgresReceivedReports(pool), outbox: outbox, intake: ReportIntake(tls: Self.tlsReport))
        guard let sending = reports.sending else { (day, delivery) = (nil, nil); return }
        day = DayReports(days: PostgresReportDays(database, pool: pool, pacing: pacing, sender: sending.reporter.email), maker: ReportMaker(reporter: sending.reporter), evaluator: evaluator, now: now)
        delivery = ReportDelivery(outbox: outbox, relay: SMTPRelay(sending.relay), evaluator: evaluator, resolver: resolver, blockLists: blockLists, reporter: sending.reporter, pacing: pacing, now: now)
    }

    /// Why a report of TLS cannot be read, in one line.
    private struct Unreadable: Error, CustomStringConvertible { let description: String }

    /// Source: RFC 8460 §4.4.
    @Sendable private static func tlsReport(_ octets: [UInt8]) throws -> TLSReport {
        guard octets.count <= TLSReportLimits.octets else { throw Unreadable(description: "it has more than \(TLSReportLimits.octets) octets") }
        do { return try JSONDecoder().decode(TLSReport.self, from: Data(octets)) } catch let error as DecodingError {
            let (context, name): (DecodingError.Context?, String?) = switch error {
            case .keyNotFound(let key, let context): (context, key.stringValue)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): (context, nil)
            @unknown default: (nil, nil)
            }
            let path = (context?.codingPath.map(\.stringValue) ?? []) + (name.map { [$0] } ?? [])
            throw Unreadable(description: (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + (name == nil ? context?.debugDescription ?? "it is no JSON" : "missing"))
        }
    }

    /// What goes on beside the door.
    func keepers(_ logger: Logger) -> [any Service] {
        var keepers: [any Service] = [Keeper { await sweep(logger) }]
        if let day { keepers.append(Keeper { await make(day, logger) }) }
        if let delivery { keepers.append(Keeper { await send(delivery, logger) }) }
        return keepers
    }

    /// Does a piece of work over and over until the task is cancelled; what goes wrong is told now and then.
    private func keep(every pause: Duration, _ failure: Logger.Message, _ logger: Logger, _ work: () async throws -> Void) async {
        let failed = Repetition()
        while !Task.isCancelled {
            do { try await work() } catch is CancellationError { return } catch {
                if let times = failed.count() { logger.warning(failure, metadata: ["error": "\(error)", "times": "\(times)"]) }
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// Makes the reports of days that ended.
    private func make(_ day: DayReports, _ logger: Logger) async {
        await keep(every: .milliseconds(settings.checkEvery), "reports could not be made", logger) {
            while let made = try await day.makeNext() {
                desk.tally.count(made: made.new)
                let name: Logger.Metadata = ["tenant": "\(made.day.tenant)", "day": "\(made.day.start.description.prefix(10))"]
                for fault in made.faults { logger.warning("no report was made", metadata: name.merging(["fault": "\(fault)"]) { $1 }) }
                if made.isDone { logger.info("reports of a day made", metadata: name.merging(["new": "\(made.new)"]) { $1 }) }
            }
        }
    }

    /// Sends what is due, with pauses.
    private func send(_ delivery: ReportDelivery, _ logger: Logger) async {
        await keep(every: .milliseconds(settings.checkEvery), "reports could not be sent", logger) {
            let standing = try await delivery.sendDue(pause: { try await Task.sleep(for: $0) }) { row, end in
                desk.tally.count(end)
                logger.log(level: end.isTrouble ? .warning : .info, "report", metadata: [
                    "tenant": "\(row.tenant)", "domain": "\(row.policyDomain)", "destination": "\(row.destination)", "report_id": "\(row.reportID)", "end": "\(end.word)", "reason": "\(end.words)",
                ])
            }
            desk.tally.stands(standing)
        }
    }

    /// Removes what was kept long enough.
    private func sweep(_ logger: Logger) async {
        await keep(every: .seconds(3600), "old reports could not be removed", logger) {
            let now = Timestamp.now
            let sent = try await desk.outbox.remove(endedBefore: now.adding(seconds: -settings.retention * 86_400))
            let received = try await desk.received.remove(receivedBefore: now.adding(seconds: -settings.receivedRetention * 86_400))
            if sent + received > 0 { logger.info("old reports removed", metadata: ["outgoing": "\(sent)", "received": "\(received)"]) }
        }
    }
}

extension ReportEnd {
    fileprivate var isTrouble: Bool {
        switch self { case .failed, .unknown: true; case .sent, .later, .withheld: false }
    }
}
