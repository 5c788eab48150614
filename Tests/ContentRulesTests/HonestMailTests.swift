import ContentRules
import Foundation
import Testing

/// Honest mail under the weights that are shipped.
@Suite struct HonestMailTests {
    /// Points that content rules give to an honest message at most: two thirds of what tags it, and less of what refuses it on its way out, so
    /// that there is room for what other checks find.
    private static let most = 4.0

    /// The policies that are shipped.
    private static let policies = ["policy", "policy-outbound"]

    /// The rows of each policy that have a weight.
    private static let weights = Dictionary(uniqueKeysWithValues: policies.map { ($0, read("\($0).yaml")) })

    private static func read(_ file: String) -> [String: Double] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../deploy/\(file)").standardizedFileURL.path
        var weights: [String: Double] = [:]
        for line in (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? [] where line.hasPrefix("  ") {
            let parts = line.prefix { $0 != "#" }.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            // In a row of its own or in braces.
            let value = parts[1].firstRange(of: "weight:").map { parts[1][$0.upperBound...].prefix { $0 != "," && $0 != "}" } } ?? parts[1][...]
            if let weight = Double(value.trimmingCharacters(in: .whitespaces)) { weights[parts[0]] = weight }
        }
        return weights
    }

    @Test(arguments: policies) func weightsAreRead(_ policy: String) throws {
        let weights = try #require(Self.weights[policy])
        #expect(weights.keys.filter { ContentRule.codes.contains($0) }.count > 80)
    }

    @Test(arguments: HonestMail.all, policies) func staysBelow(_ mail: HonestMail, _ policy: String) throws {
        let weights = try #require(Self.weights[policy])
        let met = mail.sample.hits().map(\.code), points = met.reduce(0) { $0 + (weights[$1] ?? 0) }
        #expect(points < Self.most, "\(met.compactMap { code in weights[code].map { "\(code) \($0)" } })")
    }
}
