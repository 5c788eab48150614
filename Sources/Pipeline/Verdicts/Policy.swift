package import JSON

/// The scores at which an action begins; nil where the action is not taken for a score.
package struct Thresholds: Sendable, Equatable, Decodable {
    package var tag: Double?
    package var quarantine: Double?
    package var reject: Double?
    /// From here on a message is put off until its sender comes again; see ``Policy/greylists(_:)``.
    package var greylist: Double?

    package init(tag: Double? = 6, quarantine: Double? = nil, reject: Double? = 15, greylist: Double? = nil) {
        self.tag = tag; self.quarantine = quarantine; self.reject = reject; self.greylist = greylist
    }

    private enum CodingKeys: String, CodingKey { case greylist, tag, quarantine, reject }
}

extension Thresholds: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.greylist, greylist)
        json.member(CodingKeys.tag, tag)
        json.member(CodingKeys.quarantine, quarantine)
        json.member(CodingKeys.reject, reject)
        json.closeObject()
    }
}

/// What policy makes of one code.
package struct Rule: Sendable, Equatable {
    /// Points for the score; negative for trust.
    package var weight: Double
    /// An action that the finding alone brings about, whatever the score.
    package var action: Action?
    /// True for a rule on probation.
    package var dryRun: Bool

    package init(weight: Double = 0, action: Action? = nil, dryRun: Bool = false) {
        self.weight = weight; self.action = action; self.dryRun = dryRun
    }
}

/// When an answer that could not be had defers the message.
package enum UnknownPolicy: String, Sendable, Codable, CaseIterable {
    /// Where the answer would decide: its rule forces an action, or its weight would lift a message that is already tagged
    /// over the next threshold; and asking again may help.
    case decisive
    /// Only where a rule that forces an action could not be asked, whatever the reason.
    case forced
    case never
}

/// The table by which findings become an action. Checks look; policy decides.
package struct Policy: Sendable, Equatable {
    package var name: String
    package var thresholds: Thresholds
    /// Rules by code. A code that ends in `.*` stands for every code that begins like it and has no row of its own.
    package var rules: [String: Rule]
    package var whenUnknown: UnknownPolicy
    /// The subject text of the SMTP reply for a reason, by code; the longest code that fits counts.
    package var texts: [String: String]

    package init(name: String, thresholds: Thresholds, rules: [String: Rule], whenUnknown: UnknownPolicy = .decisive, texts: [String: String] = [:]) {
        self.name = name; self.thresholds = thresholds; self.rules = rules; self.whenUnknown = whenUnknown; self.texts = texts
    }

    /// The row for a code: its own, else that of the longest `.*` above it, else one that does nothing.
    package func rule(for code: String) -> Rule {
        if let own = rules[code] { return own }
        var rest = code.utf8[...]
        while let dot = rest.lastIndex(of: UInt8(ascii: ".")) {
            rest = rest[..<dot]
            if let above = rules[Substring(rest) + ".*"] { return above }
        }
        return Rule()
    }

    /// Adds up the findings and says what to do.
    /// - Returns: the findings with their weights, the score to two decimals, the action, and the code that decided by itself.
    package func decide(_ findings: [Finding]) -> Decision {
        var weighed = findings, score = 0.0, action = Action.accept, decidedBy: String? = nil
        // What could not be known weighs nothing and forces nothing, whatever row its code would fall under.
        for place in weighed.indices where weighed[place].couldBe == nil {
            let rule = rule(for: weighed[place].code)
            weighed[place].weight = weighed[place].strength.map { (rule.weight * $0 * 100).rounded() / 100 } ?? rule.weight
            if rule.dryRun { weighed[place].dryRun = true; continue }
            score += weighed[place].weight
            if let forced = rule.action, forced > action || decidedBy == nil, forced >= action { action = forced; decidedBy = weighed[place].code }
        }
        score = (score * 100).rounded() / 100
        // Trust that an operator states outright ends the matter, unless something is forced that is stricter.
        let allowed = decidedBy != nil && action == .accept
        let scored = allowed ? .accept : self.action(forScore: score)
        if scored > action { action = scored; decidedBy = nil }
        // What would be forced beats trust, also where it could not be known: mail of friends is not taken unscanned.
        if action < .defer, let unknown = decisive(weighed, score: score, action: action, isAllowed: allowed) { action = .defer; decidedBy = unknown }
        return Decision(findings: weighed, score: score, action: action, decidedBy: decidedBy)
    }

    private func action(forScore score: Double) -> Action {
        if let reject = thresholds.reject, score >= reject { return .reject }
        if let quarantine = thresholds.quarantine, score >= quarantine { return .quarantine }
        if let tag = thresholds.tag, score >= tag { return .tag }
        return .accept
    }

    /// The finding whose missing answer would decide, if there is one.
    /// - Parameter isAllowed: whether a rule lets the message through, so that its score does not count.
    private func decisive(_ findings: [Finding], score: Double, action: Action, isAllowed: Bool) -> String? {
        guard whenUnknown != .never else { return nil }
        var possible = 0.0, widest: (code: String, weight: Double)? = nil
        for finding in findings {
            guard finding.dryRun != true, let couldBe = finding.couldBe else { continue }
            if whenUnknown == .decisive, finding.passing != true { continue }
            let covered = rules.filter { code, _ in couldBe.contains { code.hasPrefix($0) } }.map(\.value) + couldBe.map { self.rule(for: $0) }
            if covered.contains(where: { !$0.dryRun && ($0.action ?? .accept) > action }) { return finding.code }
            let weight = covered.filter { !$0.dryRun }.map(\.weight).max() ?? 0
            if weight > 0 {
                possible += weight
                if weight > widest?.weight ?? 0 { widest = (finding.code, weight) }
            }
        }
        guard whenUnknown == .decisive, !isAllowed, action >= .tag, let widest, self.action(forScore: score + possible) > action else { return nil }
        return widest.code
    }
}

/// What policy made of the findings.
package struct Decision: Sendable, Equatable {
    package let findings: [Finding]
    package let score: Double
    package let action: Action
    package let decidedBy: String?
}
