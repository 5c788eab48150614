import Foundation

/// Online logistic regression over hashed binary octet 4-grams of the first 3,000 octets: 2^22 weights, rate 0.005.
/// Source: J. Goodman, W. Yih, "Online Discriminative Spam Filter Training" (2006); D. Sculley, G. Cormack at TREC 2006 and 2007.
final class Reference {
    private var weights = [Float](repeating: 0, count: 1 << 22)

    private func features(_ octets: [UInt8]) -> [Int] {
        let text = octets.prefix(3_000)
        var found: Set<Int> = [], gram: UInt32 = 0, count = 0
        for octet in text {
            gram = gram << 8 | UInt32(octet)
            count += 1
            if count >= 4 { found.insert(Int((gram &* 2_654_435_761) >> 10)) }
        }
        return Array(found)
    }

    func judge(_ octets: [UInt8]) -> Double { features(octets).reduce(0) { $0 + Double(weights[$1]) } }

    func learn(_ octets: [UInt8], isSpam: Bool) {
        let found = features(octets), logit = found.reduce(0) { $0 + Double(weights[$1]) }
        let move = Float(0.005 * ((isSpam ? 1 : 0) - 1 / (1 + exp(-logit))))
        for place in found { weights[place] += move }
    }
}
