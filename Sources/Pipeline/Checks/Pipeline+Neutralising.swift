internal import DKIM
internal import Mail
internal import Malware
internal import Verdicts

extension Pipeline {
    /// Finds out how a message is made harmless, whose verdict says `neutralise`, and looks at what is left of it: it must be free of all that led there.
    /// - Parameters:
    ///   - note: what takes the place of parts.
    ///   - deadline: for the scan of what is left.
    /// - Returns: the examination with ``Verdicts/Verdict/neutralisation`` and with what that means for its signatures; or, where it cannot be made harmless, decided
    ///   anew without that action.
    func neutralised(_ examined: Examination, _ policy: Policy, note: NoteTemplate, by deadline: ContinuousClock.Instant) async -> Examination {
        let id = examined.verdict.id, concerned = ConcernedParts(examined.message, examined.scanned, examined.evidence.files, policy)
        var last = Finding("neutralise.failed", "nothing in the message can be replaced")
        if concerned.found.isEmpty, !concerned.hasMore { return examined.notNeutralised(last, policy) }
        for attempt in concerned.attempts(examined.message) {
            let octets = await aside(examined.message.octets.count) { attempt.octets(of: examined.message, limits: messageLimits, note: note, verdict: id) }
            let (message, _) = await read(octets)
            switch await rest(of: message, examined.submission, policy, by: deadline) {
            case .harmless: return await examined.neutralised(attempt, signing: sign(message, examined.submission, examined.parties), findings(attempt) + broken(examined, message, by: deadline), policy)
            case .unknown(let why): return examined.notNeutralised(Finding("neutralise.not_scanned", "what would be left of the message could not be scanned: \(why)"), policy)
            case .harmful(let what): last = Finding("neutralise.failed", "what would be left of the message is still harmful: \(what)")
            }
        }
        return examined.notNeutralised(last, policy)
    }

    private enum Rest { case harmless, harmful(String), unknown(String) }

    private func rest(of message: Message, _ submission: Submission, _ policy: Policy, by deadline: ContinuousClock.Instant) async -> Rest {
        let scanned = await malware(message, by: deadline)
        if let lost = scanned?.finds.first(where: { $0.result == .notScanned }) { return .unknown(lost.name) }
        // Of what nobody looked at, nobody knows whether it is.
        if let bad = scanned?.finds.first(where: { find in find.result == .limitsExceeded || find.code.map { ConcernedParts.isRemoved($0, policy) } ?? false }) { return .harmful(bad.name) }
        guard let files = files(message, scanned, submission) else { return .harmless }
        if let left = files.files.first(where: { file in file.reasons.contains { ConcernedParts.isRemoved($0.code, policy) } }) { return .harmful(left.name) }
        let isFileRemoved = FileEvidence.Reason.allCases.contains { ConcernedParts.isRemoved($0.code, policy) }
        return isFileRemoved && files.leftOut + files.unknown > 0 ? .harmful("one of \(files.leftOut + files.unknown) files that are not named") : .harmless
    }

    private func findings(_ neutralisation: Neutralisation) -> [Finding] {
        let shown = neutralisation.parts.prefix(5).map { part in
            "part \(part.path)\(part.fileName.map { " (\($0))" } ?? "")" + (part.found.isEmpty ? "" : ": \(part.found.joined(separator: ", "))")
        }
        let more = neutralisation.parts.count > shown.count ? " and \(neutralisation.parts.count - shown.count) more" : ""
        return [Finding("neutralise.replaced", shown.joined(separator: "; ") + more)]
    }

    /// What becomes of signatures that held.
    private func broken(_ examined: Examination, _ message: Message, by deadline: ContinuousClock.Instant) async -> [Finding] {
        guard let before = examined.evidence.dkim?.signatures, before.contains(where: { $0.result == .pass }) else { return [] }
        let after = await authentication.dkim.verify(SignedMessage(message), at: examined.submission.receivedAt.seconds, by: deadline).signatures
        let lost = before.enumerated().filter { place, one in one.result == .pass && !(after.indices.contains(place) && after[place].result == .pass) }
        if lost.isEmpty { return [] }
        let names = lost.map { $0.element.domain ?? "?" }.withoutRepetition.joined(separator: ", ")
        return [Finding("neutralise.signature_broken", "the DKIM signature of \(names) held when the message came, and does not hold any more: others learn so from Authentication-Results only")]
    }
}

extension Policy {
    /// The policy for a message that cannot be made harmless: what would have it made so forces what `neutralise.failed` forces, else its refusal.
    func withoutNeutralising(_ code: String) -> Policy {
        var other = self
        let instead = rule(for: code).action.flatMap { $0 > .neutralise ? $0 : nil } ?? .reject
        other.rules = rules.mapValues { rule in
            var rule = rule
            if rule.action == .neutralise { rule.action = instead }
            return rule
        }
        return other
    }
}
