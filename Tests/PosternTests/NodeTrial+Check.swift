import Foundation
import Postgres
import RateLimits
import TestSupport
import Testing

/// What was answered, and what the database has, held against the limits.
extension NodeTrial {
    private var soon: ContinuousClock.Instant { .now + .seconds(240) }

    /// Never more than a limit in any window at any level, as many as the limit where so many want to go, each message once.
    func check() async throws {
        let answers = seen, times = try await counted(), sent = try amounts(times)
        let passed = Dictionary(grouping: answers.passed) { $0.message }
        #expect(passed.values.allSatisfy { $0.count == 1 } && passed.count + notPassed(answers).count == plan.messages.count, "each message has its answer")
        #expect(Set(passed.keys) == Set(times.keys), "what was let go is what was counted, and nothing else: \(Set(passed.keys).symmetricDifference(times.keys).sorted().prefix(5))")
        for (subject, sent) in sent {
            for limit in plan.limits[subject.scope] ?? [] {
                let greatest = sent[limit.counts]?.greatest(in: limit.window.seconds * 1000) ?? 0
                #expect(greatest <= limit.most, "\(subject): \(greatest) in \(limit.window)")
            }
        }
        try checkRefusals(answers, sent)
        try checkRest(times, sent)
        try await checkCounters(sent)
        try await checkHistory(times)
        // The answer of the first time was lost: it was counted before it was handed over for the last time.
        let late = answers.passed.count { passing in times[passing.message].map { $0 < passing.at - 1 } == true }
        print("\(plan.messages.count) messages: \(times.count) went, \(late) of them counted by a try that was not answered, \(answers.refused.count) refusals, \(answers.lost) tries in vain; "
            + "nodes killed \(answers.nodesKilled) times, the database \(answers.databaseKilled) times; seen full: \(Set(answers.refused.map { "\($0.scope) \($0.per)" }).sorted().joined(separator: ", "))")
    }

    private func notPassed(_ answers: Answers) -> Set<Int> { Set(plan.messages.indices).subtracting(answers.passed.map(\.message)) }

    /// When each message was counted, of those that were.
    private func counted() async throws -> [Int: Int] {
        var numbers: [[UInt8]: Int] = [:], times: [Int: Int] = [:]
        for (number, message) in plan.messages.enumerated() { numbers[try #require(message.name)] = number }
        for row in try await pool.execute("SELECT name, round(extract(epoch FROM counted_at) * 1000)::bigint FROM counted_messages", by: soon) {
            let name = try #require(row.bytea(0))
            times[try #require(numbers[name], "only these messages are counted")] = row.integer(1)
        }
        return times
    }

    /// What was let go of each subject, of each quantity.
    private func amounts(_ times: [Int: Int]) throws -> [LimitSubject: [RateLimit.Quantity: SentAmounts]] {
        var sent: [LimitSubject: [(at: Int, amounts: Amounts)]] = [:]
        for (number, at) in times {
            let message = plan.messages[number], amounts = message.amounts
            for subject in try message.subjects { sent[subject, default: []].append((at, amounts)) }
        }
        return sent.mapValues { sent in
            Dictionary(uniqueKeysWithValues: RateLimit.Quantity.allCases.map { counts in (counts, SentAmounts(sent.map { (at: $0.at, amount: $0.amounts[counts]) })) })
        }
    }

    /// Who was refused found no room, at some moment between question and answer.
    private func checkRefusals(_ answers: Answers, _ sent: [LimitSubject: [RateLimit.Quantity: SentAmounts]]) throws {
        var unfounded: [SendingClient.Refusal] = []
        for refusal in answers.refused {
            let scope = try #require(LimitScope(rawValue: refusal.scope)), counts = try #require(RateLimit.Quantity(rawValue: refusal.counts))
            let limit = try #require(plan.limits[scope]?.first { $0.window.description == refusal.per && $0.counts == counts && $0.most == refusal.limit }, "a limit that was said: \(refusal)")
            // What is in the same part of a window is given back together.
            let window = limit.window.seconds * 1000 * (AllowanceState.toldApart + 1) / AllowanceState.toldApart + 2
            let used = sent[try LimitSubject(scope, refusal.subject)]?[counts]?.greatest(in: window, endingIn: (refusal.at.lowerBound - 2)...(refusal.at.upperBound + 2)) ?? 0
            let needs = plan.messages[refusal.message].amounts[counts]
            if used + needs <= limit.most || refusal.used + refusal.needs <= limit.most || refusal.needs != needs { unfounded.append(refusal) }
        }
        #expect(unfounded.isEmpty, "\(unfounded.count) refusals where there was room: \(unfounded.prefix(3))")
        // What is used for the whole run only grows, and who was counted by a try without an answer is not refused.
        let full = Set(answers.refused.filter(isForAll).map(\.message)), strange = answers.passed.filter { full.contains($0.message) }
        #expect(strange.isEmpty, "refused for good, and then let go: \(strange.prefix(3))")
        #expect(!full.isEmpty, "more is wanted than may go")
    }

    /// As many as the limit: of what did not go nothing would have found room.
    private func checkRest(_ times: [Int: Int], _ sent: [LimitSubject: [RateLimit.Quantity: SentAmounts]]) throws {
        for (number, message) in plan.messages.enumerated() where times[number] == nil {
            let full = try message.subjects.contains { subject in
                guard let limit = plan.limits[subject.scope]?.first else { return false }
                return (sent[subject]?[limit.counts]?.all ?? 0) + message.amounts[limit.counts] > limit.most
            }
            #expect(full, "\(message.queueID) would have found room")
        }
    }

    /// What is told of each subject, by every node: as much as its messages have, each once.
    private func checkCounters(_ sent: [LimitSubject: [RateLimit.Quantity: SentAmounts]]) async throws {
        for (place, (subject, sent)) in sent.enumerated() {
            let node = try #require(service(place % Self.nodes)), limit = try #require(plan.limits[subject.scope]?.first)
            let shown = try await node.ask("GET", "/v1/limits/\(subject)"), counters = shown.json["counters"] as? [[String: Any]] ?? []
            let used = counters.first { $0["per"] as? String == limit.window.description }?["used"] as? Int
            #expect(used == sent[limit.counts]?.all, "\(subject): \(shown.text)")
        }
        let rows = try await pool.execute("SELECT (SELECT count(*) FROM allowances), (SELECT sum(subjects)::bigint FROM limited_tenants)", by: soon).first
        #expect(rows?.integer(0) == sent.count && rows?.integer(1) == sent.count)
    }

    /// One verdict of each message, and it says what was answered last.
    private func checkHistory(_ times: [Int: Int]) async throws {
        let rows = try await pool.execute("SELECT queue_id, action FROM verdicts", by: soon)
        var actions: [String: [String]] = [:]
        for row in rows { actions[row.text(0) ?? "", default: []].append(row.text(1) ?? "") }
        for (number, message) in plan.messages.enumerated() {
            #expect(actions[message.queueID] == [times[number] == nil ? "defer" : "accept"], "\(message.queueID)")
        }
        #expect(rows.count == plan.messages.count)
    }
}
