internal import Mail
package import Verdicts

/// The one place where reports are taken in and looked after.
package struct ReportDesk: Sendable {
    package let received: any ReceivedReportStore
    package let outbox: any ReportOutbox
    package let tally: ReportTally
    private let intake: ReportIntake

    package init(received: any ReceivedReportStore, outbox: any ReportOutbox, intake: ReportIntake, tally: ReportTally = ReportTally()) {
        self.received = received; self.outbox = outbox; self.intake = intake; self.tally = tally
    }

    /// A report that was taken in.
    package struct Taken: Sendable {
        /// With the id under which it is kept.
        package let report: ReceivedReport
        /// False where the same report had come before.
        package let isNew: Bool
    }

    /// What a delivery holds; nothing is kept yet. This may take a while.
    /// - Throws: `ReportIntake.Fault`, which is counted; not for a mail that brings reports of ours back.
    package func read(_ octets: [UInt8], mediaType: String?, tenant: String, at now: Timestamp) throws(ReportIntake.Fault) -> Delivery {
        do { return Delivery(reports: try intake.read(octets, mediaType: mediaType, tenant: tenant, at: now)) } catch {
            let bounces = mediaType == "message/rfc822" ? ReportBounce.all(in: Message(octets: octets)) : []
            if !bounces.isEmpty { return Delivery(bounces: bounces) }
            tally.count(refused: error)
            throw error
        }
    }

    /// What came in one piece: reports of others, or reports of ours that came back.
    package struct Delivery: Sendable {
        package var reports: [ReceivedReport] = []
        package var bounces: [ReportBounce] = []
    }

    /// Lets mailboxes rest to which reports could not be delivered; a report comes back once.
    /// - Parameter tenant: nil for reports of any: all of them leave from one address, and whoever reads its mail does not know whose they are.
    /// - Returns: the reports that came back; those that we did not send, or not there, are passed over.
    /// - Throws: `StoreTrouble`.
    package func note(_ bounces: [ReportBounce], tenant: String?, at now: Timestamp) async throws -> [ReportRow] {
        var rows: [ReportRow] = []
        for bounce in bounces {
            guard let row = try await outbox.report(bounce.row, tenant: tenant)?.row, row.reportID == bounce.reportID,
                  bounce.recipients.contains(where: { ReportDestination.key($0) == ReportDestination.key(row.destination) }),
                  let returned = try await outbox.comesBack(row.id, tenant: row.tenant, reason: bounce.reason, at: now) else { continue }
            tally.countBounce()
            rows.append(returned)
        }
        return rows
    }

    /// Keeps reports, each once; where that fails in between, the same delivery may come again.
    /// - Throws: `StoreTrouble`.
    package func keep(_ reports: [ReceivedReport]) async throws -> [Taken] {
        var all: [Taken] = []
        for report in reports {
            let earlier = try await received.keep(report)
            tally.count(received: report.kind, isNew: earlier == nil)
            var kept = report
            if let earlier { kept.id = earlier }
            all.append(Taken(report: kept, isNew: earlier == nil))
        }
        return all
    }

    /// Makes a report due again that failed, was withheld or whose end is not known, and lets its destination have reports again.
    /// - Returns: nil where there is none with that id; false where it is not in such a state.
    /// - Throws: `StoreTrouble`.
    package func retry(_ id: VerdictID, tenant: String?, at now: Timestamp) async throws -> Bool? {
        guard let row = try await outbox.report(id, tenant: tenant)?.row else { return nil }
        guard try await outbox.retry(id, tenant: row.tenant, at: now) else { return false }
        // What was noted of the mailbox would hold it back at once.
        _ = try await outbox.permit(row.destination, tenant: row.tenant)
        return true
    }
}
