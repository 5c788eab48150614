internal import Limiting
internal import Mail
internal import RateLimits
internal import Synchronization
internal import Verdicts
internal import Watching

/// What goes out is counted last, when policy would let it go: a message that is refused for a virus uses up nobody's allowance.
extension MessageJudge {
    /// What counting a message came to, and its verdict where that was kept with the count.
    struct Counted {
        let evidence: RateLimitEvidence
        let conclusion: SendingLimits.Conclusion
        fileprivate let last: LastDraft

        /// What is kept, or would be but for an earlier one; nil where nothing was made yet.
        var draft: Draft? { last.draft }
    }

    /// Counts a message that would go out, and keeps its verdict in the same step.
    /// - Returns: nil where it is not to be counted.
    func counted(_ examined: Examination, _ policy: Policy, after deadline: ContinuousClock.Instant) async -> Counted? {
        let envelope = examined.submission.envelope
        guard let limits, envelope.direction == .outbound, examined.verdict.action < .quarantine else { return nil }
        let message = SendingLimits.Message(tenant: envelope.tenant, name: SendingSubjects.name(examined), subjects: SendingSubjects.of(envelope, examined.message),
                                            amounts: Amounts(recipients: max(envelope.recipients.count, 1), octets: examined.message.octets.count),
                                            keeper: Self.keeper(examined, policy), freezes: SendingLimits.freezes(policy))
        let last = LastDraft(), end = Greylist.end(from: .now, after: deadline, of: settings.patience, patience: limits.patience)
        let (evidence, conclusion) = await limits.count(message, at: examined.submission.receivedAt, by: end, keeping: examined.verdict.id) { evidence in last.take(Draft(examined.limited(evidence, policy))).record }
        return Counted(evidence: evidence, conclusion: conclusion, last: last)
    }

    /// Where the message may wait.
    /// - Returns: nil where it may not: its mail server could not be told to let it go, it is to go on otherwise than it came, or limits are on probation.
    private static func keeper(_ examined: Examination, _ policy: Policy) -> SendingLimits.Keeper? {
        let envelope = examined.submission.envelope
        guard let server = envelope.serverName, !server.isEmpty, let queueID = envelope.queueID, !queueID.isEmpty, envelope.canHold != false, examined.verdict.action != .neutralise else { return nil }
        guard policy.rule(for: "limit.held").action == .hold, !policy.rule(for: "limit.exceeded").dryRun else { return nil }
        return SendingLimits.Keeper(server: server, queueID: queueID, mailFrom: envelope.mailFrom)
    }

    /// The first verdict of a message, and the earlier one that stands in its place, which may be its own: one that was kept with the count though the answer was lost.
    ///
    /// It is kept already where it was counted with it. Where that is not known, it may come to stand yet, and what is made of it now has another id: what the caller is told and what is kept under an id are one.
    /// - Parameter safe: the examination with its message kept and made harmless.
    func first(_ examined: Examination, _ safe: Examination, _ counted: Counted?, _ policy: Policy, by deadline: ContinuousClock.Instant) async throws -> (Draft, earlier: EarlierVerdict?) {
        if let counted, case .kept(let earlier) = counted.conclusion, let draft = counted.draft ?? earlier.map({ _ in Draft(safe) }) {
            if let earlier {
                // Nobody else knows the id of this one.
                if earlier.id != safe.verdict.id { await takeBack(safe) }
            } else if draft.examined.verdict.quarantine == nil { await takeBackUnlessKept(safe) }
            return (draft, earlier)
        }
        guard counted?.conclusion == .unknown else {
            let draft = Draft(counted.map { safe.limited($0.evidence, policy) } ?? safe)
            if safe.verdict.quarantine != nil, draft.examined.verdict.quarantine == nil { await takeBack(safe) }
            return (draft, try await append(draft))
        }
        let envelope = examined.submission.envelope
        if envelope.queueID == nil, let own = try await store.verdict(safe.verdict.id, tenant: envelope.tenant) { return (counted?.draft ?? Draft(safe), EarlierVerdict(id: own.id, action: own.action)) }
        let other = await withMessageSafe(examined.renamed(VerdictID(at: examined.submission.receivedAt)), policy, by: deadline)
        let draft = Draft(counted.map { other.limited($0.evidence, policy) } ?? other)
        if other.verdict.quarantine != nil, draft.examined.verdict.quarantine == nil { await takeBack(other) }
        let earlier = try await append(draft)
        // With this one, or one of another try, that of the count cannot come to stand any more: a message with a queue id has one verdict.
        if envelope.queueID != nil, earlier?.id != safe.verdict.id { await takeBack(safe) }
        return (draft, earlier)
    }

    /// What a message is told whose verdict was kept with its count though the answer was lost.
    func own(_ safe: Examination, _ counted: Counted?, _ policy: Policy) async throws -> Judgement {
        let kept = try await standing(safe.verdict.id, safe)
        // Another draft than that which was kept says nothing of what came to stand.
        if let draft = counted?.draft, draft.record.action == kept.action { stands(draft.examined, policy, isFirst: true) }
        if !kept.isMessageKept { await takeBackUnlessKept(safe) }
        return Judgement(record: kept, answer: VerdictDocument.history(kept))
    }

    /// Whether a message waits in a line, from where it goes: that nobody could ask for it now takes it from nobody. Of one that has left the line, or where nobody knows, nothing is said.
    func waits(_ examined: Examination, _ earlier: EarlierVerdict, _ counted: Counted?, by deadline: ContinuousClock.Instant) async -> Bool {
        guard earlier.action == .hold, counted?.evidence.result == .unknown, let holds = limits?.holds else { return false }
        let tenant = examined.submission.envelope.tenant, id = Hold.id(of: SendingSubjects.name(examined), tenant: tenant)
        guard let hold = try? await holds.hold(id, tenant: tenant, by: max(deadline, .now + .seconds(1))) else { return false }
        return hold.state == .waiting || hold.state == .granted
    }

    /// Takes back the copy of a message whose verdict says that none is kept; where that cannot be read it stays.
    ///
    /// Another try of the same message may have it kept under the same id at the same moment, and put its verdict in the place of this one: whoever comes last looks once more.
    func takeBackUnlessKept(_ safe: Examination) async {
        let tenant = safe.submission.envelope.tenant
        guard safe.verdict.quarantine != nil, let before = try? await store.verdict(safe.verdict.id, tenant: tenant), !before.isMessageKept else { return }
        await takeBack(safe)
        let after = try? await store.verdict(safe.verdict.id, tenant: tenant)
        if after?.isMessageKept ?? true { await keepAnew(safe) }
    }

    /// Has it looked at who sends, beside the message's way.
    func watched(_ examined: Examination, isFirst: Bool) {
        let envelope = examined.submission.envelope, verdict = examined.verdict
        guard let watch, envelope.direction == .outbound else { return }
        watch.take(SenderWatch.Judged(envelope: envelope, action: verdict.action, messageClass: verdict.messageClass, codes: verdict.findings.map(\.code),
                                      rateLimit: examined.evidence.rateLimit, at: examined.submission.receivedAt, isFirst: isFirst))
    }
}

/// An examination as it goes into the history.
struct Draft: Sendable {
    let examined: Examination
    let answer: [UInt8]
    let record: VerdictRecord

    init(_ examined: Examination) {
        let document = examined.document
        (self.examined, answer, record) = (examined, document.answer, VerdictRecord(examined, document))
    }
}

/// The draft that was made last: a step that comes to nothing is done again, and makes another.
private final class LastDraft: Sendable {
    private let last = Mutex<Draft?>(nil)

    var draft: Draft? { last.withLock { $0 } }

    func take(_ draft: Draft) -> Draft {
        last.withLock { $0 = draft }
        return draft
    }
}
