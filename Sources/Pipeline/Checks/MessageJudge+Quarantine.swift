internal import Mail
internal import Malware
internal import Verdicts

/// A message that goes into quarantine, or is made harmless, is there as it came before its verdict is kept: no verdict says so of one that is lost. What was kept for a verdict that does not come to
/// stand is taken back; where that is not known, as with a database that went away, it stays until it expires.
extension MessageJudge {
    /// Keeps the message where the verdict says `quarantine`, or says `neutralise` and how.
    /// - Returns: what the verdict is now: the same, since there is no quarantine here and the MTA keeps the message; with the time until which it is kept here; or
    ///   decided anew, with the reason for which it was not kept among its findings. `neutralise` is left only where the message is kept.
    func withMessageKept(_ examined: Examination, _ policy: Policy) async -> Examination {
        let kept = await keepingMessage(examined, policy)
        guard kept.verdict.action == .neutralise, kept.verdict.quarantine == nil else { return kept }
        return kept.notNeutralised(Finding("neutralise.failed", "the message as it came cannot be kept, of which what is harmless is made"), policy)
    }

    /// The examination with how its message is made harmless, where its verdict says so.
    func withMessageNeutralised(_ examined: Examination, _ policy: Policy, by deadline: ContinuousClock.Instant) async -> Examination {
        guard examined.verdict.action == .neutralise else { return examined }
        guard let note = notes?.note(for: examined.submission.envelope.tenant) else { return examined.notNeutralised(Finding("neutralise.failed", "there is no note to put in place of parts"), policy) }
        return await pipeline.neutralised(examined, policy, note: note, by: deadline)
    }

    private func keepingMessage(_ examined: Examination, _ policy: Policy) async -> Examination {
        guard let quarantine, examined.verdict.action == .quarantine || examined.verdict.neutralisation != nil else { return examined }
        let now = examined.submission.receivedAt
        do {
            let record = VerdictRecord(examined, examined.document)
            let message = KeptMessage(record, from: examined.message.header.first("From")?.text.cut(to: 998), isInfected: examined.evidence.malware?.result == .infected,
                                      keptAt: now, expiresAt: quarantine.store.limits.end(of: record.tenant, keptAt: now))
            // One that is there already was kept by another try of the same message.
            _ = try await quarantine.keep(message, octets: examined.message.octets)
            return examined.kept(Keeping(expiresAt: message.expiresAt))
        } catch {
            return examined.adding(Finding(Self.code(error), "the message is not kept in quarantine: \(error)"), to: policy)
        }
    }

    /// Takes the message back out of quarantine, where it is there, since another verdict stands.
    func takeBack(_ examined: Examination) async {
        guard let quarantine, examined.verdict.quarantine != nil else { return }
        // What cannot be taken back now expires.
        _ = try? await quarantine.store.withdraw(examined.verdict.id, tenant: examined.submission.envelope.tenant)
    }

    private static func code(_ error: any Error) -> String {
        switch error {
        case QuarantineTrouble.tooLarge, SealTrouble.tooLarge: "quarantine.too_large"
        case QuarantineTrouble.tooManyMessages, QuarantineTrouble.tooManyOctets: "quarantine.full"
        default: "quarantine.unavailable"
        }
    }
}
