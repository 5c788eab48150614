package import DMARC
package import DNS
package import JSON

/// The port by which a door has a message sealed that goes on.
package protocol Sealer: Sendable {
    /// Makes the set of ARC fields that says what was found when the message came.
    /// Source: RFC 8617 §5.1.
    /// - Parameters:
    ///   - octets: the message exactly as it goes on, with every other change made.
    ///   - domain: whose key seals.
    ///   - judged: the verdict on the message as it came, and what it was made of.
    ///   - tenant: whose keys and verdicts; the verdict is the tenant's.
    ///   - seconds: now, since 1970-01-01T00:00:00Z.
    func seal(_ octets: [UInt8], for domain: DomainName, judged: (record: VerdictRecord, evidence: Evidence), tenant: String, at seconds: Int) async -> SealingOutcome
}

/// Why a message is not sealed.
package enum UnsealedReason: String, Sendable, Hashable, CaseIterable, JSONWritable {
    /// There is no such verdict of this tenant, or none that says what was found.
    case verdictUnknown = "verdict_unknown"
    /// The verdict is on another message: neither the octets nor Message-ID are the same.
    case otherMessage = "other_message"
    /// A sealer before said cv=fail: nobody adds to that (RFC 8617 §5.1).
    case chainFailed = "chain_failed"
    /// The chain has fifty sets (RFC 8617 §4.2.1).
    case chainFull = "chain_full"
    /// The chain is not the one that the message came with.
    case chainChanged = "chain_changed"
    /// Whether the chain holds could not be known when the message came, or cannot be known now.
    case chainUnknown = "chain_unknown"
    /// The domain has no key of this tenant that signs.
    case noKey = "no_key"
    /// The message is not fit to be sealed, or the key refused.
    case notSealable = "not_sealable"
}

/// What sealing a message came to: three fields to put on top of it, or why there are none.
package struct SealingOutcome: Sendable, Equatable {
    /// The set that was made.
    package struct Seal: Sendable, Equatable {
        /// i=
        package let instance: Int
        /// cv=
        package let validation: ARCResult
        package let domain: String
        package let selector: String
        /// As in a=.
        package let algorithm: String

        package init(instance: Int, validation: ARCResult, domain: String, selector: String, algorithm: String) {
            self.instance = instance; self.validation = validation; self.domain = domain; self.selector = selector; self.algorithm = algorithm
        }
    }

    package struct Unsealed: Sendable, Equatable {
        package let reason: UnsealedReason
        /// For people.
        package let detail: String

        package init(_ reason: UnsealedReason, _ detail: String) { self.reason = reason; self.detail = detail }
    }

    /// In the order in which they go on top of the message; empty where it is not sealed.
    package let fields: [HeaderToAdd]
    package let seal: Seal?
    package let unsealed: Unsealed?

    package init(_ fields: [HeaderToAdd], _ seal: Seal) { self.fields = fields; self.seal = seal; unsealed = nil }
    package init(_ unsealed: Unsealed) { fields = []; seal = nil; self.unsealed = unsealed }
    package init(_ reason: UnsealedReason, _ detail: String) { self.init(Unsealed(reason, detail)) }
}

extension SealingOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("fields"); fields.write(to: &json)
        if let seal { json.key("seal"); seal.write(to: &json) }
        if let unsealed { json.key("unsealed"); unsealed.write(to: &json) }
        json.closeObject()
    }
}

extension SealingOutcome.Seal: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("instance"); json.integer(instance)
        json.key("cv"); validation.write(to: &json)
        json.key("domain"); json.string(domain)
        json.key("selector"); json.string(selector)
        json.key("algorithm"); json.string(algorithm)
        json.closeObject()
    }
}

extension SealingOutcome.Unsealed: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("reason"); reason.write(to: &json)
        json.key("detail"); json.string(detail)
        json.closeObject()
    }
}
