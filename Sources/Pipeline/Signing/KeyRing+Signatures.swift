package import DKIM
package import DNS
package import Mail

extension KeyRing {
    /// Signs a message for the domains of its authors, from memory alone.
    /// - Parameters:
    ///   - tenant: whose message it is.
    ///   - authors: the domains of From, in order.
    ///   - seconds: now, since 1970-01-01T00:00:00Z.
    /// - Limits: `authorDomains`; what is beyond is not signed for, and not told of.
    package func signatures(for message: Message, tenant: String, authors: [DomainName], at seconds: Int, signer: DKIMSigner = DKIMSigner()) -> SigningOutcome {
        var outcome = SigningOutcome(), signers: [Signer] = [], seen: Set<DomainName> = []
        for author in authors where seen.insert(author).inserted && seen.count <= limits.authorDomains {
            let answer = self.signers(for: author, tenant: tenant)
            for one in answer.signers where !signers.contains(where: { $0.domain == one.domain && $0.selector == one.selector }) { signers.append(one) }
            for one in answer.wrong where !outcome.wrong.contains(one) { outcome.wrong.append(one) }
            if let unsigned = answer.unsigned { outcome.unsigned.append(unsigned) }
        }
        if seen.isEmpty { outcome.unsigned.append(.init(domain: nil, reason: .noAuthor, detail: "From has no address with a domain")) }
        if !signers.isEmpty {
            let keys = signers.map { DKIMSigningKey($0.key, selector: $0.selector, domain: $0.domain) }
            do throws(DKIMSigningFault) {
                outcome.signatures = zip(keys, try signer.sign(message, with: keys, at: seconds)).map { key, field in
                    .init(domain: key.domain.text, selector: key.selector.text, algorithm: key.algorithm.rawValue, field: ASCII.text(ASCII.trimmed(field.value[...])))
                }
            } catch {
                for domain in Set(signers.map(\.domain.text)).sorted() { outcome.unsigned.append(.init(domain: domain, reason: .notSignable, detail: "\(error)")) }
            }
        }
        count(outcome)
        return outcome
    }
}
