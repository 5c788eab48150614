internal import Mail
internal import Malware
internal import Verdicts

/// A message that goes into quarantine, or is made harmless, is there as it came before its verdict is kept: no verdict says so of one that is lost. What was kept for a verdict that does not come to
/// stand is taken back; where that is not known, as with a database that went away, it stays until it expires.
extension MessageJudge {
    /// Keeps the message where the verdict says `quarantine`, or says `neutralise` and how.
    /// - Returns: what the verdict is now: the same, since there is no quarantine here and the MTA keeps the message; with the time until which it is kept here; or
    ///   decided anew, with the reason for which it was not kept among its findings. `neutralise` is left only where the message is kept.
    private func withMessageKept(_ examined: Examination, _ policy: Policy) async -> Examination {
        let kept = await keepingMessage(examined, policy)
        guard kept.verdict.action == .neutralise, kept.verdict.quarantine == nil else { return kept }
        return kept.notNeutralised(Finding("neutralise.failed", "the message as it came cannot be kept, of which what is harmless is made"), policy)
    }

    /// The examination with how its message is made harmless, and with the message kept, where its verdict says so.
    func withMessageSafe(_ examined: Examination, _ policy: Policy, by deadline: ContinuousClock.Instant) async -> Examination {
        await withMessageKept(withMessageNeutralised(examined, policy, by: deadline), policy)
    }

    /// The examination with how its message is made harmless, where its verdict says so.
    private func withMessageNeutralised(_ examined: Examination, _ policy: Policy, by deadline: ContinuousClock.Instant) async -> Examination {
        guard examined.verdict.action == .neutralise else { return examined }
        guard let note = notes?.note(for: examined.submission.envelope.tenant) else { return examined.notNeutralised(Finding("neutralise.failed", "there is no note to put in place of parts"), policy) }
        // What it takes to scan what is left is about what the message itself took: with the time that this has left, it would be put off again and again.
        return await pipeline.neutralised(examined, policy, note: note, by: max(deadline, .now + settings.patience / 2))
    }

    private func keepingMessage(_ examined: Examination, _ policy: Policy) async -> Examination {
        guard let quarantine, examined.verdict.action == .quarantine || examined.verdict.neutralisation != nil else { return examined }
        do {
            return examined.kept(Keeping(expiresAt: try await end(of: Self.message(examined, quarantine), examined.message.octets, quarantine)))
        } catch {
            return examined.adding(Finding(Self.code(error), "the message is not kept in quarantine: \(error)"), to: policy)
        }
    }

    private static func message(_ examined: Examination, _ quarantine: Quarantine) -> KeptMessage {
        let now = examined.submission.receivedAt, record = VerdictRecord(examined, examined.document)
        return KeptMessage(record, from: examined.message.header.first("From")?.text.cut(to: 998), isInfected: examined.evidence.malware?.result == .infected,
                           keptAt: now, expiresAt: quarantine.store.limits.end(of: record.tenant, keptAt: now))
    }

    /// Has the message kept of which the standing verdict says so, where another try took it back meanwhile.
    func keepAnew(_ examined: Examination) async {
        guard let quarantine, examined.verdict.quarantine != nil else { return }
        // To seal it takes long, and nearly always it is there.
        if let there = try? await quarantine.store.row(examined.verdict.id, tenant: examined.submission.envelope.tenant), there.digest == examined.message.digest { return }
        // What cannot be kept now was there a moment ago: the room it had was its own.
        _ = try? await quarantine.keep(Self.message(examined, quarantine), octets: examined.message.octets)
    }

    /// Keeps the message.
    /// - Returns: when it expires. One that is there already was kept by another try of the same message; should it not be known there as infected and is, it is kept anew.
    private func end(of message: KeptMessage, _ octets: [UInt8], _ quarantine: Quarantine) async throws -> Timestamp {
        for _ in 0..<2 {
            if try await quarantine.keep(message, octets: octets) { return message.expiresAt }
            // One that was there a moment ago may have been taken back.
            guard let standing = try await quarantine.store.row(message.id, tenant: message.tenant) else { continue }
            guard standing.digest == message.digest, message.isInfected, !standing.isInfected, standing.state == .kept else { return standing.expiresAt }
            if try await quarantine.exchange(message, octets: octets) { return message.expiresAt }
        }
        throw StoreTrouble.busy("another try of the same message keeps it at the same moment")
    }

    /// Takes the message back out of quarantine, where it is there, since another verdict stands.
    func takeBack(_ examined: Examination) async {
        if examined.verdict.quarantine != nil { await withdraw(examined.verdict.id, examined) }
    }

    /// Takes back what is kept under an id, if anything is and nobody touched it.
    func withdraw(_ id: VerdictID, _ examined: Examination) async {
        // What cannot be taken back now expires.
        _ = try? await quarantine?.store.withdraw(id, tenant: examined.submission.envelope.tenant)
    }

    private static func code(_ error: any Error) -> String {
        switch error {
        case QuarantineTrouble.tooLarge, SealTrouble.tooLarge: "quarantine.too_large"
        case QuarantineTrouble.tooManyMessages, QuarantineTrouble.tooManyOctets: "quarantine.full"
        default: "quarantine.unavailable"
        }
    }
}
