internal import Limiting
internal import Mail
internal import RateLimits
internal import Verdicts
internal import Watching

/// What goes out is counted last, when policy would let it go: a message that is refused for a virus uses up nobody's allowance.
extension MessageJudge {
    /// Counts a message that would go out.
    /// - Returns: nil where it is not to be counted.
    func counted(_ examined: Examination, _ policy: Policy, after deadline: ContinuousClock.Instant) async -> RateLimitEvidence? {
        let envelope = examined.submission.envelope
        guard let limits, envelope.direction == .outbound, examined.verdict.action < .quarantine else { return nil }
        let message = SendingLimits.Message(tenant: envelope.tenant, name: SendingSubjects.name(examined), subjects: SendingSubjects.of(envelope, examined.message),
                                            amounts: Amounts(recipients: max(envelope.recipients.count, 1), octets: examined.message.octets.count),
                                            keeper: Self.keeper(examined, policy), freezes: SendingLimits.freezes(policy))
        return await limits.count(message, at: examined.submission.receivedAt, by: Greylist.end(from: .now, after: deadline, of: settings.patience, patience: limits.patience))
    }

    /// Where the message may wait.
    /// - Returns: nil where it may not: its mail server could not be told to let it go, it is to go on otherwise than it came, or limits are on probation.
    private static func keeper(_ examined: Examination, _ policy: Policy) -> SendingLimits.Keeper? {
        let envelope = examined.submission.envelope
        guard let server = envelope.serverName, !server.isEmpty, let queueID = envelope.queueID, !queueID.isEmpty, examined.verdict.action != .neutralise else { return nil }
        guard policy.rule(for: "limit.held").action == .hold, !policy.rule(for: "limit.exceeded").dryRun else { return nil }
        return SendingLimits.Keeper(server: server, queueID: queueID, mailFrom: envelope.mailFrom)
    }

    /// The examination with what counting came to. Where it does not go now, a message that was kept for what is left of it is taken back.
    /// - Parameter isFirst: false for one that came before: under its id another try may have it kept, and that may come to stand.
    func limited(_ examined: Examination, _ evidence: RateLimitEvidence?, _ policy: Policy, isFirst: Bool = true) async -> Examination {
        guard let evidence else { return examined }
        let limited = examined.limited(evidence, policy)
        if isFirst, examined.verdict.quarantine != nil, limited.verdict.quarantine == nil { await takeBack(examined) }
        return limited
    }

    /// Has it looked at who sends, beside the message's way.
    func watched(_ examined: Examination, isFirst: Bool) {
        let envelope = examined.submission.envelope, verdict = examined.verdict
        guard let watch, envelope.direction == .outbound else { return }
        watch.take(SenderWatch.Judged(envelope: envelope, action: verdict.action, messageClass: verdict.messageClass, codes: verdict.findings.map(\.code),
                                      rateLimit: examined.evidence.rateLimit, at: examined.submission.receivedAt, isFirst: isFirst))
    }
}
