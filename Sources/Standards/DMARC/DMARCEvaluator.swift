package import DKIM
package import DNS
package import SPF

/// DMARC for a message.
/// Source: RFC 9989.
package struct DMARCEvaluator: Sendable {
    let resolver: any Resolver
    let limits: DMARCLimits

    package init(resolver: any Resolver, limits: DMARCLimits = DMARCLimits()) {
        self.resolver = resolver
        self.limits = limits
    }

    func tree() -> DMARCTree { DMARCTree(resolver: resolver, limits: limits) }

    /// Both steps, one after the other.
    package func evaluate(_ authors: DMARCAuthors, spf: SPFEvidence?, dkim: DKIMEvidence?, by deadline: ContinuousClock.Instant) async -> DMARCOutcome {
        await conclude(authors, await discover(authors, by: deadline), spf: spf, dkim: dkim, by: deadline).worst
    }

    /// The first step, which may run beside SPF and DKIM.
    /// - Returns: one discovery for each domain, in their order, of no more than `authors`; empty where the message names none.
    package func discover(_ authors: DMARCAuthors, by deadline: ContinuousClock.Instant) async -> [DMARCDiscovery] {
        let domains = authors.domains.prefix(limits.authors)
        if domains.count == 1, let domain = domains.first { return [await discover(domain, by: deadline)] }
        // Beside each other: a name server that says nothing must not keep the others from being asked.
        return await withTaskGroup(of: (Int, DMARCDiscovery).self) { group in
            for (place, domain) in domains.enumerated() { group.addTask { (place, await discover(domain, by: deadline)) } }
            var found: [(Int, DMARCDiscovery)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The second step: of several authors' domains the worst outcome counts, among fails the strictest.
    /// Source: RFC 9989 §5.3.1 and §11.5.
    /// - Parameters:
    ///   - found: what `discover` returned for these authors.
    ///   - spf: nil where SPF was not evaluated; of it, only MAIL FROM counts (RFC 9989 §4.4.2).
    ///   - dkim: nil where signatures were not verified.
    /// - Returns: what counts for the message, and what was found for each domain by its own record.
    package func conclude(_ authors: DMARCAuthors, _ found: [DMARCDiscovery], spf: SPFEvidence?, dkim: DKIMEvidence?,
                          by deadline: ContinuousClock.Instant) async -> (worst: DMARCOutcome, each: [DMARCOutcome]) {
        var each: [DMARCOutcome] = []
        for discovery in found { each.append(await conclude(discovery, spf: spf, dkim: dkim, by: deadline)) }
        return (worst(of: each, authors), each)
    }

    private func worst(of each: [DMARCOutcome], _ authors: DMARCAuthors) -> DMARCOutcome {
        var worst: DMARCOutcome?
        for outcome in each where worst.map({ Self.isWorse(outcome, than: $0) }) ?? true { worst = outcome }
        let all = authors.domains.count == 1 ? nil : authors.domains.prefix(limits.authors).map(\.text)
        guard var outcome = worst else { return DMARCOutcome(result: .permerror, authors: all, problem: authors.hidden ?? authors.unreadable ?? authors.problem) }
        outcome.authors = all
        // What is not looked at, and a field that a signature does not cover, may be what the reader is shown.
        if outcome.result == .pass || outcome.result == .none {
            if authors.domains.count > limits.authors {
                (outcome.result, outcome.problem) = (.permerror, "the From field names more than \(limits.authors) domains")
            } else if let doubt = authors.doubt, outcome.result == .pass || authors.hidden != nil || authors.unreadable != nil {
                (outcome.result, outcome.problem) = (.permerror, doubt)
            }
        }
        return outcome
    }

    /// Combines what was found for one author's domain with what SPF and DKIM say.
    /// Source: RFC 9989 §5.3.4 to §5.3.6.
    package func conclude(_ found: DMARCDiscovery, spf: SPFEvidence?, dkim: DKIMEvidence?, by deadline: ContinuousClock.Instant) async -> DMARCOutcome {
        var outcome = DMARCOutcome(result: .none, domain: found.author.text, organizationalDomain: found.organizationalDomain?.text,
                                   policyDomain: found.policyDomain?.text, record: found.record?.text, policy: found.policy, policyTag: found.policyTag)
        guard let record = found.record else {
            if let problem = found.problem { (outcome.result, outcome.problem) = (found.isTemporary ? .temperror : .permerror, problem) }
            return outcome
        }
        outcome.isTesting = record.isTesting
        var alignment = DMARCAlignment(author: found.author, record: record, tree: found.tree, limits: limits)
        let unknown = await alignment.judge(spf: spf, dkim: dkim, by: deadline)
        outcome.identifiers = alignment.identifiers
        outcome.spfAligned = alignment.passes(.spf)
        outcome.dkimAligned = alignment.passes(.dkim)
        if outcome.spfAligned || outcome.dkimAligned {
            outcome.result = .pass
        } else if let unknown {
            (outcome.result, outcome.problem) = (.temperror, unknown)
        } else if spf == nil || dkim == nil {
            // What was not looked at cannot have failed.
            (outcome.result, outcome.problem) = (.permerror, spf == nil ? "SPF was not evaluated" : "DKIM was not evaluated")
        } else if let policy = found.policy {
            outcome.result = .fail
            outcome.disposition = record.isTesting ? policy.tested : policy
        } else {
            (outcome.result, outcome.problem) = (.temperror, found.problem)
        }
        return outcome
    }

    /// The organizational domain of any domain.
    /// Source: RFC 9989 §4.10.2.
    /// - Returns: nil where it could not be known by the deadline.
    /// - Limits: eight questions.
    package func organizationalDomain(of domain: DomainName, by deadline: ContinuousClock.Instant) async -> DomainName? {
        var tree = tree()
        do throws(DMARCTrouble) { return DMARCTree.organizationalDomain(of: domain, try await tree.walk(from: domain, by: deadline)) } catch { return nil }
    }

    private static func isWorse(_ one: DMARCOutcome, than other: DMARCOutcome) -> Bool {
        let order: [DMARCResult] = [.pass, .none, .permerror, .temperror, .fail]
        let first = order.firstIndex(of: one.result) ?? 0, second = order.firstIndex(of: other.result) ?? 0
        return first == second ? one.disposition > other.disposition : first > second
    }
}
