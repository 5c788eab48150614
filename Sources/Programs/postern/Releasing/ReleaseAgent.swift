import Foundation
import Logging
import Logs
import Web

/// Lets messages go at one mail server when the service says so, and tells it what came of each.
///
/// It remembers nothing that may be lost: what it does not confirm comes again, to it or to another.
actor ReleaseAgent {
    private struct Hold: Decodable, Sendable {
        let id: String
        let queueID: String
        let heldAt: Date
        let mailFrom: String?

        enum CodingKeys: String, CodingKey { case id, queueID = "queue_id", heldAt = "held_at", mailFrom = "mail_from" }
    }

    private struct Page: Decodable { let items: [Hold] }

    /// One that the server does not keep, or not yet.
    private struct Absent { let hold: Hold; let since: ContinuousClock.Instant }

    private let mail: any HeldMail
    private let client: HTTPClient
    private let server: String
    private let wait: Int
    private let logger: Logger
    private var absent: [String: Absent] = [:]
    /// What came of messages, which the service was not told yet.
    private var outcomes: [String: (hold: Hold, outcome: String, since: ContinuousClock.Instant)] = [:]
    private let failed = Repetition()

    /// How long is looked for a message that its server may not keep yet: it is kept only after the verdict was answered.
    private static let patience = Duration.seconds(120)
    /// Seconds after which an unreachable service is asked again, doubled each time up to the second.
    private static let pauses = (first: 1, last: 30)

    /// - Parameter wait: seconds for which the service may wait for something to go, 1…60.
    init(_ mail: any HeldMail, client: HTTPClient, server: String, wait: Int, logger: Logger) { self.mail = mail; self.client = client; self.server = server; self.wait = wait; self.logger = logger }

    /// Goes on until its task is cancelled.
    /// - Throws: `ProgramTrouble` where the service does not let it ask: going on would not help.
    func run() async throws {
        var pause = Self.pauses.first
        while !Task.isCancelled {
            do {
                try await step()
                pause = Self.pauses.first
            } catch let refused as Refused {
                throw ProgramTrouble(description: refused.description)
            } catch {
                if Task.isCancelled { return }
                if let times = failed.count() { logger.warning("nothing could be released; it goes on", metadata: ["error": "\(error)", "times": "\(times)"]) }
                do { try await Task.sleep(for: .seconds(pause)) } catch { return }
                pause = min(pause * 2, Self.pauses.last)
            }
        }
    }

    private struct Refused: Error { let description: String }

    private func step() async throws {
        try await confirmAll()
        // Those that the server may keep in a moment are looked for soon.
        let wait = absent.isEmpty ? wait : 1
        let answer = try await client.ask("GET", "/v1/holds/due?server_name=\(Self.encoded(server))&wait=\(wait)&limit=100", patience: .seconds(wait + 20))
        if [400, 401, 403, 404].contains(answer.status) { throw Refused(description: "the service refuses the question (HTTP \(answer.status)): \(String(decoding: answer.body.prefix(500), as: UTF8.self))") }
        guard answer.status == 200 else { throw ProgramTrouble(description: "the service answers HTTP \(answer.status): \(String(decoding: answer.body.prefix(500), as: UTF8.self))") }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { try Self.date(try $0.singleValueContainer().decode(String.self)) }
        var holds = absent
        for hold in try decoder.decode(Page.self, from: Data(answer.body)).items where holds[hold.id] == nil { holds[hold.id] = Absent(hold: hold, since: .now) }
        if holds.isEmpty { return }
        try await release(holds)
    }

    private func release(_ holds: [String: Absent]) async throws {
        var wanted: [String: QueuedMessage] = [:]
        for each in holds.values where mail.isName(each.hold.queueID) { wanted[each.hold.queueID] = QueuedMessage(heldAt: each.hold.heldAt, sender: each.hold.mailFrom) }
        let gone = wanted.isEmpty ? [] : try mail.release(wanted)
        for (id, each) in holds {
            if gone.contains(each.hold.queueID) {
                outcomes[id] = (each.hold, "released", .now)
                absent[id] = nil
            } else if !mail.isName(each.hold.queueID) || each.since.duration(to: .now) > Self.patience {
                logger.notice("the mail server does not keep it", metadata: ["id": "\(id)", "queue_id": "\(each.hold.queueID)"])
                outcomes[id] = (each.hold, "missing", .now)
                absent[id] = nil
            } else {
                absent[id] = each
            }
        }
        try await confirmAll()
    }

    /// Tells the service what came of messages. What it cannot be told now is told later; after some time no more, since the message comes again then.
    private func confirmAll() async throws {
        for (id, each) in outcomes {
            do { try await confirm(each.hold, each.outcome) } catch let refused as Refused { throw refused } catch {
                if each.since.duration(to: .now) > Self.memory { outcomes[id] = nil }
                if let times = failed.count() { logger.warning("the service could not be told", metadata: ["id": "\(id)", "outcome": "\(each.outcome)", "error": "\(error)", "times": "\(times)"]) }
            }
        }
    }

    private static let memory = Duration.seconds(600)

    private func confirm(_ hold: Hold, _ outcome: String) async throws {
        let answer = try await client.ask("POST", "/v1/holds/\(hold.id)/released", json: Array("{\"outcome\":\"\(outcome)\"}".utf8), patience: .seconds(20))
        if [401, 403].contains(answer.status) { throw Refused(description: "the service does not let the token confirm (HTTP \(answer.status))") }
        guard answer.status == 200 || answer.status == 404 || answer.status == 409 else { throw ProgramTrouble(description: "\(hold.queueID) is \(outcome), and the service answers HTTP \(answer.status) to that") }
        outcomes[hold.id] = nil
        logger.info("\(outcome)", metadata: ["id": "\(hold.id)", "queue_id": "\(hold.queueID)"])
    }

    private static func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? "" }

    private static func date(_ text: String) throws -> Date {
        // To the second is enough, and a fraction of any length is none of the formatter's.
        guard text.utf8.count >= 20, let date = ISO8601DateFormatter().date(from: text.prefix(19) + "Z") else { throw ProgramTrouble(description: "the service names a moment that is none: \(text.prefix(40))") }
        return date
    }
}
