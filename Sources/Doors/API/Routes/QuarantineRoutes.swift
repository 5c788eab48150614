internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Mail
internal import Threads
internal import Verdicts

/// `/v1/quarantine` and what is below it: messages that are kept back.
struct QuarantineRoutes: Sendable {
    /// nil where nothing can be kept.
    let desk: QuarantineDesk?
    let verdicts: any VerdictStore
    private let readers = QueueRound(label: "postern.quarantine.reader")

    init(desk: QuarantineDesk?, verdicts: any VerdictStore) { self.desk = desk; self.verdicts = verdicts }

    var routes: [Route] {
        [
            Route(.get, "/v1/quarantine", .scope(.quarantine), page),
            Route(.get, "/v1/quarantine/usage", .scope(.quarantine), usage),
            Route(.get, "/v1/quarantine/{id}", .scope(.quarantine), look),
            Route(.delete, "/v1/quarantine/{id}", .scope(.quarantine), delete),
            Route(.get, "/v1/quarantine/{id}/message", .scope(.quarantine), fetch),
            Route(.get, "/v1/quarantine/{id}/acts", .scope(.quarantine), acts),
            Route(.post, "/v1/quarantine/{id}/release", .scope(.quarantine), release),
        ]
    }

    private struct Wish: Decodable {
        var deliver: Bool?
        var recipients: [String]?
        var again: Bool?
        var reason: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case deliver, recipients, again, reason }
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        let desk = try there(), query = try QuarantineQuery(call.query(), tenant: call.tenant)
        let messages = try await desk.store.messages(matching: query.filter, before: query.before, limit: query.limit)
        return Self.answer { json in
            json.key("items")
            json.openArray()
            for message in messages { QuarantineDocument.write(message, to: &json) }
            json.closeArray()
            json.key("next_cursor")
            if messages.count == query.limit, let last = messages.last { json.string(Cursor.text(after: last.id)) } else { json.null() }
        }
    }

    @Sendable private func usage(_ call: Call) async throws -> Answer {
        let desk = try there()
        var wished: String?
        for field in try call.query().fields {
            guard field.name == "tenant", wished == nil else { throw Problem.parameter(field.name, wished == nil ? "is not a parameter here" : "is given more than once") }
            wished = field.value
        }
        let tenant = try SmallDocument.tenant(wished, for: call) ?? "default", usage = try await desk.store.usage(tenant: tenant), limits = desk.store.limits
        return Self.answer { json in
            json.key("tenant"); json.string(tenant)
            json.key("messages"); json.integer(usage.messages)
            json.key("messages_limit"); json.integer(limits.tenantMessages)
            json.key("octets"); json.integer(usage.octets)
            json.key("octets_limit"); json.integer(limits.tenantOctets)
            json.key("retention_seconds"); json.integer(limits.retentions[tenant] ?? limits.retention)
        }
    }

    @Sendable private func look(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let desk = try there(), id = try Self.id(call), act = QuarantineAct(.looked, Self.note(call, nil))
        guard let (message, octets) = try await Self.told({ try await desk.quarantine.message(id, tenant: call.tenant, noting: act) }) else { throw Problem.notKept }
        let content: Message? = if let octets { await withTaskExecutorPreference(readers.next) { @concurrent in Message(octets: octets) } } else { nil }
        var json = JSONWriter(capacity: 4096)
        QuarantineDocument.write(message, content: content, to: &json)
        return Answer(json: json.octets)
    }

    @Sendable private func fetch(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let desk = try there(), id = try Self.id(call)
        guard let seen = try await desk.store.row(id, tenant: call.tenant) else { throw Problem.notKept }
        if seen.isInfected, !Self.mayTouchInfected(call) { throw Problem.infected }
        let act = QuarantineAct(.fetched, Self.note(call, nil))
        guard let (message, octets) = try await Self.told({ try await desk.quarantine.message(id, tenant: seen.tenant, noting: act) }) else { throw Problem.notKept }
        guard let octets else { throw Problem.state(message.state) }
        return Answer(octets, mediaType: "message/rfc822")
    }

    @Sendable private func acts(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let desk = try there(), id = try Self.id(call)
        guard let message = try await desk.store.row(id, tenant: call.tenant) else { throw Problem.notKept }
        let acts = try await desk.store.acts(of: id, tenant: message.tenant)
        return Self.answer { json in
            json.key("items")
            json.openArray()
            for act in acts { QuarantineDocument.write(act, to: &json) }
            json.closeArray()
        }
    }

    @Sendable private func delete(_ call: Call) async throws -> Answer {
        let desk = try there(), id = try Self.id(call)
        var seen: Set<String> = [], state = KeptMessage.State.kept, reason: String?
        for field in try call.query().fields {
            guard seen.insert(field.name).inserted else { throw Problem.parameter(field.name, "is given more than once") }
            switch field.name {
            case "state": state = try HistoryQuery.word("state", field.value)
            case "reason": reason = try Self.words(field.value)
            default: throw Problem.parameter(field.name, "is not a parameter here")
            }
        }
        let answer = try await desk.store.delete(id, tenant: call.tenant, seenAs: state, noting: Self.note(call, reason))
        guard case .done = answer else { throw Problem(answer) }
        return .nothing
    }

    @Sendable private func release(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let desk = try there(), id = try Self.id(call)
        let document = try call.declaredLength(limit: call.limits.documentOctets) == 0 ? Wish() : SmallDocument.read(Wish.self, try await call.document(), members: Wish.CodingKeys.allCases.map(\.rawValue))
        var wish = QuarantineDesk.Wish()
        wish.evenInfected = Self.mayTouchInfected(call)
        wish.delivers = document.deliver ?? true
        wish.recipients = document.recipients
        wish.again = document.again ?? false
        if wish.delivers { wish.judged = try await judged(id, call) }
        let note = Self.note(call, try document.reason.map(Self.words)), asked = wish
        switch try await Self.told({ try await desk.release(id, tenant: call.tenant, asked, noting: note) }) {
        case .refused(let answer): throw Problem(answer)
        case .released(let message, let deliveries):
            return Self.answer { json in
                json.key("message"); QuarantineDocument.write(message, to: &json)
                json.key("deliveries")
                json.openArray()
                for delivery in deliveries { QuarantineDocument.write(delivery, to: &json) }
                json.closeArray()
            }
        }
    }

    // MARK: -

    /// What the verdict of a message knows of it; nil where the verdict is gone, or was written by another version.
    private func judged(_ id: VerdictID, _ call: Call) async throws -> QuarantineDesk.Judged? {
        struct Session: Decodable { let mail_from: String?, rcpt: [String] }
        struct Decision: Decodable { let headers: HeaderEdits }
        let found: VerdictRecord?
        do { found = try await verdicts.verdict(id, tenant: call.tenant) } catch StoreTrouble.refused { return nil }
        guard let record = found, let session = try? JSONDecoder().decode(Session.self, from: Data(record.envelope)),
              var headers = (try? JSONDecoder().decode(Decision.self, from: Data(record.decision)))?.headers else { return nil }
        // Those sign what was made harmless of it.
        if record.action == .neutralise { headers.add.removeAll { $0.name == "DKIM-Signature" } }
        return .init(sender: session.mail_from, recipients: session.rcpt, headers: headers)
    }

    private func there() throws(Problem) -> QuarantineDesk {
        guard let desk else { throw .noQuarantine }
        return desk
    }

    private static func id(_ call: Call) throws(Problem) -> VerdictID {
        guard let text = call.names.first, let id = VerdictID(text) else { throw .notKept }
        return id
    }

    private static func note(_ call: Call, _ reason: String?) -> QuarantineNote {
        QuarantineNote(by: who(call), at: call.time, reason: reason)
    }

    static func who(_ call: Call) -> String { call.token.map { "token \($0.id) (\($0.name))" } ?? "nobody" }

    private static func mayTouchInfected(_ call: Call) -> Bool { call.token?.allows(.infected, at: call.time) ?? false }

    private static func words(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty, text.utf8.count <= 1_000, !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw .parameter("reason", "has not 1 to 1000 octets without control characters")
        }
        return text
    }

    private static func answer(_ members: (inout JSONWriter) -> Void) -> Answer {
        var json = JSONWriter(capacity: 2048)
        json.openObject()
        members(&json)
        json.closeObject()
        return Answer(json: json.octets)
    }

    /// Tells a caller why nothing was done.
    static func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let trouble as ReleaseTrouble {
            switch trouble {
            case .noRelay: throw Problem(.conflict, "no-relay", "Nothing is delivered here", "No mail server is set that takes released messages (quarantine.relay.url). With \"deliver\": false it counts as released; fetch it and send it yourself.", parameter: "deliver")
            case .recipients(let limit): throw Problem.parameter("recipients", "is not a list of 1 to \(limit) mailboxes")
            case .noMailbox(let text): throw Problem.parameter("recipients", "has what is no mailbox: \(text.prefix(300))")
            }
        } catch let trouble as QuarantineTrouble {
            let limit: Int? = if case .trailFull(let limit) = trouble { limit } else { nil }
            throw Problem(.conflict, "trail-full", "The message is not shown any more", "\(trouble); it can be released and deleted.", limit: limit)
        } catch let trouble as SealTrouble {
            switch trouble {
            case .noMemory, .noRandomness: throw Problem.unavailable("no-room", "\(trouble)", retryAfter: 5)
            default: throw Problem(.conflict, "does-not-open", "The message cannot be opened", "\(trouble)")
            }
        }
    }
}

extension Problem {
    static var noQuarantine: Problem { .unavailable("no-master-key", "There is no quarantine here: it is switched off (quarantine.keep), or no master key is set (master_key_file).", retryAfter: 300) }

    fileprivate static var notKept: Problem { .notFound("There is no message with this id in quarantine.") }

    fileprivate static var infected: Problem {
        Problem(.forbidden, "infected", "The message is infected", "An infected message leaves the quarantine with a token that has the scope infected, too.", parameter: "infected")
    }

    fileprivate static func state(_ state: KeptMessage.State) -> Problem { Problem(.conflict, "state", "The message is in another state", "It is \(state.rawValue).", parameter: "state") }

    /// Why a message was neither released nor deleted.
    fileprivate init(_ answer: QuarantineAnswer) {
        switch answer {
        case .isNow(let state): self = .state(state)
        case .isInfected: self = .infected
        case .isMissing: self = .notKept
        case .done: self = Problem(.internalServerError, "internal", "Something is wrong here", "The message was changed.")
        }
    }
}
