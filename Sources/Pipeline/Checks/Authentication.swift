package import DKIM
package import DMARC
package import DNS
internal import Mail
package import SPF
internal import Verdicts

/// Who really sent a message: SPF, Sender ID, DKIM, ARC and DMARC, each beside the others where it need not wait for them.
package struct Authentication: Sendable {
    package let spf: SPFEvaluator
    package let dkim: DKIMVerifier
    package let arc: ARCValidator
    package let dmarc: DMARCEvaluator

    /// - Parameters:
    ///   - resolver: answers every question of theirs.
    ///   - receiver: the name of this host, for `%{r}` of SPF.
    package init(resolver: any Resolver, receiver: String) {
        spf = SPFEvaluator(resolver: resolver, receiver: receiver)
        let keys = DKIMKeys(resolver: resolver)
        dkim = DKIMVerifier(keys: keys)
        arc = ARCValidator(keys: keys)
        dmarc = DMARCEvaluator(resolver: resolver)
    }

    /// What the standards say of a message that came from a server.
    struct Outcome: Sendable {
        let spf: SPFEvidence
        let senderID: SenderIDEvidence
        let dkim: DKIMEvidence
        let arc: ARCOutcome
        let dmarc: DMARCOutcome
        /// What DMARC says of each author's domain by itself.
        let authors: [DMARCOutcome]
    }

    /// - Parameters:
    ///   - authors: of the message.
    ///   - deadline: what is not known by then is a temperror.
    func check(_ message: Message, _ authors: DMARCAuthors, _ submission: Submission, by deadline: ContinuousClock.Instant) async -> Outcome {
        let envelope = submission.envelope, now = submission.receivedAt.seconds, signed = SignedMessage(message), helo = envelope.helo ?? ""
        // Some time is left for the questions of alignment: a key server that says nothing must not use up all of it.
        let begin = ContinuousClock.now, whole = deadline, deadline = begin + begin.duration(to: deadline) * 7 / 8
        async let discoveries = dmarc.discover(authors, by: deadline)
        async let signatures = dkim.verify(signed, at: now, by: deadline)
        async let chain = arc.validate(signed, at: now, by: deadline)
        let spf = await spf.evaluate(client: envelope.clientIP, helo: helo, mailFrom: envelope.mailFrom, deadline: deadline, at: now)
        let senderID = await self.spf.senderID(client: envelope.clientIP, helo: helo, mailFrom: envelope.mailFrom, pra: message.purportedResponsibleAddress,
                                               spf: spf, deadline: deadline, at: now)
        let dkim = await signatures
        let concluded = await dmarc.conclude(authors, await discoveries, spf: spf, dkim: dkim, by: whole)
        return Outcome(spf: spf, senderID: senderID, dkim: dkim, arc: await chain, dmarc: concluded.worst, authors: concluded.each)
    }
}
