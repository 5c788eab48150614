import Cryptography
package import DKIM
import DNS
package import Mail

/// Validates the chains of messages.
/// Source: RFC 8617 §5.2.
package struct ARCValidator: Sendable {
    private let keys: DKIMKeys
    private let limits: ARCLimits

    /// - Parameter keys: shared with DKIM, so that each key is read once.
    package init(keys: DKIMKeys, limits: ARCLimits = ARCLimits()) {
        self.keys = keys
        self.limits = limits
    }

    private struct KeyName: Hashable {
        let selector, domain: DomainName
    }

    /// Validates the chain.
    /// - Parameters:
    ///   - message: LF without CR counts as CRLF.
    ///   - seconds: now, since 1970-01-01T00:00:00Z.
    ///   - deadline: a key that is not there by then makes the outcome temporary.
    /// - Limits: `ARCLimits`, and those of `DKIMLimits` for keys.
    package func validate(_ message: Message, at seconds: Int, by deadline: ContinuousClock.Instant) async -> ARCOutcome {
        await validate(SignedMessage(message), at: seconds, by: deadline)
    }

    /// The same for a message that is shared with DKIM.
    /// - Parameter isChangedByUs: since it came; then its message signatures cannot hold and are not looked at, and what is told is whether the
    ///   chain is whole and its seals hold.
    package func validate(_ signed: SignedMessage, at seconds: Int, isChangedByUs: Bool = false, by deadline: ContinuousClock.Instant) async -> ARCOutcome {
        let chain: ARCChain
        do throws(ARCFault) {
            let found = try ARCChain(signed.message.header, limits: limits)
            // What is not known cannot be chosen from the bottom, and may be a chain.
            guard signed.hasWholeHeader else { throw ARCFault(nil, "the header is longer than what is read of it") }
            guard let found else { return ARCOutcome(result: .none) }
            chain = found
        } catch { return ARCOutcome(error) }
        var outcome = ARCOutcome(result: .pass, sets: chain.sets.map { ARCSetOutcome($0) })
        do throws(ARCFault) {
            let found = try await findKeys(chain, onlyOfSeals: isChangedByUs, by: deadline)
            var budget = ARCBudget(limits)
            if isChangedByUs {
                if let unknown = try verifySeals(chain, found, &budget) { throw unknown }
                return outcome
            }
            signed.expect(chain.sets.lazy.map(\.messageSignature.coverage))
            // A fault that stays counts before one that may pass: who forges a chain must not make it unknown by a key of his own that does not come.
            var passing: ARCFault?
            let newest = chain.sets.count - 1
            do throws(ARCFault) {
                try verify(chain.sets[newest].messageSignature, at: seconds, found, signed, &budget)
                outcome.sets[newest].messageUnchanged = true
            } catch {
                guard error.isTemporary else { throw error }
                passing = error
            }
            let unknown = try verifySeals(chain, found, &budget)
            // The others need not hold, for whoever sealed before saw another message: they are looked at with what is left.
            for place in chain.sets.indices.dropLast().reversed() {
                do throws(ARCFault) {
                    try verify(chain.sets[place].messageSignature, at: seconds, found, signed, &budget)
                    outcome.sets[place].messageUnchanged = true
                } catch {
                    if budget.isSpent { break }
                    if !error.isTemporary { outcome.sets[place].messageUnchanged = false }
                }
            }
            outcome.oldestPass = Self.oldestPass(outcome.sets)
            if let unknown = passing ?? unknown { throw unknown }
        } catch {
            (outcome.result, outcome.failedInstance, outcome.problem, outcome.isTemporary) = (.fail, error.instance, error.why, error.isTemporary)
        }
        return outcome
    }

    private static func oldestPass(_ sets: [ARCSetOutcome]) -> Int? {
        guard let place = sets.lastIndex(where: { $0.messageUnchanged != true }) else { return 0 }
        return sets[place].messageUnchanged == nil ? nil : sets[place].instance + 1
    }

    /// Each key once; the questions go out together.
    private func findKeys(_ chain: ARCChain, onlyOfSeals: Bool, by deadline: ContinuousClock.Instant) async throws(ARCFault) -> [KeyName: DKIMKeysFound] {
        var names: [KeyName] = [], seen: Set<KeyName> = []
        for set in chain.sets.reversed() {
            let seal = KeyName(selector: set.seal.selector, domain: set.seal.domain)
            for name in onlyOfSeals ? [seal] : [seal, KeyName(selector: set.messageSignature.selector, domain: set.messageSignature.domain)]
            where seen.insert(name).inserted { names.append(name) }
        }
        guard names.count <= limits.keys else { throw ARCFault(nil, "the chain needs more than \(limits.keys) keys") }
        if names.count == 1, let name = names.first { return [name: await keys.find(selector: name.selector, domain: name.domain, by: deadline)] }
        return await withTaskGroup(of: (KeyName, DKIMKeysFound).self) { group in
            for name in names { group.addTask { (name, await keys.find(selector: name.selector, domain: name.domain, by: deadline)) } }
            var found: [KeyName: DKIMKeysFound] = [:]
            while let (name, keys) = await group.next() { found[name] = keys }
            return found
        }
    }

    private func verify(_ signature: ARCMessageSignature, at seconds: Int, _ found: [KeyName: DKIMKeysFound], _ signed: SignedMessage,
                        _ budget: inout ARCBudget) throws(ARCFault) {
        let name = ARCMessageSignature.name, instance = signature.instance
        if let expires = signature.expiresAt, seconds > expires { throw ARCFault(instance, "\(name) \(instance): the signature expired (x=\(expires))") }
        let body = signed.digest(signature.coverage)
        guard signature.bodyLength ?? 0 <= body.canonicalLength, body.octets == signature.bodyHash else {
            throw ARCFault(instance, "\(name) \(instance): the body is not what was signed")
        }
        var hasher = HeaderHasher(signature.canonicalization.header)
        let fields = signed.fields.chosen(by: signature.fieldNames, excluding: signature.place)
        guard budget.hash(fields.reduce(0) { $0 + $1.octets.count }) else {
            throw ARCFault(instance, "\(name) \(instance): the chain's message signatures cover more than \(limits.signedOctets) octets of headers")
        }
        for field in fields { hasher.add(field.octets) }
        let digest = hasher.finish(signature.field, leavingOut: signature.signaturePlace)
        try check(signature.signature, of: digest, signature.algorithm, found[KeyName(selector: signature.selector, domain: signature.domain)], instance, name, &budget)
    }

    /// Every seal covers the sets up to its own, itself without b=.
    /// Source: RFC 8617 §5.1.1, §5.2 step 6.
    /// - Returns: why one of them could not be verified now; nil where all hold.
    /// - Throws: why one of them does not hold.
    private func verifySeals(_ chain: ARCChain, _ found: [KeyName: DKIMKeysFound], _ budget: inout ARCBudget) throws(ARCFault) -> ARCFault? {
        var hash = SHA256(), passing: ARCFault?
        for set in chain.sets {
            hash.update(Self.canonical(set.results.field, lineEnd: true) + Self.canonical(set.messageSignature.field, lineEnd: true))
            let seal = set.seal
            let digest = hash.digestSoFar(with: Self.canonical(seal.field, leavingOut: seal.signaturePlace, lineEnd: false))
            do throws(ARCFault) {
                try check(seal.signature, of: digest, seal.algorithm, found[KeyName(selector: seal.selector, domain: seal.domain)], set.instance, ARCSeal.name, &budget)
            } catch {
                guard error.isTemporary else { throw error }
                passing = passing ?? error
            }
            hash.update(Self.canonical(seal.field, lineEnd: true))
        }
        return passing
    }

    private static func canonical(_ field: ArraySlice<UInt8>, leavingOut place: Range<Int>? = nil, lineEnd: Bool) -> [UInt8] {
        var canonicalizer = HeaderCanonicalizer(.relaxed), octets: [UInt8] = []
        let place = (place ?? field.endIndex..<field.endIndex).clamped(to: field.startIndex..<field.endIndex)
        canonicalizer.add(field[..<place.lowerBound], to: &octets)
        canonicalizer.add(field[place.upperBound...], to: &octets)
        canonicalizer.finish(lineEnd: lineEnd, to: &octets)
        return octets
    }

    /// Of several keys any may verify.
    private func check(_ signature: [UInt8], of digest: [UInt8], _ algorithm: DKIMAlgorithm, _ found: DKIMKeysFound?, _ instance: Int, _ name: String,
                       _ budget: inout ARCBudget) throws(ARCFault) {
        switch found {
        case .some(.keys(let list)):
            var fault = DKIMFault(.fail, "the signature is not that of the key")
            for key in list {
                let usable: PublicKey
                do throws(DKIMFault) { usable = try key.usable(for: algorithm, limits: keys.limits) } catch { fault = error; continue }
                guard budget.verify(usable.cost) else {
                    throw ARCFault(instance, "\(name) \(instance): the verifications of the chain cost more than \(limits.verifications) of RSA with 1024 bits")
                }
                if usable.verifies(signature, of: digest) { return }
            }
            throw ARCFault(instance, name, fault)
        case .some(.none(let fault)), .some(.trouble(let fault)): throw ARCFault(instance, name, fault)
        case nil: throw ARCFault(instance, "\(name) \(instance): the key was not looked up")
        }
    }
}
