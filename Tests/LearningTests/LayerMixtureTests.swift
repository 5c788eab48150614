import Learning
import Testing

@Suite struct LayerMixtureTests {
    private typealias Part = LayerMixture.Part

    struct Row: Sendable {
        let name: String
        let parts: [LayerMixture.Part]
        let weights: [Double]
        var logit: Double? = nil
    }

    static let rows = [
        Row(name: "nothing", parts: [], weights: []),
        Row(name: "too little", parts: [Part(.global, logit: 4, spam: 199, ham: 9_000)], weights: [0]),
        Row(name: "the global one alone", parts: [Part(.global, logit: 4, spam: 200, ham: 200)], weights: [1], logit: 4),
        Row(name: "a tenant of as much as the unit", parts: [Part(.global, logit: 4, spam: 900, ham: 900), Part(.tenant, logit: -2, spam: 200, ham: 5_000)], weights: [0.5, 0.5], logit: 1),
        Row(name: "a tenant that learned too little of a class", parts: [Part(.global, logit: 4, spam: 900, ham: 900), Part(.tenant, logit: -2, spam: 199, ham: 5_000)], weights: [1, 0], logit: 4),
        Row(name: "a tenant without the global one", parts: [Part(.global, logit: 4, spam: 10, ham: 10), Part(.tenant, logit: -2, spam: 300, ham: 300)], weights: [0, 1], logit: -2),
        Row(name: "three", parts: [Part(.global, logit: 1, spam: 900, ham: 900), Part(.tenant, logit: 2, spam: 600, ham: 600), Part(.domain, logit: 3, spam: 200, ham: 200)], weights: [0.125, 0.375, 0.5], logit: 2.375),
        Row(name: "two domains share", parts: [Part(.global, logit: 0, spam: 900, ham: 900), Part(.domain, logit: 1, spam: 200, ham: 200), Part(.domain, logit: 1, spam: 200, ham: 0)], weights: [0.75, 0.25, 0], logit: 0.25),
        Row(name: "a domain and a tenant alone", parts: [Part(.tenant, logit: 1, spam: 200, ham: 200), Part(.domain, logit: 3, spam: 200, ham: 200)], weights: [1.0 / 3, 2.0 / 3], logit: 7.0 / 3),
    ]

    @Test(arguments: rows) func weighs(_ row: Row) {
        let weights = LayerMixture.weights(row.parts)
        #expect(weights.count == row.weights.count && zip(weights, row.weights).allSatisfy { abs($0 - $1) < 1e-12 }, "\(row.name): \(weights)")
        let logit = LayerMixture.logit(row.parts)
        #expect(row.logit.map { abs((logit ?? .infinity) - $0) < 1e-12 } ?? (logit == nil), "\(row.name)")
    }
}
