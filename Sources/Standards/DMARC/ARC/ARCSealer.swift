package import Cryptography
import DKIM
package import DNS
package import Mail

/// The set that was made for a message.
package struct ARCSealed: Sendable, Equatable {
    package let instance: Int
    /// cv= of the seal.
    package let validation: ARCResult
    /// In the order in which they go above all others: seal, message signature, results; each with name, folds and last line break.
    package let fields: [[UInt8]]
}

/// Adds our set to the chain of a message that goes on.
/// Source: RFC 8617 §5.1.
package struct ARCSealer: Sendable {
    private let key: PrivateKey
    private let domain: DomainName
    private let selector: DomainName
    private let authservID: String
    private let limits: ARCLimits
    /// Octets of a line with its CR (RFC 5322 §2.1.1); a longer one is not written.
    private static let lineOctets = 999

    /// - Parameters:
    ///   - key: its public half is published at `selector._domainkey.domain`.
    ///   - authservID: our name in authentication results.
    package init(key: PrivateKey, domain: DomainName, selector: DomainName, authservID: String, limits: ARCLimits = ARCLimits()) {
        self.key = key
        self.domain = domain
        self.selector = selector
        self.authservID = authservID
        self.limits = limits
    }

    /// Makes the set.
    /// - Parameters:
    ///   - message: as it goes on, with every other change made.
    ///   - results: what an Authentication-Results of ours would hold behind the authserv-id and its semicolon, with our own `arc=`.
    ///   - outcome: what validating the chain said, before the message was changed.
    ///   - seconds: now, since 1970-01-01T00:00:00Z.
    ///   - names: fields that are signed, one name for each; nil for those that carry the message.
    /// - Throws: where the chain says cv=fail already, is full, or could not be validated now; where the header was not read whole; where the key does
    ///   not sign, or is shorter than others would take.
    /// - Limits: `sets`, `fieldOctets`, `lineOctets`.
    package func seal(_ message: Message, results: String, after outcome: ARCOutcome, at seconds: Int, signing names: [String]? = nil) throws(ARCFault) -> ARCSealed {
        try seal(message, after: outcome, at: seconds, signing: names) { resultsField($0, results) }
    }

    /// The same with results that are not written yet.
    /// - Parameter found: results that are too many for a field are left out.
    package func seal(_ message: Message, found: [AuthenticationResult], after outcome: ARCOutcome, at seconds: Int) throws(ARCFault) -> ARCSealed {
        var most = AuthenticationResultsLimits()
        most.fieldOctets = min(most.fieldOctets, limits.fieldOctets)
        return try seal(message, after: outcome, at: seconds, signing: nil) { instance in
            let name = ARCAuthenticationResults.name
            return Array("\(name): \(AuthenticationResults(instance: instance, authservID: authservID, results: found, limits: most).text.folded(name: name))\r\n".utf8)
        }
    }

    private func seal(_ message: Message, after outcome: ARCOutcome, at seconds: Int, signing names: [String]?, _ write: (Int) -> [UInt8]) throws(ARCFault) -> ARCSealed {
        if key.kind == .rsa, key.bits < 1024 { throw ARCFault(nil, "an RSA key of \(key.bits) bits is too short (RFC 8301 §3.2)") }
        if message.has(.limitMet(.headerOctets)) || message.has(.limitMet(.headerFields)) || message.has(.limitMet(.allHeaderFields)) {
            throw ARCFault(nil, "the header is longer than what is read of it")
        }
        if outcome.isTemporary { throw ARCFault(outcome.failedInstance, "the chain could not be validated now: \(outcome.problem ?? "")", isTemporary: true) }
        let before = try ARCBefore(message.header, isValid: outcome.result != .fail, limits)
        let instance = before.newest + 1
        guard instance <= limits.sets else { throw ARCFault(before.newest, "the chain has \(limits.sets) sets already", refusal: .full) }
        let validation: ARCResult = outcome.result == .fail ? .fail : before.newest == 0 ? .none : .pass
        let algorithm: DKIMAlgorithm = key.kind == .rsa ? .rsaSHA256 : .ed25519SHA256
        let aar = write(instance)
        let list = names ?? Self.usualNames(message.header)
        var bodies = BodyHashes(of: message)
        let bodyHash = ASCII.text(Base64.encode(bodies.digest(BodyCoverage(.relaxed)).octets)[...])
        var hasher = HeaderHasher(.relaxed)
        for field in SignedFields(message.header).chosen(by: list.map { HeaderName($0) }) { hasher.add(field.octets) }
        let ams = try sign(ARCMessageSignature.name, [
            ("i", "\(instance)"), ("a", algorithm.rawValue), ("c", "relaxed/relaxed"), ("d", domain.text), ("s", selector.text), ("t", "\(max(seconds, 0))"),
            ("h", list.joined(separator: ":").lowercased()), ("bh", bodyHash),
        ], &hasher, instance)
        hasher = HeaderHasher(.relaxed)
        // RFC 8617 §5.1.2: a broken chain cannot be sealed, so this set stands for itself.
        if validation == .pass { for field in before.fields { hasher.add(field) } }
        hasher.add(aar[...])
        hasher.add(ams[...])
        let seal = try sign(ARCSeal.name, [
            ("i", "\(instance)"), ("a", algorithm.rawValue), ("cv", validation.rawValue), ("d", domain.text), ("s", selector.text), ("t", "\(max(seconds, 0))"),
        ], &hasher, instance)
        let fields = [seal, ams, aar]
        guard aar.count <= limits.fieldOctets, fields.allSatisfy({ $0.split(separator: ASCII.lf).allSatisfy { $0.count <= Self.lineOctets } }) else {
            throw ARCFault(instance, "the results are longer than a field may be")
        }
        return ARCSealed(instance: instance, validation: validation, fields: fields)
    }

    private func sign(_ name: String, _ values: [(String, String)], _ hasher: inout HeaderHasher, _ instance: Int) throws(ARCFault) -> [UInt8] {
        var tags = FoldedTags(fieldName: name)
        for (tag, value) in values { tags.add(tag, words: tag == "h" ? value.split(separator: ":", omittingEmptySubsequences: false).map(String.init) : [value]) }
        tags.addEmptySignature()
        let unsigned = Array("\(name):".utf8) + tags.octets
        guard let signature = key.signature(of: hasher.finish(unsigned[...], leavingOut: unsigned.endIndex..<unsigned.endIndex)) else { throw ARCFault(instance, "the key does not sign") }
        tags.addSignature(signature)
        return Array("\(name):".utf8) + tags.octets + [ASCII.cr, ASCII.lf]
    }

    /// White space in a row becomes one space, or a fold; control characters fall away.
    private func resultsField(_ instance: Int, _ results: String) -> [UInt8] {
        var text = Array("\(ARCAuthenticationResults.name): i=\(instance); \(authservID);".utf8), column = text.count
        for word in results.utf8.split(whereSeparator: { ASCII.isSpace($0) }) {
            let word = word.filter { $0 >= 32 && $0 != 127 }
            let folds = column &+ word.count &+ 1 > 78
            text += folds ? [ASCII.cr, ASCII.lf, ASCII.space] : [ASCII.space]
            column = folds ? 1 : column &+ 1
            text += word
            column = column &+ word.count
        }
        return text + [ASCII.cr, ASCII.lf]
    }

    /// What carries the message and its meaning, each as often as it is there, never what is put on or taken off under way; From once more, so
    /// that no second one can be put above it.
    /// Source: RFC 6376 §5.4.1, RFC 8617 §4.1.2.
    private static func usualNames(_ header: HeaderSection) -> [String] {
        let names = header.fields.compactMap { field in usual.first { field.isNamed($0) }.map { ASCII.text($0.octets[...]) } }
        return names + ["from"]
    }

    private static let usual = [
        "from", "sender", "reply-to", "subject", "date", "message-id", "to", "cc", "mime-version", "content-type", "content-transfer-encoding", "content-id",
        "content-description", "resent-date", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-message-id", "in-reply-to", "references",
        "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post", "list-subscribe", "list-post", "list-owner", "list-archive", "dkim-signature",
    ].map { HeaderName($0) }
}

/// What of ARC a message bears before we seal it.
struct ARCBefore {
    /// The highest instance that can be read; 0 where there is none.
    let newest: Int
    /// The fields of the chain in the order in which seals cover them; empty where it is broken.
    let fields: [ArraySlice<UInt8>]

    /// - Throws: where the newest seal says cv=fail: nobody adds to that (RFC 8617 §5.1).
    init(_ header: HeaderSection, isValid: Bool, _ limits: ARCLimits) throws(ARCFault) {
        if isValid {
            let sets = try ARCChain(header, limits: limits)?.sets ?? []
            newest = sets.count
            fields = sets.flatMap { [$0.results.field, $0.messageSignature.field, $0.seal.field] }
            return
        }
        var newest = 0
        for field in header.fields {
            if field.isNamed(ARCChain.resultsName) { newest = max(newest, (try? ARCAuthenticationResults(field, limits: limits))?.instance ?? 0) }
            if field.isNamed(ARCChain.signatureName) { newest = max(newest, (try? ARCMessageSignature(field, limits: limits))?.instance ?? 0) }
            guard field.isNamed(ARCChain.sealName), let seal = try? ARCSeal(field, limits: limits) else { continue }
            if seal.validation == .fail { throw ARCFault(seal.instance, "ARC-Seal \(seal.instance) says cv=fail: nothing is added to a failed chain", refusal: .failed) }
            newest = max(newest, seal.instance)
        }
        self.newest = newest
        fields = []
    }
}
