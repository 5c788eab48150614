package import DNS

/// SPF for the two identities of a message.
/// Source: RFC 7208, with its errata.
package struct SPFEvaluator: Sendable {
    private let resolver: any Resolver
    private let limits: SPFLimits
    let receiver: String
    private let cache: SPFRecordCache

    /// - Parameter receiver: the name of this host, for `%{r}`; empty for "unknown".
    package init(resolver: any Resolver, limits: SPFLimits = SPFLimits(), receiver: String) {
        self.resolver = resolver
        self.limits = limits
        self.receiver = receiver
        cache = SPFRecordCache(limits: limits)
    }

    /// Checks the HELO identity, and then MAIL FROM.
    /// - Parameters:
    ///   - client: the connecting client; an IPv4-mapped address is IPv4.
    ///   - helo: the HELO or EHLO argument as it came; empty when there was none.
    ///   - mailFrom: the reverse-path without its angle brackets; nil or empty for the null reverse-path.
    ///   - deadline: what is not known by then is a temperror.
    ///   - time: seconds since 1970-01-01T00:00:00Z, for `%{t}`.
    /// - Returns: both outcomes; no HELO outcome when there was no HELO.
    /// - Limits: `SPFLimits`, for each identity anew.
    package func evaluate(client: IPAddress, helo: String, mailFrom: String?, deadline: ContinuousClock.Instant, at time: Int) async -> SPFEvidence {
        let session = SPFSession(client: client, helo: helo, receiver: receiver, deadline: deadline, time: time)
        let mailFrom = mailFrom ?? ""
        if mailFrom.isEmpty {
            // RFC 7208 §2.4: postmaster at the HELO name stands for the null reverse-path; §2.3 checks the same for HELO.
            let outcome = await check(.mailfrom, localPart: "postmaster", domain: helo, session)
            return SPFEvidence(helo: helo.isEmpty ? nil : outcome.of(.helo), mailfrom: outcome)
        }
        let first = helo.isEmpty ? nil : await check(.helo, localPart: "postmaster", domain: helo, session)
        let (localPart, domain) = Self.parts(of: mailFrom)
        return SPFEvidence(helo: first, mailfrom: await check(.mailfrom, localPart: localPart, domain: domain, session))
    }

    /// The local-part may hold "@" in quotes, the domain never does: the last one divides.
    /// - Returns: an empty local part where there is no "@".
    static func parts(of sender: String) -> (localPart: String, domain: String) {
        guard let at = sender.utf8.lastIndex(of: UInt8(ascii: "@")) else { return ("", sender) }
        return (String(sender[..<at]), String(sender[sender.utf8.index(after: at)...]))
    }

    /// check_host() for one identity.
    /// Source: RFC 7208 §4.1 to §4.3.
    /// - Parameters:
    ///   - localPart: of the sender; empty for "postmaster" (RFC 7208 §4.3).
    ///   - domain: the domain checked, which is the sender's too.
    ///   - scope: nil for the records of RFC 7208; else those of Sender ID for that scope (RFC 4406 §4.4).
    package func check(_ identity: SPFIdentity, localPart: String, domain domainText: String, _ session: SPFSession,
                       scope: SenderIDScope? = nil) async -> SPFOutcome {
        let localPart = localPart.isEmpty ? "postmaster" : localPart
        let shown = "\(localPart)@\(domainText)"
        // A backslash escapes in our own notation of names; in mail it is just wrong.
        guard !domainText.utf8.contains(UInt8(ascii: "\\")), let domain = DomainName(domainText), SPFCheck.isMailDomain(domain) else {
            var outcome = SPFOutcome(result: .none, identity: identity, domain: domainText, sender: shown)
            outcome.trail.isKnown = true
            return outcome
        }
        var check = SPFCheck(resolver: resolver, cache: cache, limits: limits, session: session, scope: scope,
                             localPart: Array(localPart.utf8), senderDomain: domain)
        var outcome = SPFOutcome(result: .none, identity: identity, domain: domain.text, sender: shown)
        do throws(SPFProblem) {
            let ending = try await check.checkHost(domain)
            outcome.result = ending.result
            if let record = ending.record, let directive = ending.directive {
                outcome.mechanism = record.text(of: directive)
                outcome.mechanismDomain = ending.domain?.text
                outcome.matchedNetwork = ending.network
            }
            outcome.explanation = await check.explanation(ending)
        } catch {
            switch error {
            case .temporary(let why): (outcome.result, outcome.problem) = (.temperror, why)
            case .permanent(let why): (outcome.result, outcome.problem) = (.permerror, why)
            }
        }
        outcome.lookups = check.lookups
        outcome.voidLookups = check.voidLookups
        outcome.trail = check.trail
        outcome.trail.isKnown = true
        return outcome
    }
}

extension SPFOutcome {
    fileprivate func of(_ identity: SPFIdentity) -> SPFOutcome {
        var other = self
        other.identity = identity
        return other
    }
}
