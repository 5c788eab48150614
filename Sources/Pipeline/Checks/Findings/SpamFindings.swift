internal import ContentRules
package import Verdicts

/// What the spam filter learned to say: that it abstains, or that the message is likely or not likely spam, and how much that counts.
package func spamFindings(_ spam: SpamEvidence) -> [Finding] {
    guard let probability = spam.probability, let logit = spam.logit else {
        return [Finding("spam.abstained", "the spam filter knows too little yet: \(spam.abstained ?? "nothing was learned")")]
    }
    let percent = (probability * 1000).rounded() / 10, said = spam.towardsSpam.prefix(3).map(\.name), against = spam.towardsHam.prefix(3).map(\.name)
    let names = (said.isEmpty ? "" : "; for it speak \(said.joined(separator: ", "))") + (against.isEmpty ? "" : "; against it \(against.joined(separator: ", "))")
    return [Finding(logit >= 0 ? "spam.likely" : "spam.unlikely", "spam with a probability of \(percent) %" + names, strength: SpamStrength.of(logit))]
}

/// How the filter's say becomes a strength.
enum SpamStrength {
    /// Log odds that count half. With the default weight of `spam.likely`, 9.5, a message is tagged from log odds of 3.8 on, a probability of 0.98: chosen by `make bench-spam`.
    private static let half = 2.24

    static func of(_ logit: Double) -> Double { abs(logit) / (abs(logit) + half) }
}

extension [Finding] {
    /// The same, content rules counting less where the filter has learned mail of this kind and is sure of this message: it has learned what they say of it, and they would
    /// be counted twice. Where it is in doubt, or has not met such mail, they count whole.
    func discounted(by spam: SpamEvidence) -> [Finding] {
        guard let familiarity = spam.familiarity, let logit = spam.logit, familiarity > 0 else { return self }
        let strength = ((1 - familiarity * abs(logit) / (abs(logit) + Self.halfSure)) * 1000).rounded() / 1000
        return map { finding in
            guard ContentRule.codes.contains(finding.code), !Self.undiscounted.contains(finding.code) else { return finding }
            var other = finding
            other.strength = strength
            return other
        }
    }

    /// Log odds at which the filter is half sure: chosen by `make bench-spam`.
    private static var halfSure: Double { 1 }

    /// What the operator has said himself.
    private static var undiscounted: Set<String> { ["gtube", "name.person", "name.own_brand"] }
}
