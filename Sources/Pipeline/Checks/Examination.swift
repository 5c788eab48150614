package import Mail
internal import Malware
internal import SpamFilter
package import Verdicts

/// All that came of one message before it is kept.
package struct Examination: Sendable {
    package let submission: Submission
    package let message: Message
    let parties: Parties
    package private(set) var evidence: Evidence
    /// All that the scanner found, of which the evidence has the gravest.
    let scanned: MalwareChecker.Scanned?
    package private(set) var verdict: Verdict
    /// What others learn of it, and the signature of what goes out, as the verdict was made of them.
    let edits: HeaderEdits, signature: [HeaderToAdd]
    /// By which the message can be learned when its text is gone; nil where they are not kept.
    let features: MessageFeatures?
    /// Steps and how long they took, in milliseconds.
    package private(set) var timing: [(String, Double)]

    init(submission: Submission, message: Message, parties: Parties, evidence: Evidence, scanned: MalwareChecker.Scanned?, verdict: Verdict, edits: HeaderEdits, signature: [HeaderToAdd], features: MessageFeatures? = nil, timing: [(String, Double)]) {
        self.submission = submission; self.message = message; self.parties = parties; self.evidence = evidence; self.scanned = scanned; self.verdict = verdict
        self.edits = edits; self.signature = signature; self.features = features; self.timing = timing
    }

    /// The answer and its parts.
    package var document: VerdictDocument.Texts { VerdictDocument.answer(verdict: verdict, evidence: evidence, timing: timing) }

    /// The same under another id: for a message that was judged anew.
    func renamed(_ id: VerdictID) -> Examination {
        var other = self
        other.verdict = verdict.renamed(id)
        return other
    }

    /// The same with its message in quarantine.
    func kept(_ keeping: Keeping) -> Examination {
        var other = self
        other.verdict.quarantine = keeping
        return other
    }

    /// Decided anew with what the greylist found.
    /// - Parameters:
    ///   - finding: nil where it was not asked.
    ///   - took: how long it took to ask.
    func greylisted(_ evidence: GreylistEvidence, _ finding: Finding?, _ policy: Policy, took: Duration? = nil) -> Examination {
        var other = self
        if let took { other.timing.append(("greylist", took.milliseconds)) }
        other.evidence.greylist = evidence
        return finding.map { other.adding($0, to: policy) } ?? other
    }

    /// Decided anew with what counting it came to. What goes as it would have gone stays as it is, with how it is made harmless.
    func limited(_ evidence: RateLimitEvidence, _ policy: Policy) -> Examination {
        var other = self
        other.evidence.rateLimit = evidence
        var decided = rateLimitFindings(evidence).isEmpty ? other : other.decided(verdict.findings + rateLimitFindings(evidence), policy, signature)
        // Words for who sent it only where that is why it does not go now.
        if decided.verdict.decidedBy.map(Self.limitCodes.contains) != true {
            var silent = evidence
            silent.message = nil
            (decided.evidence.rateLimit, other.evidence.rateLimit) = (silent, silent)
        }
        guard verdict.neutralisation != nil, decided.verdict.action == verdict.action else { return decided }
        other.verdict = verdict.with(findings: decided.verdict.findings)
        return other
    }

    /// Reasons of which `evidence.rate_limit.message` tells who sent the message.
    private static let limitCodes: Set<String> = ["limit.exceeded", "limit.held", "limit.too_large", "sender.frozen"]

    /// Decided anew with what was found besides.
    func adding(_ findings: Finding..., to policy: Policy) -> Examination { decided(verdict.findings + findings, policy, signature) }

    /// Decided anew with how it is made harmless. Should that be stricter than `neutralise`, it stays as it came.
    /// - Parameter signing: what signing the harmless message came to, for what goes out.
    func neutralised(_ how: Neutralisation, signing: OutboundSigning?, _ findings: [Finding], _ policy: Policy) -> Examination {
        var other = decided(verdict.findings + findings, policy, signing?.fields ?? [])
        guard other.verdict.action == .neutralise else { return decided(verdict.findings + findings, policy, signature) }
        other.verdict.neutralisation = how
        return other
    }

    /// Decided anew with the reason for which it cannot be made harmless; the action is another one then.
    func notNeutralised(_ finding: Finding, _ policy: Policy) -> Examination { decided(verdict.findings + [finding], policy.withoutNeutralising(finding.code), signature) }

    private func decided(_ findings: [Finding], _ policy: Policy, _ signature: [HeaderToAdd]) -> Examination {
        var other = self
        other.verdict = Verdict(policy.decide(findings), id: verdict.id, policy: policy, message: message, results: edits, signature: signature, wait: evidence.greylist?.wait, rateLimit: evidence.rateLimit)
        return other
    }
}
