internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Limiting
internal import RateLimits
internal import Verdicts

/// `/v1/limits` and what is below it: limits on sending, what is used of them, and the button that forgets it.
struct LimitRoutes: Sendable {
    let limits: SendingLimits

    private static let one = "/v1/limits/{scope}/{subject}"
    /// How long a question waits.
    private static let patience = Duration.seconds(5)

    var routes: [Route] {
        [
            Route(.get, "/v1/limits", .scope(.limits), page),
            Route(.get, Self.one, .scope(.limits), show),
            Route(.put, Self.one, .scope(.limits), define),
            Route(.delete, Self.one, .scope(.limits), remove),
            Route(.delete, Self.one + "/counters", .scope(.limits), reset),
        ]
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        var tenant: String? = nil, scope: LimitScope? = nil, limit = 100, after: TenantSubject? = nil
        for (name, value) in try call.fields(["tenant", "scope", "limit", "cursor"]) {
            switch name {
            case "tenant": tenant = value
            case "scope":
                guard let wanted = LimitScope(rawValue: value) else { throw Problem.scope(name) }
                scope = wanted
            case "limit": limit = try HistoryQuery.pageLimit(name, value)
            default: after = try SubjectCursor.place(name, value)
            }
        }
        let wanted = try SmallDocument.tenant(tenant, for: call)
        let found = try await limits.definitions.page(tenant: wanted, scope: scope, after: after, limit: limit)
        var json = JSONWriter(capacity: 64 + found.count * 300)
        json.openObject()
        json.key("items")
        json.openArray()
        for each in found {
            json.openObject()
            head(each.of, to: &json)
            json.key("definition"); LimitDocument(each.definition).write(to: &json)
            json.closeObject()
        }
        json.closeArray()
        json.key("next_cursor")
        if found.count == limit, let last = found.last { json.string(SubjectCursor.text(after: last.of)) } else { json.null() }
        json.closeObject()
        return Answer(json: json.octets)
    }

    @Sendable private func show(_ call: Call) async throws -> Answer { try await answer(try meant(call), at: call.time) }

    @Sendable private func define(_ call: Call) async throws -> Answer {
        let meant = try meant(call), octets = try await call.document(), isNew: Bool
        do {
            isNew = try await limits.define(meant, try JSONDecoder().decode(LimitDocument.self, from: Data(octets)).definition)
        } catch let fault as LimitFault {
            throw Problem.parameter(fault.member, fault.problem)
        } catch is DecodingError {
            throw Problem.body("The body is not a JSON object.")
        } catch let full as TenantLimitReached { throw Problem.tooMany("subjects of whom something is said", limit: full.limit) }
        var answer = try await answer(meant, at: call.time)
        answer.status = isNew ? .created : .ok
        return answer
    }

    @Sendable private func remove(_ call: Call) async throws -> Answer {
        guard try await limits.remove(try meant(call)) else { throw Problem.notFound("Nothing is said of this subject.") }
        return .nothing
    }

    @Sendable private func reset(_ call: Call) async throws -> Answer {
        let meant = try meant(call)
        _ = try await limits.reset(meant, by: .now + Self.patience)
        return .nothing
    }

    /// Whom the path names.
    private func meant(_ call: Call) throws(Problem) -> TenantSubject {
        try SubjectPath.meant(call, tenant: try SmallDocument.tenantMeant(by: call))
    }

    /// What is said of a subject, what holds for it, and what is used, with all above it that cap it.
    private func answer(_ meant: TenantSubject, at time: Timestamp) async throws -> Answer {
        let end = ContinuousClock.now + Self.patience
        let said = try await limits.definitions.definitions(of: [meant], by: end)[meant]
        let family = try await limits.limited(meant.subject.withDomain, tenant: meant.tenant, at: time, by: end)
        let known = try await limits.store.states(of: family.map(\.subject), tenant: meant.tenant, by: end)
        var json = JSONWriter(capacity: 1024)
        json.openObject()
        head(meant, to: &json)
        if let said { json.key("definition"); LimitDocument(said).write(to: &json) }
        json.key("counters")
        write(family.first { $0.subject == meant.subject }, known, to: &json)
        json.key("above")
        json.openArray()
        for each in family.reversed() where each.subject < meant.subject {
            json.openObject()
            json.key("scope"); json.string(each.subject.scope.rawValue)
            json.key("subject"); json.string(each.subject.name)
            json.key("counters"); write(each, known, to: &json)
            json.closeObject()
        }
        json.closeArray()
        json.closeObject()
        return Answer(json: json.octets)
    }

    private func head(_ meant: TenantSubject, to json: inout JSONWriter) {
        json.key("tenant"); json.string(meant.tenant)
        json.key("scope"); json.string(meant.subject.scope.rawValue)
        json.key("subject"); json.string(meant.subject.name)
    }

    private func write(_ limited: LimitedSubject?, _ known: (now: Int, states: [LimitSubject: AllowanceState]), to json: inout JSONWriter) {
        json.openArray()
        if let limited {
            var state = known.states[limited.subject] ?? AllowanceState(startingAt: known.now)
            state.advance(to: known.now, for: limited.limits)
            for usage in state.usage(limited.limits, at: known.now, since: limited.since, next: limited.next) {
                json.openObject()
                usage.limit.writeMembers(to: &json)
                json.key("used"); json.integer(usage.used)
                json.key("remaining"); json.integer(usage.remaining)
                json.key("resets_at")
                if let time = usage.resetsAt { json.string(Timestamp(milliseconds: time).description) } else { json.null() }
                json.key("retry_at"); json.string(Timestamp(milliseconds: usage.retryAt).description)
                json.closeObject()
            }
        }
        json.closeArray()
    }
}

extension LimitSubject {
    /// With the domain of a mailbox, which is above it without anybody saying so.
    fileprivate var withDomain: [LimitSubject] {
        guard scope == .mailbox, let at = name.lastIndex(of: "@"), let domain = try? LimitSubject(.domain, String(name[name.index(after: at)...])) else { return [self] }
        return [domain, self]
    }
}
