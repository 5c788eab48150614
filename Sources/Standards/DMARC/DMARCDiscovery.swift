package import DNS

/// What was found for one author's domain, before it is known what SPF and DKIM say.
/// Source: RFC 9989 §4.10.1.
package struct DMARCDiscovery: Sendable {
    package let author: DomainName
    /// The record that applies; nil where there is none, where it is unusable, and where that could not be known.
    package internal(set) var record: DMARCRecord?
    /// Where the record was found.
    package internal(set) var policyDomain: DomainName?
    /// nil where nothing depended on it.
    package internal(set) var organizationalDomain: DomainName?
    /// nil where the record has another policy for names that do not exist, and it could not be known whether this one does.
    package internal(set) var policy: DMARCPolicy?
    package internal(set) var policyTag: DMARCPolicyTag?
    /// Why there is no record, or no policy; nil where there is simply none.
    package internal(set) var problem: String?
    /// The problem is one of the moment.
    package internal(set) var isTemporary = false
    /// What was learnt of the tree, for the questions that follow.
    var tree: DMARCTree
}

extension DMARCEvaluator {
    /// Finds the record and the policy for an author's domain; needs nothing else of the message.
    /// - Parameter deadline: what is not known by then is a temporary problem.
    /// - Limits: eight questions for TXT, and one for A where np= makes a difference.
    package func discover(_ author: DomainName, by deadline: ContinuousClock.Instant) async -> DMARCDiscovery {
        var found = DMARCDiscovery(author: author, tree: tree())
        do throws(DMARCTrouble) {
            try await find(&found, by: deadline)
        } catch {
            found.problem = error.why
            found.isTemporary = true
        }
        return found
    }

    private func find(_ found: inout DMARCDiscovery, by deadline: ContinuousClock.Instant) async throws(DMARCTrouble) {
        let node = try await found.tree.node(found.author, by: deadline)
        if case .record(let record) = node {
            // Its organizational domain may be another; that matters for alignment only.
            take(DMARCTree.Step(domain: found.author, record: record), &found)
            return
        }
        let steps = try await found.tree.walk(from: found.author, by: deadline)
        let organization = DMARCTree.organizationalDomain(of: found.author, steps)
        found.organizationalDomain = organization
        // Where the organizational domain has no record, only that of a public suffix domain is left, which ended the walk.
        guard let step = steps.first(where: { $0.domain == organization }) ?? steps.last(where: { $0.record.suffixRole == .publicSuffix }) else { return }
        take(step, &found)
        guard let record = found.record, let nonexistent = record.nonexistentPolicy, nonexistent != found.policy, node == .none(nameError: true) else { return }
        switch await exists(found.author, by: deadline) {
        case .success(true): break
        case .success(false): (found.policy, found.policyTag) = record.policy(below: true, exists: false)
        case .failure(let trouble): (found.policy, found.policyTag, found.problem, found.isTemporary) = (nil, nil, trouble.why, true)
        }
    }

    private func take(_ step: DMARCTree.Step, _ found: inout DMARCDiscovery) {
        found.policyDomain = step.domain
        if step.record.isUnusable {
            found.problem = "_dmarc.\(step.domain.text): \(step.record.faultyTag?.rawValue ?? "p")= is no policy, and there is no usable rua="
            return
        }
        found.record = step.record
        (found.policy, found.policyTag) = step.record.policy(below: step.domain != found.author, exists: true)
    }

    /// A name exists where any record stands at it or below it.
    /// Source: RFC 9989 §3.2.13 and §A.4.
    private func exists(_ name: DomainName, by deadline: ContinuousClock.Instant) async -> Result<Bool, DMARCTrouble> {
        switch await resolver.answer(name, .a, by: deadline) {
        case .records, .noData: return .success(true)
        case .nameError: return .success(false)
        case .trouble(let trouble): return .failure(DMARCTrouble("\(name.text): the A look-up failed: \(trouble)"))
        }
    }
}
