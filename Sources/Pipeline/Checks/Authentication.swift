package import DKIM
package import DMARC
package import DNS
internal import Mail
package import SPF
internal import Verdicts

/// Who really sent a message: SPF, DKIM and DMARC, each beside the others where it need not wait for them.
package struct Authentication: Sendable {
    package let spf: SPFEvaluator
    package let dkim: DKIMVerifier
    package let dmarc: DMARCEvaluator

    /// - Parameters:
    ///   - resolver: answers every question of theirs.
    ///   - receiver: the name of this host, for `%{r}` of SPF.
    package init(resolver: any Resolver, receiver: String) {
        spf = SPFEvaluator(resolver: resolver, receiver: receiver)
        dkim = DKIMVerifier(keys: DKIMKeys(resolver: resolver))
        dmarc = DMARCEvaluator(resolver: resolver)
    }

    /// What the standards say of a message that came from a server.
    struct Outcome: Sendable {
        let spf: SPFEvidence
        let dkim: DKIMEvidence
        let dmarc: DMARCOutcome
    }

    /// - Parameter deadline: what is not known by then is a temperror.
    func check(_ message: Message, _ submission: Submission, by deadline: ContinuousClock.Instant) async -> Outcome {
        let envelope = submission.envelope, now = submission.receivedAt.seconds, authors = DMARCAuthors(message)
        async let discoveries = dmarc.discover(authors, by: deadline)
        async let signatures = dkim.verify(message, at: now, by: deadline)
        let spf = await spf.evaluate(client: envelope.clientIP, helo: envelope.helo ?? "", mailFrom: envelope.mailFrom, deadline: deadline, at: now)
        let dkim = await signatures
        return Outcome(spf: spf, dkim: dkim, dmarc: await dmarc.conclude(authors, await discoveries, spf: spf, dkim: dkim, by: deadline))
    }
}
