package import BlockLists
internal import Cryptography
package import DNS
package import Mail
package import ReverseDNS
package import SPF
internal import Threads
package import TransportSecurity
package import Verdicts

/// The whole way of a message: Submission → Facts → Evidence → Findings → Policy → Verdict.
package struct Pipeline: Sendable {
    package let reverseDNS: ReverseDNSCheck
    package let transport: TransportCheck
    package let spf: SPFEvaluator
    package let blockLists: BlockListChecker
    /// Host names of our own mail servers.
    package let ownNames: [DomainName]
    package let messageLimits: MessageLimits
    private let readers = QueueRound(label: "postern.reader")

    package init(reverseDNS: ReverseDNSCheck, transport: TransportCheck, spf: SPFEvaluator, blockLists: BlockListChecker,
                 ownNames: [DomainName], messageLimits: MessageLimits = MessageLimits()) {
        self.reverseDNS = reverseDNS; self.transport = transport; self.spf = spf; self.blockLists = blockLists
        self.ownNames = ownNames; self.messageLimits = messageLimits
    }

    /// Looks at one message and says what to do with it. Nothing is kept and nothing is counted here.
    /// - Parameters:
    ///   - id: the verdict's name.
    ///   - deadline: everything that waits returns by it.
    package func judge(_ submission: Submission, id: VerdictID, policy: Policy, by deadline: ContinuousClock.Instant) async -> Examination {
        let clock = ContinuousClock(), begin = clock.now
        let message = await read(submission.octets)
        let parsed = clock.now
        let parties = Parties(submission.envelope, message)
        let evidence = await gather(submission, message, parties, by: deadline)
        let looked = clock.now
        let findings = self.findings(evidence, message, submission.envelope)
        let decision = policy.decide(findings)
        let verdict = Verdict(decision, id: id, policy: policy, message: message)
        let timing = [("parse", begin.duration(to: parsed)), ("checks", parsed.duration(to: looked)), ("judge", begin.duration(to: clock.now))]
        return Examination(submission: submission, message: message, parties: parties, evidence: evidence, verdict: verdict,
                           timing: timing.map { ($0.0, $0.1.milliseconds) })
    }

    /// Octets of a message from which on it is read on a thread for that: the caller's thread, and Swift's pool, have others to serve
    /// meanwhile.
    private static let largeMessage = 16 << 10

    private func read(_ octets: [UInt8]) async -> Message {
        if octets.count < Self.largeMessage { return Message(octets: octets, limits: messageLimits) }
        return await withTaskExecutorPreference(readers.next) { @concurrent in Message(octets: octets, limits: messageLimits) }
    }

    /// Runs the checks that do not wait for each other at once.
    private func gather(_ submission: Submission, _ message: Message, _ parties: Parties, by deadline: ContinuousClock.Instant) async -> Evidence {
        let envelope = submission.envelope
        var evidence = Evidence()
        evidence.transport = transport.check(TransportFacts(version: envelope.tlsVersion, cipher: envelope.tlsCipher, sender: parties.sender,
                                                            recipients: parties.recipients, isAuthenticated: envelope.authUser != nil))
        evidence.content = ContentEvidence(message)
        let authenticated = envelope.authUser != nil
        let subjects = parties.subjects(envelope, message)
        async let lists = blockLists.check(subjects, tenant: envelope.tenant, at: submission.receivedAt.microseconds, by: deadline)
        if !authenticated {
            async let spf = spf.evaluate(client: envelope.clientIP, helo: envelope.helo ?? "", mailFrom: envelope.mailFrom,
                                         deadline: deadline, at: submission.receivedAt.seconds)
            let reverse = await reverseDNS.check(client: envelope.clientIP, helo: envelope.helo, authorDomains: parties.authors,
                                                 ownNames: ownNames, deadline: deadline)
            evidence.reverseDNS = reverse
            let names = reverse.iprev.confirmed.filter { !subjects.names($0) }
            evidence.blockLists = await lists
            if !names.isEmpty {
                // The client's own name is known only now.
                let more = await blockLists.check(ListSubjects(ptr: names), tenant: envelope.tenant, at: submission.receivedAt.microseconds, by: deadline)
                evidence.blockLists?.add(more)
            }
            evidence.spf = await spf
        } else {
            evidence.blockLists = await lists
        }
        return evidence
    }

    /// What the evidence says, by pure rules.
    private func findings(_ evidence: Evidence, _ message: Message, _ envelope: Envelope) -> [Finding] {
        let authenticated = envelope.authUser != nil
        var findings: [Finding] = []
        if let reverse = evidence.reverseDNS { findings += reverseDNSFindings(reverse, authenticated: authenticated) }
        if let transport = evidence.transport { findings += transportFindings(transport) }
        if let spf = evidence.spf { findings += spfFindings(spf, authenticated: authenticated) }
        if let lists = evidence.blockLists {
            let outcomes = [evidence.spf?.mailfrom, evidence.spf?.helo].compactMap { $0 }
            findings += blockListFindings(lists, passed: Set(outcomes.filter(\.vouches).compactMap { DomainName($0.domain) }))
        }
        return findings + contentFindings(message)
    }
}

/// All that came of one message before it is kept.
package struct Examination: Sendable {
    package let submission: Submission
    package let message: Message
    let parties: Parties
    package let evidence: Evidence
    package let verdict: Verdict
    /// Steps and how long they took, in milliseconds.
    package let timing: [(String, Double)]
}

extension Duration {
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return ((Double(seconds) * 1000 + Double(attoseconds) / 1e15) * 1000).rounded() / 1000
    }
}
