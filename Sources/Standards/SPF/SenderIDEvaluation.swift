package import DNS
package import Mail

/// Sender ID, beside SPF.
/// Source: RFC 4406 §4, RFC 4407 §2.
extension SPFEvaluator {
    /// Checks the reverse-path in scope mfrom, and the purported responsible address in scope pra.
    ///
    /// What SPF found out is taken over where Sender ID would have come to the same by the same way: of the same domain, where no record on the
    /// way was of that scope, and where the local part is the same or was not asked for. Otherwise the check is done anew.
    /// - Parameters:
    ///   - client: the connecting client; an IPv4-mapped address is IPv4.
    ///   - helo: the HELO or EHLO argument as it came; empty when there was none.
    ///   - mailFrom: the reverse-path without its angle brackets; nil or empty for the null reverse-path.
    ///   - pra: what the message's header says.
    ///   - spf: what SPF found out of the same client, HELO and MAIL FROM.
    ///   - deadline: what is not known by then is a temperror.
    ///   - time: seconds since 1970-01-01T00:00:00Z, for `%{t}`.
    /// - Returns: a permerror in scope pra when the message is ill-formed.
    /// - Limits: `SPFLimits`, for each scope anew.
    package func senderID(client: IPAddress, helo: String, mailFrom: String?, pra: Result<PurportedResponsibleAddress, ResponsibilityError>,
                          spf: SPFEvidence, deadline: ContinuousClock.Instant, at time: Int) async -> SenderIDEvidence {
        let session = SPFSession(client: client, helo: helo, receiver: receiver, deadline: deadline, time: time)
        let known = [spf.mailfrom] + (spf.helo.map { [$0] } ?? [])
        // RFC 4408 §2.2, as RFC 7208 §2.4: postmaster at the HELO name stands for the null reverse-path.
        let sender = mailFrom.flatMap { $0.isEmpty ? nil : Self.parts(of: $0) } ?? ("postmaster", helo)
        let mfrom = SenderIDOutcome(await outcome(.mfrom, sender, session, known), scope: .mfrom, header: nil)
        switch pra {
        case .failure(let error): return SenderIDEvidence(pra: SenderIDOutcome(illFormed: error.description), mfrom: mfrom)
        case .success(let pra):
            let found = await outcome(.pra, Self.parts(of: pra.address.address), session, known)
            return SenderIDEvidence(pra: SenderIDOutcome(found, scope: .pra, header: pra.field.rawValue), mfrom: mfrom)
        }
    }

    /// check_host() with a scope.
    private func outcome(_ scope: SenderIDScope, _ sender: (localPart: String, domain: String), _ session: SPFSession, _ known: [SPFOutcome]) async -> SPFOutcome {
        let localPart = sender.localPart.isEmpty ? "postmaster" : sender.localPart
        let domain = DomainName(sender.domain)?.text ?? sender.domain
        for outcome in known where outcome.domain == domain && outcome.trail.isKnown && !outcome.trail.scopes.contains(SenderIDScopes(scope)) {
            guard !outcome.trail.usesLocalPart || Self.parts(of: outcome.sender).localPart == localPart else { continue }
            var same = outcome
            same.sender = "\(localPart)@\(sender.domain)"
            return same
        }
        return await check(.mailfrom, localPart: localPart, domain: sender.domain, session, scope: scope)
    }
}
