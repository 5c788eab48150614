package import JSON

/// One thing that may be seen in a message, and how to see it.
package struct ContentRule: Sendable {
    /// Group, dot, fact: `subject.capitals`. Stable: policies name it.
    package let code: String
    /// One sentence on what it means.
    package let meaning: String
    /// Whether it says anything of mail that an own user sends in: such mail has no Received field yet.
    package let isForSubmissions: Bool
    /// Pure; nil where nothing is seen, else what was seen.
    let test: @Sendable (SubjectFacts) -> String?

    init(_ code: String, _ meaning: String, forSubmissions: Bool = true, _ test: @escaping @Sendable (SubjectFacts) -> String?) {
        self.code = code; self.meaning = meaning; isForSubmissions = forSubmissions; self.test = test
    }

    /// Every rule, each code once.
    package static let all: [ContentRule] = headerRules + originRules + dateRules + agentRules + receivedRules + subjectRules + htmlRules + textRules + urlRules + targetRules
        + nameRules + replyRules + fileRules + listRules + combinationRules
    /// The codes of all of them.
    package static let codes = Set(all.map(\.code))
}

/// A rule that a message met.
package struct ContentHit: Sendable, Equatable, Hashable, Decodable {
    package let code: String
    /// What was seen, at most ``RuleLimits/detail`` characters.
    package let detail: String

    package init(code: String, detail: String) { self.code = code; self.detail = detail }

    enum CodingKeys: String, CodingKey { case code, detail }
}

extension ContentHit: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.code, code)
        json.member(CodingKeys.detail, detail)
        json.closeObject()
    }
}

extension ContentSubject {
    /// Holds every rule against the message.
    /// - Returns: those that were met, in the order of ``ContentRule/all``.
    /// - Limits: ``RuleLimits``; the work is linear in what they let through.
    package func hits() -> [ContentHit] { judged().hits }

    /// As ``hits()``, with the work of it.
    /// - Returns: besides, the octets that rules searched for others; each search counts.
    package func judged() -> (hits: [ContentHit], searched: Int) {
        let facts = SubjectFacts(self)
        var hits: [ContentHit] = []
        for rule in ContentRule.all where rule.isForSubmissions || !isSubmission {
            guard let detail = rule.test(facts) else { continue }
            facts.met.insert(rule.code)
            hits.append(ContentHit(code: rule.code, detail: detail.count > limits.detail ? String(detail.prefix(limits.detail)) + "…" : detail))
        }
        return (hits, facts.searched)
    }
}
