internal import DMARC
internal import Verdicts

extension AggregateReport.Record {
    /// Signatures of one record; RFC 9990 §3.1.3 asks for no more.
    private static let maximumSignatures = 100

    /// What a report tells of messages that fared alike.
    /// - Parameter asked: what the policy may ask for that the report says was published.
    /// - Returns: nil where they name no author.
    init?(_ result: CountedResult, asked: [String]) {
        guard result.count > 0, let author = result.outcome.domain, !author.isEmpty else { return nil }
        var dkim: [AggregateReport.Signature] = [], spf: [AggregateReport.Identity] = []
        for identifier in result.outcome.identifiers where !identifier.domain.isEmpty {
            guard let word = AggregateReport.Outcome(rawValue: identifier.result) else { continue }
            switch identifier.mechanism {
            case .dkim:
                guard let selector = identifier.selector, !selector.isEmpty, word != .softfail, dkim.count < Self.maximumSignatures else { continue }
                dkim.append(AggregateReport.Signature(domain: identifier.domain, selector: selector, result: word))
            case .spf: if spf.isEmpty { spf.append(AggregateReport.Identity(domain: identifier.domain, result: word)) }
            }
        }
        self.init(source: result.clientIP, count: result.count, evaluated: AggregateReport.Evaluated(result, asked: asked), headerFrom: author,
                  envelopeFrom: result.envelopeFrom ?? "", envelopeTo: result.envelopeTo, dkim: dkim, spf: spf)
    }
}

extension AggregateReport.Evaluated {
    /// What was done, and why it is not what was asked for.
    /// Source: RFC 9990 §3.1.1.8 and §3.1.1.9.
    init(_ result: CountedResult, asked: [String]) {
        let outcome = result.outcome, done = AggregateReport.Disposition(result.action), isPass = outcome.spfAligned || outcome.dkimAligned
        self.init(disposition: done, dkim: outcome.dkimAligned ? .pass : .fail, spf: outcome.spfAligned ? .pass : .fail)
        if isPass {
            if done == .none {
                if let policy = outcome.policy, policy > .none { disposition = .pass }
            } else {
                reasons = [.init(.localPolicy, comment: "for another reason than DMARC")]
            }
            return
        }
        if let override = result.override {
            let type = AggregateReport.Override(rawValue: override.type) ?? .localPolicy
            reasons = [.init(type == .forwarded || type == .sampledOut ? .localPolicy : type, comment: Self.cut(override.comment))]
        } else if outcome.result != .fail {
            reasons = [.init(.other, comment: Self.cut("\(outcome.result.rawValue): \(outcome.problem ?? "DMARC could not be evaluated")"))]
        } else if done.rawValue == outcome.disposition.rawValue {
            if outcome.isTesting, outcome.policy != outcome.disposition { reasons = [.init(.policyTestMode)] }
        } else {
            reasons = [.init(.localPolicy, comment: done.strictness < outcome.disposition.strictness ? "nothing more is made of it here" : "for another reason than DMARC")]
        }
        if reasons.isEmpty, !asked.contains(done.rawValue) { reasons = [.init(.other, comment: "asked for by the policy that was published when it came")] }
    }

    /// Characters of a comment.
    private static func cut(_ comment: String) -> String { String(comment.prefix(255)) }
}

extension AggregateReport.Disposition {
    /// What is marked as spam, or kept apart, was put in quarantine (RFC 9989 §4.7, p=quarantine).
    init(_ action: Action) {
        switch action {
        case .accept, .neutralise, .defer: self = .none
        case .tag, .quarantine, .hold: self = .quarantine
        case .reject: self = .reject
        }
    }

    fileprivate var strictness: Int {
        switch self { case .none, .pass: 0; case .quarantine: 1; case .reject: 2 }
    }
}

extension DMARCPolicy {
    fileprivate var strictness: Int {
        switch self { case .none: 0; case .quarantine: 1; case .reject: 2 }
    }
}
