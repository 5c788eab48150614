internal import Verdicts

/// What the spam filter learned to say: that it abstains, or its probability and the band that this lies in.
func spamFindings(_ spam: SpamEvidence) -> [Finding] {
    guard let probability = spam.probability else { return [Finding("spam.abstained", "the spam filter knows too little yet: \(spam.abstained ?? "nothing was learned")")] }
    let percent = (probability * 1000).rounded() / 10, said = spam.towardsSpam.prefix(3).map(\.name), against = spam.towardsHam.prefix(3).map(\.name)
    let names = (said.isEmpty ? "" : "; for it speak \(said.joined(separator: ", "))") + (against.isEmpty ? "" : "; against it \(against.joined(separator: ", "))")
    let detail = "spam with a probability of \(percent) %", classifier = Finding("spam.classifier", detail + names)
    return [classifier] + (SpamBand(probability).map { [Finding("spam.probability.\($0.rawValue)", detail)] } ?? [])
}

/// Where a probability lies, by the number that it has reached, in hundredths; none in the middle.
enum SpamBand: String, CaseIterable {
    case certain = "99", likely = "95", rather = "80", ratherNot = "20", unlikely = "05", hardly = "01"

    init?(_ probability: Double) {
        switch probability {
        case 0.99...: self = .certain
        case 0.95...: self = .likely
        case 0.80...: self = .rather
        case ...0.01: self = .hardly
        case ...0.05: self = .unlikely
        case ...0.20: self = .ratherNot
        default: return nil
        }
    }
}
