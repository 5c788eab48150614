package import BlockLists
package import ContentRules
internal import Cryptography
internal import DKIM
internal import DMARC
package import DNS
package import Mail
package import Malware
package import ReverseDNS
internal import SPF
package import Signing
internal import SpamFilter
internal import Threads
package import TransportSecurity
package import Verdicts

/// The whole way of a message: Submission → Facts → Evidence → Findings → Policy → Verdict.
package struct Pipeline: Sendable {
    package let reverseDNS: ReverseDNSCheck
    package let transport: TransportCheck
    package let authentication: Authentication
    package let blockLists: BlockListChecker
    /// Looks for malware; nil where nobody does.
    package let malware: MalwareChecker?
    /// Asks what was learned; nil where nobody does.
    package let spam: SpamCheck?
    /// Host names of our own mail servers.
    package let ownNames: [DomainName]
    package let results: ResultFields
    /// Signs what goes out; nil where nothing is signed.
    package let signing: KeyRing?
    package let messageLimits: MessageLimits
    /// People and brands in whose name only they should write.
    package let names: ProtectedNames
    let ownDomain: OwnDomainCheck
    private let readers = QueueRound(label: "postern.reader")

    package init(reverseDNS: ReverseDNSCheck, transport: TransportCheck, authentication: Authentication, blockLists: BlockListChecker, malware: MalwareChecker? = nil, spam: SpamCheck? = nil,
                 ownNames: [DomainName], results: ResultFields, signing: KeyRing? = nil, names: ProtectedNames = ProtectedNames(), ownAddresses: [IPAddress] = [], messageLimits: MessageLimits = MessageLimits()) {
        self.reverseDNS = reverseDNS; self.transport = transport; self.authentication = authentication; self.blockLists = blockLists; self.malware = malware; self.spam = spam
        self.ownNames = ownNames; self.results = results; self.signing = signing; self.names = names; self.messageLimits = messageLimits
        ownDomain = OwnDomainCheck(spf: authentication.spf, addresses: ownAddresses)
    }

    /// Looks at one message and says what to do with it. Nothing is kept and nothing is counted here.
    /// - Parameters:
    ///   - id: the verdict's name.
    ///   - deadline: everything that waits returns by it.
    package func judge(_ submission: Submission, id: VerdictID, policy: Policy, by deadline: ContinuousClock.Instant) async -> Examination {
        // Who waits for a thread is not served yet: that shows in the times.
        let begin = ContinuousClock.now
        // All of a large message is done aside: each change of threads wakes one up and keeps another waiting.
        if submission.octets.count < Self.largeMessage { return await judgeHere(submission, id: id, policy: policy, from: begin, by: deadline) }
        return await withTaskExecutorPreference(readers.next) { @concurrent in await self.judgeHere(submission, id: id, policy: policy, from: begin, by: deadline) }
    }

    private func judgeHere(_ submission: Submission, id: VerdictID, policy: Policy, from begin: ContinuousClock.Instant, by deadline: ContinuousClock.Instant) async -> Examination {
        let clock = ContinuousClock()
        let (message, authors) = readHere(submission.octets)
        let parsed = clock.now
        let parties = Parties(submission.envelope, message)
        var (evidence, scanned) = await gather(submission, message, authors, parties, by: deadline)
        let signed = await sign(message, submission, parties)
        evidence.signing = signed?.evidence
        var findings = self.findings(evidence, message, authors, submission.envelope)
        let learned = spam(message, findings, submission, parties)
        evidence.spam = learned?.evidence
        if let spam = evidence.spam { findings = findings.discounted(by: spam) + spamFindings(spam) }
        let looked = clock.now
        let decision = policy.decide(findings)
        let edits = results.edits(evidence, submission.envelope, message), signature = signed?.fields ?? []
        let verdict = Verdict(decision, id: id, policy: policy, message: message, results: edits, signature: signature)
        let timing = [("parse", begin.duration(to: parsed)), ("checks", parsed.duration(to: looked)), ("judge", begin.duration(to: clock.now))]
        return Examination(submission: submission, message: message, parties: parties, evidence: evidence, scanned: scanned, verdict: verdict, edits: edits, signature: signature,
                           features: learned?.features, timing: timing.map { ($0.0, $0.1.milliseconds) })
    }

    /// Octets of a message from which on it is read on a thread for that: the caller's thread, and Swift's pool, have others to serve
    /// meanwhile.
    private static let largeMessage = 16 << 10

    func read(_ octets: [UInt8]) async -> (Message, DMARCAuthors) {
        if octets.count < Self.largeMessage { return readHere(octets) }
        return await withTaskExecutorPreference(readers.next) { @concurrent in self.readHere(octets) }
    }

    /// Does what takes long for a large message where such messages are read.
    func aside<Result: Sendable>(_ octets: Int, _ work: @escaping @Sendable () -> Result) async -> Result {
        if octets < Self.largeMessage { return work() }
        return await withTaskExecutorPreference(readers.next) { @concurrent in work() }
    }

    private func readHere(_ octets: [UInt8]) -> (Message, DMARCAuthors) {
        let message = Message(octets: octets, limits: messageLimits)
        return (message, DMARCAuthors(message))
    }

    /// Runs the checks that do not wait for each other at once.
    private func gather(_ submission: Submission, _ message: Message, _ authors: DMARCAuthors, _ parties: Parties, by deadline: ContinuousClock.Instant) async -> (Evidence, MalwareChecker.Scanned?) {
        let envelope = submission.envelope
        var evidence = Evidence()
        evidence.transport = transport.check(TransportFacts(version: envelope.tlsVersion, cipher: envelope.tlsCipher, sender: parties.sender,
                                                            recipients: parties.recipients, isAuthenticated: envelope.authUser != nil))
        evidence.content = ContentEvidence(message)
        let rules = ContentSubject(message, submission, own: ownDomains(submission), names: names)
        let authenticated = envelope.authUser != nil
        let subjects = parties.subjects(envelope, message)
        async let malware = malware(message, by: deadline)
        async let own = ownDomain(message, submission, parties, by: deadline)
        async let lists = blockLists.check(subjects, tenant: envelope.tenant, at: submission.receivedAt.microseconds, by: deadline)
        if !authenticated {
            async let authentication = authentication(message, authors, submission, by: deadline)
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
            let isInternal = reverse.iprev.skipped != nil
            evidence.upstream = results.upstream(message, isInternal: isInternal)
            evidence.take(await authentication, authors, ours: { isInternal ? nil : ours($0, submission, parties) }, trusts: { says(.seal, of: $0, submission) })
        } else {
            evidence.blockLists = await lists
        }
        evidence.rules = rules.hits()
        evidence.ownDomain = await own
        let scanned = await malware
        evidence.malware = scanned?.evidence
        evidence.files = files(message, scanned, submission)
        return (evidence, scanned)
    }

    private func authentication(_ message: Message, _ authors: DMARCAuthors, _ submission: Submission, by deadline: ContinuousClock.Instant) async -> Authentication.Outcome {
        if message.octets.count < Self.largeMessage { return await authentication.check(message, authors, submission, by: deadline) }
        return await withTaskExecutorPreference(readers.next) { @concurrent in await self.authentication.check(message, authors, submission, by: deadline) }
    }

    func files(_ message: Message, _ scanned: MalwareChecker.Scanned?, _ submission: Submission) -> FileEvidence? {
        let tenant = submission.envelope.tenant, now = submission.receivedAt.microseconds
        let checker = FileChecker { ending in blockLists.ban(ofFiles: ending, tenant: tenant, at: now).map { "the local list bans \($0.subject): \($0.reason)" } }
        return checker.check(message, contained: scanned?.files ?? [], unknown: scanned?.filesLeftOut ?? 0)
    }

    func malware(_ message: Message, by deadline: ContinuousClock.Instant) async -> MalwareChecker.Scanned? {
        guard let malware else { return nil }
        if message.octets.count < Self.largeMessage { return await malware.check(message, limits: messageLimits, by: deadline) }
        return await withTaskExecutorPreference(readers.next) { @concurrent in await malware.check(message, limits: messageLimits, by: deadline) }
    }

    private func spam(_ message: Message, _ findings: [Finding], _ submission: Submission, _ parties: Parties) -> (evidence: SpamEvidence, features: MessageFeatures?)? {
        spam?.check(message, findings, tenant: submission.envelope.tenant, domains: parties.recipients)
    }

    /// Signs what goes out for the authors' domains, on a thread for that: one signature of RSA takes longer than all the rest.
    func sign(_ message: Message, _ submission: Submission, _ parties: Parties) async -> OutboundSigning? {
        guard let signing, submission.envelope.direction == .outbound else { return nil }
        let tenant = submission.envelope.tenant, now = submission.receivedAt.seconds
        // Where nobody has a key, there is nothing to do that takes long.
        guard parties.authors.contains(where: { signing.hasKeys($0, tenant: tenant) }) else {
            return OutboundSigning(signing.signatures(for: message, tenant: tenant, authors: parties.authors, at: now))
        }
        return await withTaskExecutorPreference(readers.next) { @concurrent in OutboundSigning(signing.signatures(for: message, tenant: tenant, authors: parties.authors, at: now)) }
    }

    /// Why a domain is taken for one of ours: the operator says so, its keys are here, or mail for it is brought here.
    private func ours(_ domain: DomainName, _ submission: Submission, _ parties: Parties) -> String? {
        guard submission.envelope.direction == .inbound else { return nil }
        return ours(domain, submission) ?? (parties.recipients.contains(domain) ? "a recipient has it" : nil)
    }

    /// The same, whichever way the message goes.
    private func ours(_ domain: DomainName, _ submission: Submission) -> String? {
        if says(.own, of: domain, submission) { return "it stands on the local list" }
        return signing?.hasKeys(domain, tenant: submission.envelope.tenant) == true ? "it has DKIM keys here" : nil
    }

    /// Whether what goes out names our domains, as receivers will look at it; nil for what comes in.
    private func ownDomain(_ message: Message, _ submission: Submission, _ parties: Parties, by deadline: ContinuousClock.Instant) async -> OwnDomainEvidence? {
        guard submission.envelope.direction == .outbound else { return nil }
        return await ownDomain.check(message, submission, parties, isListed: !ownDomains(submission).isEmpty, ours: { ours($0, submission) }, by: deadline)
    }

    /// The domains that are ours as the operator says.
    private func ownDomains(_ submission: Submission) -> [DomainName] {
        blockLists.domains(.own, tenant: submission.envelope.tenant, at: submission.receivedAt.microseconds, most: RuleLimits().names)
    }

    private func says(_ effect: LocalEffect, of domain: DomainName, _ submission: Submission) -> Bool {
        blockLists.says(effect, of: domain, tenant: submission.envelope.tenant, at: submission.receivedAt.microseconds)
    }

    /// What the evidence says, by pure rules.
    private func findings(_ evidence: Evidence, _ message: Message, _ authors: DMARCAuthors, _ envelope: Envelope) -> [Finding] {
        let authenticated = envelope.authUser != nil
        var findings: [Finding] = []
        if let reverse = evidence.reverseDNS { findings += reverseDNSFindings(reverse, authenticated: authenticated) }
        if let transport = evidence.transport { findings += transportFindings(transport) }
        if let spf = evidence.spf { findings += spfFindings(spf, authenticated: authenticated) }
        if let senderID = evidence.senderID { findings += senderIDFindings(senderID) }
        if let dkim = evidence.dkim { findings += dkimFindings(dkim) }
        if let arc = evidence.arc { findings += arcFindings(arc) }
        if let dmarc = evidence.dmarc { findings += dmarcFindings(dmarc, spf: evidence.spf, author: evidence.author) }
        if let author = evidence.author { findings += authorFindings(author, authors) }
        if let signing = evidence.signing { findings += signingFindings(signing) }
        if let own = evidence.ownDomain { findings += ownDomainFindings(own, authenticated: authenticated) }
        if let upstream = evidence.upstream { findings += upstreamFindings(upstream) }
        if let lists = evidence.blockLists {
            let passed = [evidence.spf?.mailfrom, evidence.spf?.helo].compactMap { $0 }.filter(\.vouches).map(\.domain)
                // Of several From fields a signature may cover another one than the reader sees.
                + (authors.fields == 1 && authors.hidden == nil ? (evidence.dkim?.signatures ?? []).filter(\.vouches).compactMap(\.domain) : [])
            findings += blockListFindings(lists, passed: Set(passed.compactMap { DomainName($0) }))
        }
        if let malware = evidence.malware { findings += malwareFindings(malware) }
        if let files = evidence.files { findings += fileFindings(files) }
        if let rules = evidence.rules { findings += ruleFindings(rules) }
        return findings + contentFindings(message) + results.findings(message)
    }
}

extension Evidence {
    /// Takes over what the standards say of who sent it.
    /// - Parameter trusts: whether the ARC seals of a domain are believed.
    fileprivate mutating func take(_ found: Authentication.Outcome, _ authors: DMARCAuthors, ours: (DomainName) -> String?, trusts: (DomainName) -> Bool) {
        spf = found.spf
        senderID = found.senderID.beside(found.spf)
        dkim = found.dkim
        arc = found.arc
        dmarc = found.dmarc
        var author = AuthorEvidence(authors, spf: found.spf, dkim: found.dkim, dmarc: found.authors, ours: ours)
        if author.standing == .unaligned, authors.domains.count == 1, authors.doubt == nil,
           let override = AuthorEvidence.Override(found.arc, author: author.domain, trusts: trusts) {
            // Whether the trusted chain holds could not be known now.
            if found.arc.isTemporary { author.standing = .unknown } else { author.override = override }
        }
        self.author = author
    }
}

extension Duration {
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return ((Double(seconds) * 1000 + Double(attoseconds) / 1e15) * 1000).rounded() / 1000
    }
}
