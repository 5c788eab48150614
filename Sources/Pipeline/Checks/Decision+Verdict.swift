internal import Mail
package import Verdicts

extension Verdict {
    /// Fields that only we may write; a message that brings them forged them.
    private static let ownFields = ["X-Postern-Verdict", "X-Spam"]

    /// Puts a decision into the words for the MTA.
    /// - Parameters:
    ///   - results: the edits by which others learn what was found.
    ///   - signature: the fields that sign it, for where it goes on.
    ///   - wait: seconds after which the greylist lets it come back, where it was asked.
    ///   - rateLimit: what the limits on sending said, where they were asked.
    init(_ decision: Decision, id: VerdictID, policy: Policy, message: Message, results: HeaderEdits, signature: [HeaderToAdd], wait: Int? = nil, rateLimit: RateLimitEvidence? = nil) {
        var headers = results
        if decision.action < .defer { headers.add += signature }
        for name in Self.ownFields where message.header.first(name) != nil { headers.remove.append(HeaderToRemove(name: name, place: nil)) }
        let score = decision.score.formatted
        headers.add.append(HeaderToAdd(name: "X-Postern-Verdict", value: "\(decision.action.rawValue); score=\(score); id=\(id)"))
        let isSpam = decision.action == .tag || decision.action == .neutralise && decision.score >= policy.thresholds.tag ?? .infinity
        if isSpam { headers.add.append(HeaderToAdd(name: "X-Spam", value: "Yes")) }
        self.init(id: id, action: decision.action, messageClass: Self.messageClass(decision, policy), score: decision.score,
                  thresholds: policy.thresholds, smtp: SMTPReply(decision, id: id, policy: policy, wait: wait, rateLimit: rateLimit), findings: decision.findings,
                  headers: headers, decidedBy: decision.decidedBy, releaseAt: decision.action == .hold ? rateLimit?.hold?.releaseAt : nil)
    }

    /// The same with other findings.
    func with(findings: [Finding]) -> Verdict {
        Verdict(id: id, action: action, messageClass: messageClass, score: score, thresholds: thresholds, smtp: smtp, findings: findings, headers: headers, decidedBy: decidedBy,
                quarantine: quarantine, neutralisation: neutralisation, releaseAt: releaseAt)
    }

    /// The same verdict under another name: for a message that was judged anew.
    package func renamed(_ id: VerdictID) -> Verdict {
        let old = self.id.description, new = id.description
        let headers = HeaderEdits(add: self.headers.add.map { HeaderToAdd(name: $0.name, value: $0.value.replacing(old, with: new)) }, remove: self.headers.remove)
        return Verdict(id: id, action: action, messageClass: messageClass, score: score, thresholds: thresholds,
                       smtp: SMTPReply(code: smtp.code, enhanced: smtp.enhanced, text: smtp.text.replacing(old, with: new)),
                       findings: findings, headers: headers, decidedBy: decidedBy, quarantine: quarantine, neutralisation: neutralisation, releaseAt: releaseAt)
    }

    /// Spam from the tag threshold on; unknown where too little could be known to say.
    private static func messageClass(_ decision: Decision, _ policy: Policy) -> MessageClass {
        if decision.decidedBy != nil, decision.action == .accept { return .legitimate }
        // It is put off to see more.
        if decision.isGreylisted { return .unknown }
        if let tag = policy.thresholds.tag ?? policy.thresholds.quarantine ?? policy.thresholds.reject, decision.score >= tag { return .spam }
        // Malware is another matter than spam.
        if [.neutralise, .quarantine].contains(decision.action) || decision.action >= .defer { return .unknown }
        return decision.findings.contains { $0.couldBe != nil && $0.passing == true } ? .unknown : .legitimate
    }
}

extension SMTPReply {
    /// The reply of an action, with the reason that weighs most and the verdict's id, by which the sender can ask.
    init(_ decision: Decision, id: VerdictID, policy: Policy, wait: Int?, rateLimit: RateLimitEvidence?) {
        let reason = decision.decidedBy ?? decision.findings.filter { $0.dryRun != true && $0.weight > 0 }.max { $0.weight < $1.weight }?.code
        let text = reason.flatMap { policy.text(for: $0) }, limit = rateLimit?.exceeded
        switch decision.action {
        case .accept, .tag: self.init(code: 250, enhanced: "2.0.0", text: "accepted [v:\(id)]")
        case .neutralise: self.init(code: 250, enhanced: "2.0.0", text: "accepted, harmful parts removed [v:\(id)]")
        case .quarantine: self.init(code: 250, enhanced: "2.0.0", text: "accepted, kept in quarantine [v:\(id)]")
        case .hold:
            let until = rateLimit?.hold.map { " until \($0.releaseAt.toTheSecond)" } ?? ""
            self.init(code: 250, enhanced: "2.0.0", text: "accepted, held\(until)\((text ?? limit?.reply).map { ": \($0)" } ?? "") [v:\(id)]")
        case .defer where decision.isGreylisted:
            let when = wait.map { "in \($0) seconds" } ?? "later"
            self.init(code: 451, enhanced: Self.enhanced(reason, first: 4), text: "try again \(when): \(text ?? "the sender is not known here yet") [v:\(id)]")
        case .defer where decision.isLimited:
            let when = limit?.retryAt.map { "at \($0.toTheSecond)" } ?? "later"
            self.init(code: 451, enhanced: "4.7.1", text: "try again \(when): \(text ?? limit?.reply ?? "a limit on sending is reached") [v:\(id)]")
        case .reject where decision.isLimited:
            self.init(code: 554, enhanced: "5.7.1", text: "refused: \(text ?? limit?.reply ?? "a limit on sending is reached") [v:\(id)]")
        case .defer: self.init(code: 451, enhanced: Self.enhanced(reason, first: 4), text: "try again later: \(text ?? "a check could not be completed") [v:\(id)]")
        case .reject: self.init(code: 554, enhanced: Self.enhanced(reason, first: 5), text: "refused: \(text ?? "the message looks like spam") [v:\(id)]")
        }
    }

    /// RFC 3463 §3.8; RFC 7372 §3 for SPF, DKIM, DMARC and reverse DNS; RFC 5248 §2.4 (X.7.10) for missing encryption.
    private static func enhanced(_ code: String?, first: Int) -> String {
        let code = code ?? ""
        if code.hasPrefix("spf.permerror") || code.hasPrefix("spf.temperror") { return "\(first).7.24" }
        // X.7.23 is for an SPF fail; that a record passes everybody is none.
        if code.hasPrefix("spf."), !code.hasPrefix("spf.pass") { return "\(first).7.23" }
        // RFC 7372 §3.1 and §3.3: no passing signature; no authentication that is the author's.
        if code.hasPrefix("dkim.") { return "\(first).7.20" }
        if code.hasPrefix("dmarc.") || code.hasPrefix("author.") { return "\(first).7.26" }
        if code.hasPrefix("iprev.") { return "\(first).7.25" }
        if code.hasPrefix("transport.") { return "\(first).7.10" }
        return "\(first).7.1"
    }
}

extension RateLimitEvidence.State {
    /// For a reply: printable ASCII without quotes and backslashes.
    fileprivate var reply: String {
        String(decoding: sentence.unicodeScalars.map { $0.value >= 32 && $0.value < 127 && $0 != "\"" && $0 != "\\" ? UInt8(truncatingIfNeeded: $0.value) : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

extension Timestamp {
    /// Rounded up, without a fraction: who comes then does not come too early.
    fileprivate var toTheSecond: String {
        let up = Timestamp(microseconds: (microseconds.addingReportingOverflow(999_999).partialValue) / 1_000_000 * 1_000_000)
        return up.description.prefix(19) + "Z"
    }
}

extension Decision {
    /// Whether a limit on sending decided.
    fileprivate var isLimited: Bool { decidedBy == "limit.exceeded" || decidedBy == "limit.too_large" || decidedBy == "sender.frozen" }

    /// Whether the greylist puts it off.
    fileprivate var isGreylisted: Bool { action == .defer && decidedBy.map { Policy.greylistCodes.contains($0) } ?? false }
}

extension Policy {
    /// The words for a reason: those of the code, else those of the longest code above it.
    func text(for code: String) -> String? {
        var rest = Substring(code)
        while true {
            if let text = texts[String(rest)] ?? texts[rest + ".*"] { return text }
            guard let dot = rest.lastIndex(of: ".") else { return nil }
            rest = rest[..<dot]
        }
    }
}

extension Double {
    /// With at most two decimals.
    fileprivate var formatted: String {
        let hundredths = Int((self * 100).rounded())
        let whole = abs(hundredths) / 100, part = abs(hundredths) % 100
        let decimals = part == 0 ? "" : part % 10 == 0 ? ".\(part / 10)" : part < 10 ? ".0\(part)" : ".\(part)"
        return (hundredths < 0 ? "-" : "") + "\(whole)" + decimals
    }
}
