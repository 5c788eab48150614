package import JSON

/// The result for one scope, with its reason.
/// Source: RFC 4406 §4.2 to §4.4; the words are those of SPF, and of the method `sender-id` in the IANA registry "Email Authentication Methods".
@dynamicMemberLookup package struct SenderIDOutcome: Sendable, Equatable, Decodable {
    package var answer: SPFAnswer
    package var scope: SenderIDScope
    /// The field that names the responsible address: `resent-sender`, `resent-from`, `sender` or `from`; nil in scope mfrom, and of an ill-formed message.
    package var header: String?
    /// The domain that was checked: in lower-case A-labels, or as it was given where it is no domain name; nil of an ill-formed message.
    package var domain: String?
    /// The sender that macros saw: `local-part@domain`; nil of an ill-formed message.
    package var sender: String?

    /// What check_host() said in that scope.
    ///
    /// RFC 4406 §4.3: of a responsible domain that does not exist, the answer is a fail.
    init(_ outcome: SPFOutcome, scope: SenderIDScope, header: String?) {
        answer = outcome.answer
        if scope == .pra, outcome.trail.isNoDomain { (answer.result, answer.problem) = (.fail, "\(outcome.domain): the domain does not exist") }
        self.scope = scope
        self.header = header
        domain = outcome.domain
        sender = outcome.sender
    }

    /// RFC 4407 §2, step 6: without a responsible address there is nothing to ask; a required field that is missing is a permerror.
    init(illFormed problem: String) {
        answer = SPFAnswer(.permerror, problem: problem)
        scope = .pra
    }

    package subscript<Value>(dynamicMember member: WritableKeyPath<SPFAnswer, Value>) -> Value {
        get { answer[keyPath: member] }
        set { answer[keyPath: member] = newValue }
    }

    private enum CodingKeys: String, CodingKey { case result, scope, header, domain, sender }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        answer = try SPFAnswer(from: decoder)
        scope = try members.decode(SenderIDScope.self, forKey: .scope)
        header = try members.decodeIfPresent(String.self, forKey: .header)
        domain = try members.decodeIfPresent(String.self, forKey: .domain)
        sender = try members.decodeIfPresent(String.self, forKey: .sender)
    }
}

extension SenderIDOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, answer.result)
        json.member(CodingKeys.scope, scope)
        json.member(CodingKeys.header, header)
        json.member(CodingKeys.domain, domain)
        json.member(CodingKeys.sender, sender)
        answer.writeMembers(to: &json)
        json.closeObject()
    }
}

/// What Sender ID says of a message.
package struct SenderIDEvidence: Sendable, Equatable, Decodable {
    /// Of the purported responsible address.
    package var pra: SenderIDOutcome
    /// Of the reverse-path; of postmaster at the HELO name for the null reverse-path. nil where it is what SPF said of MAIL FROM.
    package var mfrom: SenderIDOutcome?

    package init(pra: SenderIDOutcome, mfrom: SenderIDOutcome?) {
        self.pra = pra
        self.mfrom = mfrom
    }

    /// Without what SPF said already.
    package func beside(_ spf: SPFEvidence) -> SenderIDEvidence {
        let same = mfrom.map { $0 == SenderIDOutcome(spf.mailfrom, scope: .mfrom, header: nil) } ?? true
        return SenderIDEvidence(pra: pra, mfrom: same ? nil : mfrom)
    }

    private enum CodingKeys: String, CodingKey { case pra, mfrom }
}

extension SenderIDEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.pra, pra)
        json.member(CodingKeys.mfrom, mfrom)
        json.closeObject()
    }
}
