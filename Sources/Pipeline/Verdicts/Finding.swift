package import JSON

/// One thing that the evidence says, as a code that policy can weigh.
package struct Finding: Sendable, Equatable, Decodable {
    /// An open set: room, dot, fact; such as `spf.fail` or `blocklist.spamhaus.sbl`.
    package let code: String
    /// What was seen, in plain words.
    package let detail: String
    /// What policy made of it: points, or 0.
    package var weight: Double
    /// How much of its row's weight counts, 0 to 1, for what is more or less so, as a probability; nil for all of it.
    package var strength: Double?
    /// True for a rule on probation: it is reported and does not count.
    package var dryRun: Bool?
    /// The codes, by prefix, that could have stood here had it been known; nil for a finding that is known.
    package var couldBe: [String]?
    /// Whether asking again may help: a time-out, not a list that refuses us.
    package var passing: Bool?

    /// - Parameter strength: 0 to 1, kept to three decimals; nil for a finding that is so or is not.
    package init(_ code: String, _ detail: String, strength: Double? = nil) {
        self.code = code; self.detail = detail; weight = 0
        self.strength = strength.map { $0.isFinite ? (min(max($0, 0), 1) * 1000).rounded() / 1000 : 0 }
    }

    /// A finding that says: this could not be known.
    /// - Parameters:
    ///   - couldBe: prefixes of the codes it stands for, such as `spf.`.
    ///   - passing: whether the trouble is of the moment.
    package init(unknown code: String, _ detail: String, couldBe: [String], passing: Bool) {
        self.code = code; self.detail = detail; weight = 0
        self.couldBe = couldBe; self.passing = passing
    }

    enum CodingKeys: String, CodingKey {
        case code, detail, weight, strength, dryRun = "dry_run", couldBe = "could_be", passing
    }
}

extension Finding: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.code, code)
        json.member(CodingKeys.detail, detail)
        json.member(CodingKeys.weight, weight)
        json.member(CodingKeys.strength, strength)
        json.member(CodingKeys.dryRun, dryRun)
        json.member(CodingKeys.couldBe, couldBe)
        json.member(CodingKeys.passing, passing)
        json.closeObject()
    }
}
