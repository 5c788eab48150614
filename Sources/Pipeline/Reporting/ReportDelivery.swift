package import BlockLists
package import DMARC
package import DNS
internal import Mail
package import Verdicts

/// Brings reports from the outbox to the relay: one after the other, with pauses, and none to where it is not wanted.
package struct ReportDelivery: Sendable {
    private let outbox: any ReportOutbox
    private let relay: any MailRelay
    private let evaluator: DMARCEvaluator
    private let resolver: any Resolver
    private let blockLists: BlockListChecker
    private let reporter: Reporter
    private let pacing: ReportPacing
    private let limits: ReportDeliveryLimits
    private let now: @Sendable () -> Timestamp

    private let rest = RelayRest()

    /// - Parameters:
    ///   - resolver: asked whether a host takes mail.
    ///   - pacing: the outbox's.
    package init(outbox: any ReportOutbox, relay: any MailRelay, evaluator: DMARCEvaluator, resolver: any Resolver, blockLists: BlockListChecker, reporter: Reporter, pacing: ReportPacing = ReportPacing(),
                 limits: ReportDeliveryLimits = ReportDeliveryLimits(), now: @escaping @Sendable () -> Timestamp) {
        self.outbox = outbox; self.relay = relay; self.evaluator = evaluator; self.resolver = resolver; self.blockLists = blockLists; self.reporter = reporter; self.pacing = pacing; self.limits = limits; self.now = now
    }

    /// Sends what is due, until nothing is, the hour is full, the task is cancelled, or the relay takes a message without saying what became of it:
    /// then nothing goes to it for a while.
    /// - Parameters:
    ///   - pause: called after each report that went out, with how long to wait.
    ///   - tell: called with what became of each.
    /// - Returns: how the outbox stood at the end.
    /// - Throws: `StoreTrouble`, and what `pause` throws.
    package func sendDue(pause: (Duration) async throws -> Void, tell: (ReportRow, ReportEnd) -> Void) async throws -> OutboxStanding {
        var silent = 0
        while true {
            let standing = try await outbox.standing(since: now().adding(seconds: -3600))
            guard !Task.isCancelled, standing.wentOut < pacing.perHour, !rest.isOn(at: now()) else { return standing }
            let claim = try await outbox.claim(limit: 1, at: now())
            for row in claim.ended { tell(row, row.state == .unknown ? .unknown(row.lastReply) : .withheld(row.lastReply)) }
            guard let report = claim.reports.first else { return standing }
            let (end, wentOut) = try await send(report, asking: silent < limits.silentOnes ? limits.asking : limits.askingAgain)
            guard let end else { continue }
            // Who says that he takes no mail is not silent.
            if case .later(_, let why) = end, !wentOut, !why.hasSuffix(Self.askedAgain) { silent += 1 }
            tell(report.row, end)
            if wentOut { try await pause(.seconds(pacing.between)) }
        }
    }

    /// - Returns: nil where the report was another's by then.
    private func send(_ report: ClaimedReport, asking: Duration) async throws -> (ReportEnd?, wentOut: Bool) {
        let way = try await way(of: report.row, asking)
        if let named = way.named {
            guard try await outbox.redirect(report, to: named.mailboxes, reason: named.why, at: now()) else { return (nil, false) }
            if !named.isAmong { return (.withheld(named.why), false) }
        }
        if let end = way.end { return (try await finish(report, end) ? end : nil, false) }
        // What no message can be made for is found before it counts as one that went out.
        do throws(Unsendable) { _ = try mail(report.row, []) } catch { return (try await finish(report, .withheld(error.why)) ? .withheld(error.why) : nil, false) }
        guard let document = try await outbox.begin(report, at: now()) else { return (nil, false) }
        let end: ReportEnd
        do throws(Unsendable) {
            let mail = try mail(report.row, document)
            end = await judged(await relay.send(mail, by: .now + limits.sending), report.row)
        } catch { end = .failed(error.why, suppresses: false) }
        return (try await finish(report, end) ? end : nil, true)
    }

    /// What the relay's word means. When it refuses mailboxes of two hosts in the same words, one after the other, it is the relay that is set wrong, unless the
    /// words are about mailboxes (RFC 3463 §3.2 and §3.3): then neither is left out, and the report before is made due again.
    private func judged(_ outcome: RelayOutcome, _ row: ReportRow) async -> ReportEnd {
        let end = pacing.end(of: outcome, for: row, at: now())
        switch (end, outcome) {
        case (.sent, _): rest.end()
        case (.unknown, _): rest.begin(pacing, at: now())
        case (.failed(_, suppresses: true), .refused(let reply)) where !reply.text.hasPrefix("5.1.") && !reply.text.hasPrefix("5.2."):
            let words = "\(reply.code) " + reply.text.split(separator: " ").filter { !$0.contains("@") }.joined(separator: " ")
            guard let before = rest.refused(words, by: row.destination.split(separator: "@").last.map { $0.lowercased() } ?? "", row) else { return end }
            // Where the database fails, the one before stays as it is; of this one the answer is to be kept in any case.
            if (try? await outbox.retry(before.id, tenant: before.tenant, at: now())) == true { _ = try? await outbox.permit(before.destination, tenant: before.tenant) }
            return pacing.putOff(row, reply.line, at: now())
        default: break
        }
        return end
    }

    /// Also when the service is told to stop: what was sent must be known as sent.
    private func finish(_ report: ClaimedReport, _ end: ReportEnd) async throws -> Bool {
        try await Task { [outbox, now] in try await outbox.finish(report, end, at: now()) }.value
    }

    // MARK: - The mail

    private struct Unsendable: Error { let why: String }

    private func mail(_ row: ReportRow, _ document: [UInt8]) throws(Unsendable) -> OutgoingMail {
        let begin = row.begin.seconds, end = row.end.seconds
        guard let domain = DomainName(row.policyDomain),
              let name = ReportFileName(receiver: reporter.host, policyDomain: domain, begin: begin, end: end, uniqueID: row.reportID) else { throw Unsendable(why: "no file name can be made of its domain") }
        let mail = ReportMail(policyDomain: domain, submitter: reporter.host, reportID: row.reportID, token: row.id.description, author: reporter.email, destination: row.destination,
                              begin: begin, end: end, fileName: name.text, document: document)
        do {
            return try OutgoingMail(from: reporter.email, to: row.destination, try mail.octets(date: now().seconds))
        } catch { throw Unsendable(why: "no message can be made of it: \(error)") }
    }

    // MARK: - Whether it may go out

    private struct Way {
        /// Where the destination wants reports, if it says so and that is not here alone.
        var named: (mailboxes: [String], why: String, isAmong: Bool)?
        /// Why it does not go out here, or not now; nil where it may.
        var end: ReportEnd?
    }

    /// Whether a report may go out. Where its host did not answer when it was made, what the host says now counts: also where reports are to go instead, the mailbox itself among
    /// them or not.
    /// Source: RFC 9990 §4 (step 9: the addresses of the destination replace what the record has).
    private func way(of row: ReportRow, _ asking: Duration) async throws -> Way {
        let odd = OddMailbox.why(row.destination)
        guard let domain = DomainName(row.policyDomain), let uri = DMARCReportURI(Array("mailto:\(Self.encoded(row.destination))".utf8)), let host = uri.host else {
            return Way(end: .withheld(odd ?? "its destination is no mailbox"))
        }
        var way = Way(), named: [String] = []
        switch await evaluator.isAuthorised(uri, for: domain, by: .now + asking) {
        case .own: break
        case .authorised(let instead):
            if instead.isEmpty { break }
            let mailboxes = instead.compactMap(\.mailbox), key = ReportDestination.key(row.destination), keys = Set(mailboxes.map(ReportDestination.key))
            if keys.isEmpty { return Way(end: .withheld("\(host.text) takes reports elsewhere, and at no mailbox")) }
            if keys != [key] { way.named = (mailboxes, Self.sentOn(host) + "\(mailboxes.joined(separator: ", ")) instead", keys.contains(key)) }
            if !keys.contains(key) { return way }
            named = mailboxes
        case .refused(let why): return Way(end: .withheld(why))
        case .unknown(let why): return Way(end: later(row, why, until: pacing.giveUpAfter) ?? .withheld("for too long it was not known whether it is wanted: \(why)"))
        }
        // Only now: what is odd may have another in its place, or beside it.
        if let why = odd { return Way(named: try await beside(row, host, named).map { ($0, why, false) }, end: .withheld(why)) }
        way.end = await listed(row, host, asking)
        if way.end == nil, let why = await MailHost.why(host, resolver, by: .now + min(asking, limits.mailHost)) { way.end = seenTwice(row, why) }
        return way
    }

    /// What the reason begins with for which a report does not go to one mailbox of a host, but to others.
    private static func sentOn(_ host: DomainName) -> String { "\(host.text) takes reports at " }

    /// The mailboxes that get a report in an odd one's place, which may be the only one that it was sent on to: those that the host names besides; where it names none any more,
    /// those of this host that it was sent on from before.
    /// - Returns: nil where there is none.
    private func beside(_ row: ReportRow, _ host: DomainName, _ named: [String]) async throws -> [String]? {
        let own = ReportDestination.key(row.destination)
        var others = named
        if named.isEmpty {
            var filter = ReportFilter()
            (filter.tenant, filter.policyDomain, filter.state) = (row.tenant, row.policyDomain, .withheld)
            let kept = try await outbox.reports(matching: filter, before: nil, limit: limits.kept)
            others = kept.filter { $0.begin == row.begin && $0.lastReply.hasPrefix(Self.sentOn(host)) }.map(\.destination)
        }
        others.removeAll { ReportDestination.key($0) == own || OddMailbox.why($0) != nil }
        return others.isEmpty ? nil : others
    }

    private static let askedAgain = "; it is asked about again"

    /// What takes no mail is asked about once more, later: one resolver's wrong word, or the moment in which a zone is made anew, loses nothing.
    private func seenTwice(_ row: ReportRow, _ why: String) -> ReportEnd {
        row.lastReply.hasSuffix(Self.askedAgain) ? .withheld(why) : .later(now().adding(seconds: pacing.hostPause), why + Self.askedAgain)
    }

    /// Whether a blocklist, or the operator, knows the destination's domain: such reports are traps, or bring us among those that send to traps.
    private func listed(_ row: ReportRow, _ host: DomainName, _ asking: Duration) async -> ReportEnd? {
        let subjects = ListSubjects(sender: host, senderAddress: LocalSubject.key(row.destination), urls: [host])
        let found = await blockLists.check(subjects, tenant: row.tenant, at: now().microseconds, by: .now + asking)
        if let entry = found.local.first(where: { $0.effect == .block }) { return .withheld("the local list has \(entry.entry): \(entry.reason)") }
        if found.local.contains(where: { $0.effect == .allow }) { return nil }
        if let listing = found.listings.first(where: { $0.effect == .block }) { return .withheld("\(listing.zone) lists \(listing.subject): \(listing.meaning)") }
        // A list that is out of order for good must not hold up everything.
        return found.unknown.first(where: \.passing).flatMap { later(row, "\($0.zone) could not be asked: \($0.reason)", until: pacing.listPatience) }
    }

    /// - Parameter until: seconds of age from which on there is no later.
    private func later(_ row: ReportRow, _ why: String, until age: Int) -> ReportEnd? {
        let next = now().adding(seconds: pacing.firstPause)
        return next <= row.createdAt.adding(seconds: age) ? .later(next, why) : nil
    }

    /// Source: RFC 6068 §2, RFC 3986 §2.
    private static func encoded(_ mailbox: String) -> String {
        mailbox.utf8.map { octet in
            let isPlain = octet >= 48 && octet <= 57 || octet | 32 >= 97 && octet | 32 <= 122 || "-._~@+".utf8.contains(octet)
            return isPlain ? String(UnicodeScalar(octet)) : "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }.joined()
    }
}
