internal import Cryptography
internal import DKIM
package import DMARC
package import DNS
internal import Mail
package import Signing
internal import Threads
package import Verdicts

/// Seals messages that go on: what the verdict found when they came, under the key of whoever sends them on.
///
/// Whoever forwards may have changed the message since it came (a list's footer): then its newest message signature does not hold any more,
/// and that it did is what the verdict says. That the message is the one that was judged is told by its octets, or else by its Message-ID;
/// that the chain is the one it came with, by the sets, which are compared, and their seals, which are validated again.
/// Source: RFC 8617 §5.1.
package struct MessageSealer: Sealer {
    private let ring: KeyRing
    private let validator: ARCValidator
    private let results: ResultFields
    /// For the keys of the chain.
    private let patience: Duration
    private let readers = QueueRound(label: "postern.sealer")

    /// - Parameters:
    ///   - results: under whose authserv-id the results are sealed.
    ///   - patience: how long the keys of a chain are waited for.
    package init(ring: KeyRing, validator: ARCValidator, results: ResultFields, patience: Duration = .seconds(8)) {
        self.ring = ring; self.validator = validator; self.results = results; self.patience = patience
    }

    package func seal(_ octets: [UInt8], for domain: DomainName, judged: (record: VerdictRecord, evidence: Evidence), tenant: String, at seconds: Int) async -> SealingOutcome {
        await withTaskExecutorPreference(readers.next) { @concurrent in
            do throws(Refusal) { return try await sealed(octets, domain, judged.record, judged.evidence, tenant, seconds) } catch { return SealingOutcome(error.unsealed) }
        }
    }

    private struct Refusal: Error {
        let unsealed: SealingOutcome.Unsealed

        init(_ reason: UnsealedReason, _ detail: String) { unsealed = .init(reason, detail) }
    }

    private func sealed(_ octets: [UInt8], _ domain: DomainName, _ record: VerdictRecord, _ evidence: Evidence, _ tenant: String, _ seconds: Int) async throws(Refusal) -> SealingOutcome {
        let signer = try signer(of: domain, tenant), message = Message(octets: octets), isSame = message.digest == record.digest
        let name = evidence.content?.messageID
        guard isSame || name?.isEmpty == false && message.bareMessageID == name else {
            throw Refusal(.otherMessage, "the verdict is on another message\(name.map { ", whose Message-ID is <\($0)>" } ?? ", which has no Message-ID")")
        }
        let chain = try await chain(message, isSame, evidence.arc, seconds)
        var evidence = evidence
        evidence.arc = chain
        let sealer = ARCSealer(key: signer.key, domain: signer.domain, selector: signer.selector, authservID: results.authservID)
        do throws(ARCFault) {
            let made = try sealer.seal(message, found: results.results(evidence, client: record.clientIP), after: chain, at: seconds)
            let algorithm = DKIMSigningKey(signer.key, selector: signer.selector, domain: signer.domain).algorithm
            return SealingOutcome(made.fields.compactMap { HeaderToAdd(field: $0) },
                                  .init(instance: made.instance, validation: made.validation, domain: signer.domain.text, selector: signer.selector.text, algorithm: algorithm.rawValue))
        } catch {
            throw Refusal(error.refusal.map { $0 == .failed ? .chainFailed : .chainFull } ?? .notSealable, error.why)
        }
    }

    /// One set has one seal: RSA, which every validator knows, else Ed25519 (RFC 8617 §4.1.3 by way of RFC 6376 §3.3 and RFC 8463).
    private func signer(of domain: DomainName, _ tenant: String) throws(Refusal) -> KeyRing.Signer {
        let answer = ring.signers(for: domain, tenant: tenant)
        // A seal is believed by its very domain: that of the one above is another.
        if let signer = answer.signers.first(where: { $0.domain == domain }) { return signer }
        throw Refusal(.noKey, answer.unsigned?.detail ?? "no key for the domain \(domain.text)")
    }

    /// What the chain was when the message came, for the message as it is now.
    private func chain(_ message: Message, _ isSame: Bool, _ before: ARCOutcome?, _ seconds: Int) async throws(Refusal) -> ARCOutcome {
        let now = await validator.validate(SignedMessage(message), at: seconds, isChangedByUs: !isSame, by: .now + patience)
        if isSame {
            if now.isTemporary { throw Refusal(.chainUnknown, "the chain cannot be validated now: \(now.problem ?? "")") }
            return now
        }
        guard let before else {
            guard now.result == .none else { throw Refusal(.chainUnknown, "the chain was not validated when the message came") }
            return now
        }
        if before.isTemporary { throw Refusal(.chainUnknown, "the chain could not be validated when the message came: \(before.problem ?? "")") }
        if now.isTemporary { throw Refusal(.chainUnknown, "the seals cannot be validated now: \(now.problem ?? "")") }
        // A chain that was broken when it came is sealed as such, whatever is left of it.
        if before.result == .fail, now.result != .none { return before }
        guard now.result == before.result, Self.same(now.sets, before.sets) else {
            throw Refusal(.chainChanged, "the message came with \(before.sets.count) sets (\(before.result.rawValue)); it has \(now.sets.count) now (\(now.result.rawValue))\(now.problem.map { ": \($0)" } ?? "")")
        }
        return before
    }

    /// Whether the sets say the same, whatever their message signatures hold for.
    private static func same(_ one: [ARCSetOutcome], _ other: [ARCSetOutcome]) -> Bool {
        func bare(_ sets: [ARCSetOutcome]) -> [ARCSetOutcome] { sets.map { var set = $0; set.messageUnchanged = nil; return set } }
        return bare(one) == bare(other)
    }
}

extension HeaderToAdd {
    /// Takes a field as it is written, with its name and its last line break.
    fileprivate init?(field: [UInt8]) {
        guard let colon = field.firstIndex(of: ASCII.colon) else { return nil }
        self.init(name: ASCII.text(field[..<colon]), value: ASCII.text(ASCII.trimmed(field[(colon + 1)...])))
    }
}
