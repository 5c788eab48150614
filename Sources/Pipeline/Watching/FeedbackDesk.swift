package import Feedback
package import Limiting
internal import RateLimits
package import Verdicts

/// What came back for mail that was sent, as it counts.
package struct ReturnedMail: Sendable, Equatable {
    package var kind: SenderFeedback.Kind
    /// Verdicts that it may be about.
    package var verdicts: [VerdictID]
    /// The Message-ID, with or without angle brackets.
    package var messageID: String?
    /// For which recipients: of each the names that it may have. Empty for one that is not named.
    package var recipients: [[String]]

    package init(_ kind: SenderFeedback.Kind, verdicts: [VerdictID], messageID: String?, recipients: [[String]]) { self.kind = kind; self.verdicts = verdicts; self.messageID = messageID; self.recipients = recipients }

    /// What counts of a report.
    /// - Returns: nil where nothing does: it tells of a delay, of a mailbox that is full, or of nothing that speaks against the sender.
    package init?(_ report: FeedbackReport) {
        let returned = report.returned, verdicts = (returned?.verdictIDs ?? []).compactMap { VerdictID($0) }
        switch report {
        case .delivery(let status):
            let lost = status.recipients.filter(\.isLost)
            if lost.isEmpty { return nil }
            self.init(.bounce, verdicts: verdicts, messageID: returned?.messageID, recipients: lost.map { [$0.originalRecipient?.text, $0.finalRecipient.text].compactMap { $0 } })
        case .feedback(let complaint):
            guard [.abuse, .fraud, .virus, .other].contains(complaint.feedbackType) else { return nil }
            self.init(.complaint, verdicts: verdicts, messageID: returned?.messageID, recipients: complaint.originalRcptTo.map { [$0] })
        }
    }
}

extension DeliveryRecipient {
    /// Whether it cannot be reached and never will be. A full mailbox (X.2.2) says nothing of who wrote to it. Source: RFC 3463 §3.
    fileprivate var isLost: Bool {
        guard action == .failed else { return false }
        guard let status else { return true }
        return status.category == 5 && (status.subject != 2 || status.detail != 2)
    }
}

/// What it came to.
package struct FeedbackOutcome: Sendable {
    /// The verdict on the message; nil where none was found.
    package var verdict: VerdictID?
    package var sender: TenantSubject?
    /// For how many recipients it counts.
    package var counted = 0
    /// Why it does not count; nil where it does.
    package var reason: String?
    package var changed: [Restraint] = []

    package init() {}
}

/// Takes in what comes back, and lays it to who sent the message.
package struct FeedbackDesk: Sendable {
    package let watch: SenderWatch
    private let verdicts: any VerdictStore
    private let party: @Sendable (VerdictRecord) -> SendingParty?

    /// Verdicts that are looked at.
    private static let most = 20
    /// Recipients by which a message is looked for.
    private static let asked = 5
    /// Seconds after which a message that comes back says nothing of today.
    private static let longest = 30 * 86_400

    /// - Parameter party: who sent a message, of what its record says; nil where it cannot be read.
    package init(_ watch: SenderWatch, _ verdicts: any VerdictStore, party: @escaping @Sendable (VerdictRecord) -> SendingParty?) { self.watch = watch; self.verdicts = verdicts; self.party = party }

    /// - Parameter tenant: whose mail it may be about; nil for anybody's.
    /// - Throws: `StoreTrouble`.
    package func take(_ returned: ReturnedMail, tenant: String?, at time: Timestamp, by deadline: ContinuousClock.Instant) async throws -> FeedbackOutcome {
        var outcome = FeedbackOutcome()
        guard let record = try await record(of: returned, tenant: tenant) else {
            outcome.reason = returned.verdicts.isEmpty && returned.messageID == nil ? "nothing of the message comes back by which it could be known: neither X-Postern-Verdict nor Message-ID" : "no message that was sent from here has this verdict or Message-ID and went to who is named, or messages of several senders do"
            return outcome
        }
        outcome.verdict = record.id
        guard let party = party(record), let sender = SenderObservation.sender(party) else {
            outcome.reason = "who sent the message neither logged in nor is a site or a script that the mail server told"
            return outcome
        }
        let subject = TenantSubject(tenant: record.tenant, sender)
        outcome.sender = subject
        if record.receivedAt.adding(seconds: Self.longest) < time {
            outcome.reason = "the message was sent more than 30 days ago"
            return outcome
        }
        guard let contacts = Self.contacts(returned, record) else {
            outcome.reason = "the message did not go to the recipients that are named"
            return outcome
        }
        let feedback = SenderFeedback(of: subject, returned.kind, verdict: record.id, sentAt: record.receivedAt, contacts: contacts), noted = try await watch.store.note(feedback, rules: watch.rules, by: deadline)
        await watch.follow(noted.changed)
        (outcome.counted, outcome.changed) = noted
        if noted.counted == 0 { outcome.reason = "it counted before for this recipient, or the message was sent before its sender's restraint changed last" }
        return outcome
    }

    /// The verdict on the message: that which it names, else the one with its Message-ID that went to a recipient that is named; else the only one with that.
    private func record(of returned: ReturnedMail, tenant: String?) async throws -> VerdictRecord? {
        let messageID = returned.messageID.map(Self.bare)
        for id in returned.verdicts.prefix(Self.most) {
            guard let record = try await verdicts.verdict(id, tenant: tenant), Self.went(record.direction, record.action) else { continue }
            // Of one message another's verdict says nothing.
            if let messageID, let own = record.messageID, own != messageID { continue }
            return record
        }
        guard let messageID, !messageID.isEmpty else { return nil }
        var filter = HistoryFilter()
        filter.tenant = tenant
        filter.direction = .outbound
        filter.messageID = messageID
        for name in returned.recipients.prefix(Self.asked).joined() {
            filter.recipient = HistoryPath(name)
            if let found = try await only(filter) { return found }
        }
        filter.recipient = nil
        return try await only(filter)
    }

    /// The newest verdict on a message that went, where all such are of one sender.
    private func only(_ filter: HistoryFilter) async throws -> VerdictRecord? {
        let rows = try await verdicts.verdicts(matching: filter, before: nil, limit: Self.most).filter { Self.went($0.direction, $0.action) }
        guard let newest = rows.first, filter.recipient != nil || rows.count == 1 else { return nil }
        guard rows.allSatisfy({ $0.tenant == newest.tenant && $0.authUser == newest.authUser && (newest.authUser != nil || rows.count == 1) }) else { return nil }
        return try await verdicts.verdict(newest.id, tenant: newest.tenant)
    }

    private static func went(_ direction: Direction, _ action: Action) -> Bool { direction == .outbound && (action < .quarantine || action == .hold) }

    private static func bare(_ text: String) -> String { text.first == "<" && text.last == ">" ? String(text.dropFirst().dropLast()) : text }

    /// For which of a message's recipients something came back. A message to one only came back for that one, under whatever name it was forwarded to.
    /// - Returns: empty for one that is not named; nil where those that are named are none of the message's.
    private static func contacts(_ returned: ReturnedMail, _ record: VerdictRecord) -> [Contact]? {
        if record.recipients.count == 1, let only = record.recipients.first { return [Contact(only.text)] }
        if returned.recipients.isEmpty { return [] }
        let recipients = Set(record.recipients)
        let found = returned.recipients.compactMap { names in names.lazy.map { HistoryPath($0) }.first { recipients.contains($0) } }
        // A complaint is one person's, whomever else it names.
        return found.isEmpty ? nil : Array(Set(found.prefix(returned.kind == .complaint ? 1 : found.count).map { Contact($0.text) }))
    }
}
