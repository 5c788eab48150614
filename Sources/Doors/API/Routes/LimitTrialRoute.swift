internal import HTTPTypes
internal import JSON
internal import Limiting
internal import RateLimits
internal import Verdicts

/// `GET /v1/limits/simulate`: what limits would have done to what was sent.
struct LimitTrialRoute: Sendable {
    let trials: SendingTrials

    static let path = "/v1/limits/simulate"
    /// Seconds until a trial that is under way has most likely ended.
    private static let retryAfter = 10

    var route: Route { Route(.get, Self.path, .scope(.limits), simulate) }

    @Sendable private func simulate(_ call: Call) async throws -> Answer {
        let question = try LimitTrialQuery.read(call)
        do {
            return Answer(json: document(try await trials.answer(question)))
        } catch is TrialUnderWay {
            throw Problem.unavailable("trial-under-way", "Another trial of limits is under way; there is one at a time.", retryAfter: Self.retryAfter)
        }
    }

    private func document(_ report: SendingTrialReport) -> [UInt8] {
        let question = report.question, trial = report.trial
        var json = JSONWriter(capacity: 4096)
        json.openObject()
        json.key("tenant"); json.string(question.tenant)
        json.key("scope"); json.string(question.scope.rawValue)
        if let subject = question.subject { json.key("subject"); json.string(subject.name) }
        json.key("limits")
        json.openArray()
        for limit in question.limits { limit.write(to: &json) }
        json.closeArray()
        json.key("since"); json.string(question.since.description)
        json.key("until"); json.string(question.until.description)
        json.key("counted_from"); json.string(report.warmUpFrom.description)
        json.key("looked_until"); json.string(report.lookedUntil.description)
        json.key("complete"); json.bool(report.stoppedBy == nil)
        if let stop = report.stoppedBy { json.key("stopped_by"); json.string(stop.rawValue) }
        write(trial.total, to: &json)
        json.key("median_wait_seconds")
        if let wait = trial.medianWait { json.number(Double(wait) / 1000) } else { json.null() }
        json.key("subjects"); json.integer(trial.subjects)
        json.key("subjects_hit"); json.integer(trial.subjectsHit)
        writeLists(report, to: &json)
        json.closeObject()
        return json.octets
    }

    private func writeLists(_ report: SendingTrialReport, to json: inout JSONWriter) {
        json.key("hours")
        json.openArray()
        for (start, sum) in report.trial.hours.sorted(by: { $0.key < $1.key }) where sum.hit > 0 {
            json.openObject()
            json.key("start"); json.string(Timestamp(milliseconds: start).description)
            json.key("messages"); json.integer(sum.messages)
            json.key("put_off"); json.integer(sum.putOff)
            json.key("too_large"); json.integer(sum.tooLarge)
            json.closeObject()
        }
        json.closeArray()
        json.key("examples")
        json.openArray()
        for example in report.examples { write(example, to: &json) }
        json.closeArray()
        guard report.question.subject == nil else { return }
        json.key("hit_most")
        json.openArray()
        for (subject, sum) in report.hit {
            json.openObject()
            json.key("subject"); json.string(subject.name)
            write(sum, to: &json)
            json.closeObject()
        }
        json.closeArray()
    }

    private func write(_ example: SendingTrialReport.Example, to json: inout JSONWriter) {
        json.openObject()
        json.key("verdict"); json.string(example.id.description)
        json.key("subjects")
        json.openArray()
        for subject in example.subjects { json.string(subject.name) }
        json.closeArray()
        json.key("received_at"); json.string(example.receivedAt.description)
        json.key("recipients"); json.integer(example.recipients)
        json.key("would_go_at")
        if case .waits(let until?) = example.outcome { json.string(Timestamp(milliseconds: until).description) } else { json.null() }
        if case .tooLarge(let limit) = example.outcome { json.key("too_large_for"); limit.write(to: &json) }
        json.closeObject()
    }

    private func write(_ sum: TrialSum, to json: inout JSONWriter) {
        json.key("messages"); json.integer(sum.messages)
        json.key("recipients"); json.integer(sum.recipients)
        json.key("octets"); json.integer(sum.octets)
        json.key("put_off"); json.integer(sum.putOff)
        json.key("put_off_recipients"); json.integer(sum.putOffRecipients)
        json.key("too_large"); json.integer(sum.tooLarge)
        json.key("longest_wait_seconds"); json.number(Double(sum.longestWait) / 1000)
        json.key("whole_wait_seconds"); json.number(Double(sum.wholeWait) / 1000)
        json.key("first_hit_at"); write(sum.firstHitAt, to: &json)
        json.key("last_goes_at"); write(sum.lastGoesAt, to: &json)
    }

    private func write(_ moment: Int?, to json: inout JSONWriter) {
        if let moment { json.string(Timestamp(milliseconds: moment).description) } else { json.null() }
    }
}
