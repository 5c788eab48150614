import DNS
import Mail
package import JSON

/// What one set of a chain says.
/// Source: RFC 8617 §4.
package struct ARCSetOutcome: Sendable, Equatable, Decodable {
    package var instance: Int
    /// The sealer: d= and s= of the seal, in lower-case A-labels.
    package var domain: String
    package var selector: String
    /// cv= of the seal.
    package var validation: ARCResult
    /// d= of the message signature.
    package var messageDomain: String
    /// Whether the message signature holds for the message as it is now; nil where that was not found out.
    package var messageUnchanged: Bool?
    /// Whether the message signature covers From and all of the body: what it does not cover, anyone may have changed since.
    package var coversMessage: Bool
    /// What the sealer saw: its authserv-id, and the payload of its results, which begins with it.
    package var authservID: String
    package var results: String

    package init(_ set: ARCSet) {
        instance = set.instance
        domain = set.seal.domain.text
        selector = set.seal.selector.text
        validation = set.seal.validation
        messageDomain = set.messageSignature.domain.text
        coversMessage = set.messageSignature.bodyLength == nil && set.messageSignature.fieldNames.contains { $0.octets.elementsEqual("from".utf8) }
        authservID = set.results.authservID
        results = set.results.results
    }

    private enum CodingKeys: String, CodingKey {
        case instance, domain, selector, validation = "cv", messageDomain = "message_domain", messageUnchanged = "message_unchanged", coversMessage = "covers_message"
        case authservID = "authserv_id", results
    }
}

extension ARCSetOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.instance, instance)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.selector, selector)
        json.member(CodingKeys.validation, validation)
        json.member(CodingKeys.messageDomain, messageDomain)
        json.member(CodingKeys.messageUnchanged, messageUnchanged)
        json.member(CodingKeys.coversMessage, coversMessage)
        json.member(CodingKeys.authservID, authservID)
        json.member(CodingKeys.results, results)
        json.closeObject()
    }
}

/// What ARC says of a message, and why.
/// Source: RFC 8617 §5.2 and §6 to §7.
package struct ARCOutcome: Sendable, Equatable, Decodable {
    package var result: ARCResult
    /// The chain in the order of its instances; empty where there is none, and where its structure is broken. Its seals can be trusted only where
    /// the result is pass.
    package var sets: [ARCSetOutcome]
    /// 0 where every message signature holds, else the lowest instance from which on all do; nil where that was not found out.
    /// Source: RFC 8617 §5.2 step 5.
    package var oldestPass: Int?
    /// The set at fault.
    package var failedInstance: Int?
    /// Why the result is fail.
    package var problem: String?
    /// The result is not known, because a key did not come; `result` is fail, since nothing was proved.
    package var isTemporary: Bool

    package init(result: ARCResult, sets: [ARCSetOutcome] = [], oldestPass: Int? = nil, failedInstance: Int? = nil, problem: String? = nil, isTemporary: Bool = false) {
        self.result = result; self.sets = sets; self.oldestPass = oldestPass; self.failedInstance = failedInstance; self.problem = problem; self.isTemporary = isTemporary
    }

    init(_ fault: ARCFault, sets: [ARCSetOutcome] = []) {
        self.init(result: .fail, sets: sets, failedInstance: fault.instance, problem: fault.why, isTemporary: fault.isTemporary)
    }

    private enum CodingKeys: String, CodingKey {
        case result, sets, oldestPass = "oldest_pass", failedInstance = "failed_instance", problem, isTemporary = "temporary"
    }
}

extension ARCOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.sets, sets)
        json.member(CodingKeys.oldestPass, oldestPass)
        json.member(CodingKeys.failedInstance, failedInstance)
        json.member(CodingKeys.problem, problem)
        json.member(CodingKeys.isTemporary, isTemporary)
        json.closeObject()
    }
}
