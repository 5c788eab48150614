internal import Cryptography
package import DNS
package import Mail

/// Verifies the signatures of messages.
/// Source: RFC 6376 §6, RFC 8301, RFC 8463, RFC 8616; results by RFC 8601 §2.7.1.
package struct DKIMVerifier: Sendable {
    package let keys: DKIMKeys
    private let limits: DKIMLimits

    package init(resolver: any Resolver, limits: DKIMLimits = DKIMLimits()) {
        self.init(keys: DKIMKeys(resolver: resolver, limits: limits))
    }

    /// - Parameter keys: shared with ARC, so that each key is read once.
    package init(keys: DKIMKeys) {
        self.keys = keys
        limits = keys.limits
    }

    /// A signature on its way to its result.
    private struct Trial {
        let field: HeaderField
        /// In the header.
        let place: Int
        var outcome = DKIMOutcome(result: .permerror)
        /// Nil where the result is known.
        var signature: DKIMSignature?
        /// Its place among the names of keys.
        var key = 0
    }

    private struct KeyName: Equatable {
        let selector, domain: DomainName
    }

    /// Verifies each signature by itself.
    /// - Parameters:
    ///   - message: LF without CR counts as CRLF. Lines of the header that are no fields, and an mbox "From " line, are not looked at.
    ///   - seconds: now, since 1970-01-01T00:00:00Z.
    ///   - deadline: a key that is not there by then is a temperror.
    /// - Returns: the outcomes in the order of the fields.
    /// - Limits: ``DKIMLimits``.
    package func verify(_ message: Message, at seconds: Int, by deadline: ContinuousClock.Instant) async -> DKIMEvidence {
        await verify(SignedMessage(message), at: seconds, by: deadline)
    }

    /// The same for a message that is shared with ARC.
    package func verify(_ signed: SignedMessage, at seconds: Int, by deadline: ContinuousClock.Instant) async -> DKIMEvidence {
        let message = signed.message
        var trials: [Trial] = [], leftOut = 0
        for (place, field) in message.header.fields.enumerated() where field.isNamed(Self.fieldName) {
            if trials.count < limits.signatures { trials.append(Trial(field: field, place: place)) } else { leftOut += 1 }
        }
        guard !trials.isEmpty else { return DKIMEvidence(signatures: []) }
        let isWhole = signed.hasWholeHeader
        for at in trials.indices { read(&trials[at], at: seconds, isWhole: isWhole) }
        signed.expect(trials.lazy.compactMap { $0.signature.map(Self.coverage) })
        let found = await findKeys(&trials, by: deadline)
        var left = limits.verifications
        for at in trials.indices {
            guard let signature = trials[at].signature, found.indices.contains(trials[at].key) else { continue }
            switch found[trials[at].key] {
            case .none(let fault), .trouble(let fault): trials[at].outcome.end(fault)
            case .keys(let keys): settle(&trials[at], signature, keys, signed, &left)
            }
        }
        return DKIMEvidence(signatures: trials.map(\.outcome), leftOut: leftOut)
    }

    private static let fieldName = HeaderName("DKIM-Signature")

    private static func coverage(_ signature: DKIMSignature) -> BodyCoverage { BodyCoverage(signature.canonicalization.body, length: signature.bodyLength) }

    private func read(_ trial: inout Trial, at seconds: Int, isWhole: Bool) {
        do throws(DKIMFault) {
            let signature = try DKIMSignature(trial.field.rawValue, limits: limits, seen: &trial.outcome)
            try signature.checkTime(seconds, limits: limits)
            // What is not known cannot be chosen from the bottom.
            guard isWhole else { throw .permanent("the header is longer than what is read of it") }
            trial.signature = signature
        } catch { trial.outcome.end(error) }
    }

    /// Each key once; the questions go out together.
    private func findKeys(_ trials: inout [Trial], by deadline: ContinuousClock.Instant) async -> [DKIMKeysFound] {
        var names: [KeyName] = []
        for at in trials.indices {
            guard let signature = trials[at].signature else { continue }
            let name = KeyName(selector: signature.selector, domain: signature.domain)
            trials[at].key = names.firstIndex(of: name) ?? names.count
            if trials[at].key == names.count { names.append(name) }
        }
        guard let first = names.first else { return [] }
        if names.count == 1 { return [await keys.find(selector: first.selector, domain: first.domain, by: deadline)] }
        return await withTaskGroup(of: (Int, DKIMKeysFound).self) { group in
            for (place, name) in names.enumerated() { group.addTask { (place, await keys.find(selector: name.selector, domain: name.domain, by: deadline)) } }
            var found = [DKIMKeysFound](repeating: .keys([]), count: names.count)
            while let (place, keys) = await group.next() { found[place] = keys }
            return found
        }
    }

    /// Of several keys the first that verifies counts, else the first that could have.
    /// - Parameter left: what verifications of the message may still cost.
    private func settle(_ trial: inout Trial, _ signature: DKIMSignature, _ keys: [DKIMKey], _ signed: SignedMessage, _ left: inout Int) {
        var digest: [UInt8]?, problem: DKIMFault?
        for key in keys {
            do throws(DKIMFault) {
                let usable = try key.usable(for: signature.algorithm, identity: (signature.identityDomain, signature.domain), limits: limits)
                trial.outcome.keyBits = key.bits
                trial.outcome.isTesting = key.record.isTesting
                if digest == nil { digest = try hash(trial.field, at: trial.place, signature, signed, &trial.outcome) }
                guard left >= usable.cost else {
                    trial.outcome.end(.permanent("the verifications of the message's signatures cost more than \(limits.verifications) of RSA with 1024 bits"))
                    return
                }
                left -= usable.cost
                guard let digest, usable.verifies(signature.signature, of: digest) else { throw DKIMFault(.fail, "the signature is not that of the key over the header") }
                trial.outcome.result = .pass
                return
            } catch {
                if trial.outcome.keyBits == nil {
                    trial.outcome.keyBits = key.bits
                    trial.outcome.isTesting = key.record.isTesting
                }
                if problem == nil || error.result == .fail && problem?.result != .fail { problem = error }
            }
        }
        if let problem { trial.outcome.end(problem) }
    }

    /// The hash of the signed fields, once the body is found to be the one that was signed.
    /// Source: RFC 6376 §6.1.3.
    private func hash(_ field: HeaderField, at place: Int, _ signature: DKIMSignature, _ signed: SignedMessage, _ outcome: inout DKIMOutcome) throws(DKIMFault) -> [UInt8] {
        let body = signed.digest(Self.coverage(signature))
        if let length = signature.bodyLength {
            guard length <= body.canonicalLength else { throw .permanent("l=\(length) is more than the \(body.canonicalLength) octets of the body") }
            outcome.bodyUnsigned = body.canonicalLength - length
        }
        guard body.octets == signature.bodyHash else { throw DKIMFault(.fail, "the body is not what was signed") }
        var hasher = HeaderHasher(signature.canonicalization.header)
        for chosen in signed.fields.chosen(by: signature.fieldNames, excluding: place) { hasher.add(chosen.octets) }
        return hasher.finish(field.octets, leavingOut: signature.signaturePlace)
    }
}

extension DKIMOutcome {
    fileprivate mutating func end(_ fault: DKIMFault) {
        result = fault.result
        problem = fault.why
    }
}
