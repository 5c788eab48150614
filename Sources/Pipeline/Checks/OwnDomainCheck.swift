internal import DNS
internal import Mail
internal import SPF
internal import Verdicts

/// Looks whether receivers will be able to authenticate what goes out as ours: whose domain its author names, whether that is the account's,
/// and whether the sender's SPF record passes the addresses from which it will reach them.
package struct OwnDomainCheck: Sendable {
    /// Addresses from which our mail goes out: each is an evaluation of SPF for each message.
    package static let maximumAddresses = 8
    /// Domains of the From field that are looked at; what is beyond is not told of.
    static let maximumAuthors = 32

    let spf: SPFEvaluator
    /// From which our mail goes out; where there are none, SPF is not asked.
    let addresses: [IPAddress]

    init(spf: SPFEvaluator, addresses: [IPAddress]) { self.spf = spf; self.addresses = Array(addresses.prefix(Self.maximumAddresses)) }

    /// - Parameters:
    ///   - ours: why a domain is one of ours, whoever writes; nil where nothing says so.
    ///   - isListed: whether the operator named any domain of ours.
    ///   - deadline: what is not known by then is a temperror.
    func check(_ message: Message, _ submission: Submission, _ parties: Parties, isListed: Bool, ours: (DomainName) -> String?, by deadline: ContinuousClock.Instant) async -> OwnDomainEvidence {
        let account = submission.envelope.authUser.map { HistoryPath($0) }, accountDomain = account?.domain.flatMap { DomainName($0) }
        func reason(_ domain: DomainName) -> String? { ours(domain) ?? (domain == accountDomain ? "the account has it" : nil) }
        var found = OwnDomainEvidence(authors: parties.authors.prefix(Self.maximumAuthors).map { .init(domain: $0.text, ours: reason($0)) },
                                      isKnown: isListed || accountDomain != nil)
        if let account, accountDomain != nil {
            found.account = account.text
            found.otherAuthor = message.from.lazy.map { HistoryPath($0.address) }.first { $0 != account }?.text
            found.otherSender = submission.envelope.mailFrom.flatMap { path in path.isEmpty || HistoryPath(path) == account ? nil : HistoryPath(path).text }
        }
        if let sender = parties.sender, let path = submission.envelope.mailFrom, !addresses.isEmpty, reason(sender) != nil {
            found.spf = .init(domain: sender.text, servers: await servers(path, by: deadline, at: submission.receivedAt.seconds))
        }
        return found
    }

    /// One after the other: the first one's answers are in the cache for those that follow.
    private func servers(_ mailFrom: String, by deadline: ContinuousClock.Instant, at now: Int) async -> [OwnDomainEvidence.Server] {
        var servers: [OwnDomainEvidence.Server] = []
        for address in addresses {
            // Under which name the server will greet is not known: the evaluation of HELO is left out.
            let outcome = await spf.evaluate(client: address, helo: "", mailFrom: mailFrom, deadline: deadline, at: now).mailfrom
            servers.append(.init(address: address, result: outcome.result, mechanism: outcome.mechanism, problem: outcome.problem))
            // The others would wait for the same servers.
            if outcome.result == .temperror { break }
        }
        return servers
    }
}
