import Foundation
import Glibc
import TestSupport

/// One that hands messages over, one after the other, as an MTA does: where there is no answer, or the answer says that it could not be counted, the same message
/// comes to the next node under the same queue id. Blocks its thread.
struct SendingClient {
    /// What a node answered.
    enum Answer: Sendable {
        case passed(Passing)
        case refused(Refusal)
    }

    struct Passing: Sendable {
        let message: Int
        /// When it was handed over for the last time: milliseconds since 1970.
        let at: Int
        let result: String
    }

    /// A limit had no room for a message.
    struct Refusal: Sendable {
        let message: Int
        let scope: String, subject: String, counts: String, per: String
        let limit: Int, used: Int, needs: Int
        /// Between which moments it was so: milliseconds since 1970.
        let at: ClosedRange<Int>
    }

    struct Strange: Error { let what: String }

    private let trial: NodeTrial
    private var connections: [Int: (port: Int, connection: RawConnection)] = [:]

    init(_ trial: NodeTrial) { self.trial = trial }

    /// Has each message answered until it goes, or a limit for the whole run has no room for it.
    mutating func run(_ messages: [Int]) throws {
        var line = messages[...], inVain = 0
        while let message = line.popFirst() {
            let answer = try ask(message)
            trial.note(answer)
            guard case .refused(let refusal) = answer, !trial.isForAll(refusal) else { inVain = 0; continue }
            line.append(message)
            inVain += 1
            // All that are left wait for room: an MTA comes again later.
            if inVain >= line.count { usleep(20_000); inVain = 0 }
        }
    }

    /// Asks one node after the other until one says whether the message goes.
    private mutating func ask(_ number: Int) throws -> Answer {
        let message = trial.plan.messages[number], end = ContinuousClock.now + .seconds(240), began = Self.now
        for attempt in 0... {
            let at = Self.now
            if let answer = ask(message, at: (message.node + attempt) % NodeTrial.nodes), let said = try read(answer, number, at: at, began: began) { return said }
            trial.noteNoAnswer()
            guard ContinuousClock.now < end else { break }
            if attempt % NodeTrial.nodes == NodeTrial.nodes - 1 { usleep(20_000) }
        }
        throw NeverCame(what: "an answer to \(message.queueID)")
    }

    /// - Returns: nil where the node is away, or dies before it answers.
    private mutating func ask(_ message: SendingPlan.Message, at node: Int) -> RawAnswer? {
        guard let service = trial.service(node) else { return nil }
        do {
            let connection: RawConnection
            if let open = connections[node], open.port == service.port { connection = open.connection } else { connection = try RawConnection(port: service.port) }
            connections[node] = (service.port, connection)
            try connection.send(service.request("POST", message.target, body: message.octets))
            let answer = try connection.answer()
            if answer.header["connection"] == "close" { connections[node] = nil }
            return answer
        } catch {
            connections[node] = nil
            return nil
        }
    }

    /// - Returns: nil where it says that it is to be asked again.
    /// - Throws: ``Strange`` for what must not be answered, whatever died.
    private func read(_ answer: RawAnswer, _ number: Int, at: Int, began: Int) throws -> Answer? {
        if answer.status == 503, answer.isProblem { return nil }
        let json = answer.json, evidence = (json["evidence"] as? [String: Any])?["rate_limit"] as? [String: Any]
        switch (answer.status, json["action"] as? String, json["decided_by"] as? String, evidence?["result"] as? String) {
        case (200, "accept", _, let result?): return .passed(Passing(message: number, at: at, result: result))
        case (200, "defer", "limit.unknown", _): return nil
        case (200, "defer", "limit.exceeded", _):
            let exceeded = evidence?["exceeded"] as? [String: Any]
            func text(_ key: String) -> String { exceeded?[key] as? String ?? "" }
            func count(_ key: String) -> Int { exceeded?[key] as? Int ?? 0 }
            return .refused(Refusal(message: number, scope: text("scope"), subject: text("subject"), counts: text("counts"), per: text("per"),
                                    limit: count("limit"), used: count("used"), needs: count("needs"), at: began...max(began, Self.now)))
        default: throw Strange(what: "\(answer.status) \(answer.text)")
        }
    }

    static var now: Int { Int(Date().timeIntervalSince1970 * 1000) }
}
