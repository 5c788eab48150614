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
    }

    private struct KeyName: Hashable {
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
        var trials: [Trial] = [], leftOut = 0
        for (place, field) in message.header.fields.enumerated() where field.isNamed(Self.fieldName) {
            if trials.count < limits.signatures { trials.append(Trial(field: field, place: place)) } else { leftOut += 1 }
        }
        guard !trials.isEmpty else { return DKIMEvidence(signatures: []) }
        let isWhole = !message.has(.limitMet(.headerOctets)) && !message.has(.limitMet(.headerFields)) && !message.has(.limitMet(.allHeaderFields))
        for at in trials.indices { read(&trials[at], at: seconds, isWhole: isWhole) }
        let found = await findKeys(trials, by: deadline)
        var bodies = BodyHashes(of: message, for: trials.compactMap { $0.signature.map(Self.coverage) })
        var fields: SignedFields?
        for at in trials.indices {
            guard let signature = trials[at].signature, let keys = found[KeyName(selector: signature.selector, domain: signature.domain)] else { continue }
            switch keys {
            case .none(let fault), .trouble(let fault): trials[at].outcome.end(fault)
            case .keys(let keys):
                if fields == nil { fields = SignedFields(message.header) }
                if let fields { settle(&trials[at], signature, keys, fields, &bodies) }
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
    private func findKeys(_ trials: [Trial], by deadline: ContinuousClock.Instant) async -> [KeyName: DKIMKeysFound] {
        var names: [KeyName] = []
        for case let signature? in trials.map(\.signature) {
            let name = KeyName(selector: signature.selector, domain: signature.domain)
            if !names.contains(name) { names.append(name) }
        }
        guard let first = names.first else { return [:] }
        if names.count == 1 { return [first: await keys.find(selector: first.selector, domain: first.domain, by: deadline)] }
        return await withTaskGroup(of: (KeyName, DKIMKeysFound).self) { group in
            for name in names { group.addTask { (name, await keys.find(selector: name.selector, domain: name.domain, by: deadline)) } }
            var found: [KeyName: DKIMKeysFound] = [:]
            while let (name, keys) = await group.next() { found[name] = keys }
            return found
        }
    }

    /// Of several keys the first that verifies counts, else the first that could have.
    private func settle(_ trial: inout Trial, _ signature: DKIMSignature, _ keys: [DKIMKey], _ fields: SignedFields, _ bodies: inout BodyHashes) {
        var digest: [UInt8]?, problem: DKIMFault?
        for key in keys {
            do throws(DKIMFault) {
                let usable = try key.usable(for: signature.algorithm, identity: (signature.identityDomain, signature.domain), limits: limits)
                trial.outcome.keyBits = key.bits
                trial.outcome.isTesting = key.record.isTesting
                if digest == nil { digest = try hash(trial.field, at: trial.place, signature, fields, &bodies, &trial.outcome) }
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
    private func hash(_ field: HeaderField, at place: Int, _ signature: DKIMSignature, _ fields: SignedFields, _ bodies: inout BodyHashes,
                      _ outcome: inout DKIMOutcome) throws(DKIMFault) -> [UInt8] {
        let body = bodies.digest(Self.coverage(signature))
        if let length = signature.bodyLength {
            guard length <= body.canonicalLength else { throw .permanent("l=\(length) is more than the \(body.canonicalLength) octets of the body") }
            outcome.bodyUnsigned = body.canonicalLength - length
        }
        guard body.octets == signature.bodyHash else { throw DKIMFault(.fail, "the body is not what was signed") }
        var hasher = HeaderHasher(signature.canonicalization.header)
        for signed in fields.chosen(by: signature.fieldNames, excluding: place) { hasher.add(signed.octets) }
        return hasher.finish(field.octets, leavingOut: signature.signaturePlace)
    }
}

extension DKIMOutcome {
    fileprivate mutating func end(_ fault: DKIMFault) {
        result = fault.result
        problem = fault.why
    }
}
