internal import HTTPTypes
internal import JSON
internal import Limiting
internal import RateLimits
internal import ServiceLifecycle
internal import Verdicts

/// `/v1/holds` and what is below it: messages that mail servers keep until limits on sending have room for them.
struct HoldRoutes: Sendable {
    let desk: HoldDesk

    /// How long a question waits.
    private static let patience = Duration.seconds(5)
    /// Seconds for which an agent may wait.
    static let longestWait = 60

    var routes: [Route] {
        [
            Route(.get, "/v1/holds", .scope(.holds), page),
            Route(.get, "/v1/holds/due", .scope(.holds), handsOut: true, due),
            Route(.get, "/v1/holds/{id}", .scope(.holds), look),
            Route(.delete, "/v1/holds/{id}", .scope(.holds), cancel),
            Route(.post, "/v1/holds/{id}/released", .scope(.holds), released),
        ]
    }

    private struct Report: Decodable {
        var outcome: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case outcome }
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        var filter = HoldFilter(), tenant: String? = nil, limit = 50, before: Int? = nil
        for (name, value) in try call.fields(["tenant", "state", "server_name", "sender", "queue_id", "limit", "cursor"]) {
            switch name {
            case "tenant": tenant = value
            case "state": filter.state = try HistoryQuery.word(name, value)
            case "server_name": filter.server = HoldAgent.comparable(value)
            case "sender": filter.sender = try Self.subject(name, value)
            case "queue_id": filter.queueID = value
            case "limit": limit = try HistoryQuery.pageLimit(name, value)
            default:
                guard let place = Int(value), place > 0 else { throw Problem.parameter(name, "is not one that was given here") }
                before = place
            }
        }
        filter.tenant = try SmallDocument.tenant(tenant, for: call)
        let holds = try await desk.store.holds(matching: filter, before: before, limit: limit, by: .now + Self.patience)
        return Self.answer(holds) { json in
            json.key("next_cursor")
            if holds.count == limit, let last = holds.last { json.string(String(last.place)) } else { json.null() }
        }
    }

    /// An account in comparable form, or the subject of another scope: `anna@example.org`, `site/web1`.
    private static func subject(_ name: String, _ value: String) throws(Problem) -> String {
        if let subject = try? LimitSubject(path: value) { return subject.description }
        do { return try LimitSubject(.mailbox, value).description } catch { throw .parameter(name, error.problem) }
    }

    @Sendable private func due(_ call: Call) async throws -> Answer {
        var server: String?, tenant: String? = nil, limit = 100, wait = 0
        for (name, value) in try call.fields(["server_name", "tenant", "limit", "wait"]) {
            switch name {
            case "server_name": server = value
            case "tenant": tenant = value
            case "limit": limit = try HistoryQuery.pageLimit(name, value)
            default:
                guard let seconds = Int(value), (0...Self.longestWait).contains(seconds) else { throw Problem.parameter(name, "is not a number of seconds from 0 to \(Self.longestWait)") }
                wait = seconds
            }
        }
        guard let server else { throw Problem.parameter("server_name", "is missing: the name with which the mail server asks for verdicts") }
        // Who waits keeps the service from ending no longer than a moment, and who went away gets nothing.
        let holds = try await desk.due(at: HoldAgent(tenant: try SmallDocument.tenant(tenant, for: call), server: server), limit: limit, wait: .seconds(wait)) { Task.isShuttingDownGracefully || call.isClientDone }
        return Self.answer(holds) { _ in }
    }

    @Sendable private func look(_ call: Call) async throws -> Answer {
        try call.noParameters()
        return Self.answer(try await there(call))
    }

    @Sendable private func cancel(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let hold = try await desk.store.cancel(try Self.id(call), tenant: call.tenant, by: .now + Self.patience) else { throw Problem.notHeld }
        guard hold.state == .cancelled else { throw Problem.state(hold.state) }
        return .nothing
    }

    @Sendable private func released(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let report = try call.declaredLength(limit: call.limits.documentOctets) == 0 ? Report() : SmallDocument.read(Report.self, try await call.document(), members: Report.CodingKeys.allCases.map(\.rawValue))
        let outcome: Hold.Outcome = try report.outcome.map { try HistoryQuery.word("outcome", $0) } ?? .released
        guard let hold = try await desk.end(try Self.id(call), tenant: call.tenant, outcome, by: .now + Self.patience) else { throw Problem.notHeld }
        guard hold.state == .released else { throw Problem.state(hold.state) }
        return Self.answer(hold)
    }

    private func there(_ call: Call) async throws -> Hold {
        guard let hold = try await desk.store.hold(try Self.id(call), tenant: call.tenant, by: .now + Self.patience) else { throw Problem.notHeld }
        return hold
    }

    private static func id(_ call: Call) throws(Problem) -> VerdictID {
        guard let text = call.names.first, let id = VerdictID(text) else { throw .notHeld }
        return id
    }

    /// The parameters, each of which may be given once and has a value.
    private static func answer(_ holds: [Hold], _ more: (inout JSONWriter) -> Void) -> Answer {
        var json = JSONWriter(capacity: 64 + holds.count * 500)
        json.openObject()
        json.key("items")
        json.openArray()
        for hold in holds { write(hold, to: &json) }
        json.closeArray()
        more(&json)
        json.closeObject()
        return Answer(json: json.octets)
    }

    private static func answer(_ hold: Hold) -> Answer {
        var json = JSONWriter(capacity: 512)
        write(hold, to: &json)
        return Answer(json: json.octets)
    }

    private static func write(_ hold: Hold, to json: inout JSONWriter) {
        json.openObject()
        json.key("id"); json.string(hold.id.description)
        json.key("tenant"); json.string(hold.tenant)
        json.key("state"); json.string(hold.state.rawValue)
        json.key("server_name"); json.string(hold.server)
        json.key("queue_id"); json.string(hold.queueID)
        if let mailFrom = hold.mailFrom { json.key("mail_from"); json.string(mailFrom) }
        json.key("customer"); json.string(hold.lane.customer)
        json.key("sender"); json.string(hold.lane.sender)
        json.key("recipients"); json.integer(hold.amounts.recipients)
        json.key("size"); json.integer(hold.amounts.octets)
        json.key("waits_for"); json.string(hold.blocker.description)
        json.key("held_at"); json.string(hold.heldAt.description)
        json.key("release_at"); json.string(hold.releaseAt.description)
        if let time = hold.grantedAt { json.key("granted_at"); json.string(time.description) }
        if let time = hold.endedAt { json.key("ended_at"); json.string(time.description) }
        if let outcome = hold.outcome { json.key("outcome"); json.string(outcome.rawValue) }
        json.closeObject()
    }
}

extension Problem {
    fileprivate static var notHeld: Problem { .notFound("There is no message with this id that waits or waited.") }
    fileprivate static func state(_ state: Hold.State) -> Problem { Problem(.conflict, "state", "The message is in another state", "It is \(state.rawValue).", parameter: "state") }
}
