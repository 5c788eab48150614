internal import HTTPTypes
internal import JSON
internal import Limiting
internal import RateLimits
internal import Verdicts
internal import Watching

/// `/v1/restraints` and what is below it: who may send less than limits say, or nothing; undone by one call.
struct RestraintRoutes: Sendable {
    let limits: SendingLimits
    let restraints: any RestraintStore
    let watch: SenderWatch

    private static let one = "/v1/restraints/{scope}/{subject}"
    /// How long a question waits.
    private static let patience = Duration.seconds(5)
    /// For how long signals leave somebody alone whose restraint was undone, where nothing else is said: seconds.
    private static let trust = 86_400

    var routes: [Route] {
        [
            Route(.get, "/v1/restraints", .scope(.limits), page),
            Route(.get, Self.one, .scope(.limits), show),
            Route(.put, Self.one, .scope(.limits), restrain),
            Route(.delete, Self.one, .scope(.limits), lift),
        ]
    }

    private struct Wish: Decodable {
        var state: Restraint.State
        var until: String?
        var reason: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case state, until, reason }
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        var tenant: String? = nil, state: Restraint.State? = nil, limit = 100, after: TenantSubject? = nil
        for (name, value) in try call.fields(["tenant", "state", "limit", "cursor"]) {
            switch name {
            case "tenant": tenant = value
            case "state": state = try HistoryQuery.word(name, value)
            case "limit": limit = try HistoryQuery.pageLimit(name, value)
            default: after = try SubjectCursor.place(name, value)
            }
        }
        let found = try await restraints.page(tenant: try SmallDocument.tenant(tenant, for: call), state: state, after: after, limit: limit, by: .now + Self.patience)
        var json = JSONWriter(capacity: 64 + found.count * 400)
        json.openObject()
        json.key("items")
        json.openArray()
        for each in found { each.write(to: &json) }
        json.closeArray()
        json.key("next_cursor")
        if found.count == limit, let last = found.last { json.string(SubjectCursor.text(after: last.of)) } else { json.null() }
        json.closeObject()
        return Answer(json: json.octets)
    }

    @Sendable private func show(_ call: Call) async throws -> Answer {
        let meant = try SubjectPath.meant(call, tenant: try SmallDocument.tenantMeant(by: call))
        return try await answer(meant, try await restraints.restraint(of: meant, by: .now + Self.patience), at: call.time)
    }

    @Sendable private func restrain(_ call: Call) async throws -> Answer {
        let meant = try SubjectPath.meant(call, tenant: try SmallDocument.tenantMeant(by: call)), wish = try SmallDocument.read(Wish.self, try await call.document(), members: Wish.CodingKeys.allCases.map(\.rawValue))
        guard wish.state != .lifted else { throw Problem.parameter("state", "is lifted: that is what DELETE does") }
        var seconds: Int? = nil
        if let text = wish.until {
            guard let until = Timestamp(text), until > call.time else { throw Problem.parameter("until", "is not a moment that is to come, such as 2026-12-01T00:00:00Z") }
            seconds = max(until.seconds - call.time.seconds, 1)
        }
        if let reason = wish.reason, reason.utf8.count > Restraint.longestReason || reason.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { throw Problem.parameter("reason", "is longer than \(Restraint.longestReason) octets, or has a control character in it") }
        do {
            let restraint = try await limits.restrain(meant, wish.state, for: seconds, reason: wish.reason, by: .now + Self.patience)
            return try await answer(meant, restraint, at: call.time)
        } catch let full as TenantLimitReached { throw Problem.tooMany("subjects that are restrained", limit: full.limit) }
    }

    @Sendable private func lift(_ call: Call) async throws -> Answer {
        var tenant: String? = nil, trust = Self.trust
        for (name, value) in try call.fields(["tenant", "trust"]) {
            if name == "tenant" { tenant = value; continue }
            guard let seconds = value == "0" ? 0 : LimitWindow(value)?.seconds else { throw Problem.parameter(name, "is neither 0 nor \(LimitWindow.textForm)") }
            trust = seconds
        }
        let meant = try SubjectPath.meant(call, tenant: try SmallDocument.tenant(tenant, for: call))
        guard let lifted = try await limits.lift(meant, trust: trust, by: .now + Self.patience) else { throw Problem.notFound("This subject is not restrained.") }
        return try await answer(meant, lifted, at: call.time)
    }

    /// A restraint, and what is known of the sender.
    private func answer(_ meant: TenantSubject, _ restraint: Restraint?, at time: Timestamp) async throws -> Answer {
        let standing = try await watch.store.standing(of: meant, rules: watch.rules, by: .now + Self.patience)
        var json = JSONWriter(capacity: 1024)
        json.openObject()
        json.key("tenant"); json.string(meant.tenant)
        json.key("scope"); json.string(meant.subject.scope.rawValue)
        json.key("subject"); json.string(meant.subject.name)
        json.key("state"); json.string((restraint?.state(at: time) ?? .lifted).rawValue)
        if let restraint { json.key("restraint"); restraint.write(to: &json) }
        if let standing {
            json.key("watched")
            json.openObject()
            json.key("since"); json.string(standing.since.description)
            json.key("contacts"); json.integer(standing.contacts)
            json.key("networks"); json.integer(standing.networks)
            json.key("signals")
            json.openArray()
            for each in standing.measures { each.write(to: &json) }
            json.closeArray()
            json.closeObject()
        }
        json.closeObject()
        return Answer(json: json.octets)
    }
}
