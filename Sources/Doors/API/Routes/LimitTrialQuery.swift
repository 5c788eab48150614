internal import Limiting
internal import RateLimits
internal import Verdicts

/// Reads the parameters of a trial of limits.
enum LimitTrialQuery {
    /// Seconds that are looked at where nothing else is said, and at most.
    static let usualStretch = 7 * 86_400
    static let longestStretch = 31 * 86_400

    private struct Given {
        var tenant: String?, scope: LimitScope?, subject: String?, limits: [RateLimit] = [], since: Timestamp?, until: Timestamp?
    }

    /// - Throws: a problem that names the parameter.
    static func read(_ call: Call) throws(Problem) -> SendingTrials.Question {
        var given = Given(), seen: Set<String> = []
        for (name, value) in try call.query().fields {
            guard name == "limit" || seen.insert(name).inserted else { throw .parameter(name, "is given more than once") }
            try take(name, value, &given)
        }
        let tenant = try SmallDocument.tenant(given.tenant, for: call) ?? "default"
        guard let scope = given.scope else { throw .parameter("scope", "is missing") }
        if given.limits.isEmpty { throw .parameter("limit", "is missing: such as recipients:100/1h") }
        do { try LimitDefinition.check(given.limits, "limit") } catch { throw .parameter("limit", "cannot be tried: \(error)") }
        var subject: LimitSubject?
        if let name = given.subject { do { subject = try LimitSubject(scope, name) } catch { throw .parameter("subject", error.problem) } }
        // What is still to come was not sent.
        let until = min(given.until ?? call.time, call.time), since = given.since ?? max(until.adding(seconds: -usualStretch), Timestamp(microseconds: 0))
        guard since < until else { throw .parameter(given.since == nil ? "until" : "since", given.since == nil ? "is not after 1970" : "is not before until, or now") }
        guard until.microseconds - since.microseconds <= Int64(longestStretch) * 1_000_000 else { throw .parameter("since", "is more than 31 days before until, or now") }
        return SendingTrials.Question(tenant: tenant, scope: scope, subject: subject, limits: given.limits, since: since, until: until)
    }

    private static func take(_ name: String, _ value: String, _ given: inout Given) throws(Problem) {
        switch name {
        case "tenant": given.tenant = value
        case "scope": given.scope = try HistoryQuery.word(name, value) as LimitScope
        case "subject": given.subject = value
        case "limit":
            guard given.limits.count < LimitDefinition.limitsInList else { throw .parameter(name, "is given more than \(LimitDefinition.limitsInList) times") }
            do { given.limits.append(try RateLimit(text: value)) } catch { throw .parameter(name, error.member == "limit" ? error.problem : "has a part that is wrong: \(error)") }
        case "since": given.since = try moment(name, value)
        case "until": given.until = try moment(name, value)
        default: throw .parameter(name, "is not a parameter here")
        }
    }

    private static func moment(_ name: String, _ value: String) throws(Problem) -> Timestamp {
        let moment = try HistoryQuery.moment(name, value)
        guard moment.microseconds >= 0 else { throw .parameter(name, "is before 1970") }
        return moment
    }
}
