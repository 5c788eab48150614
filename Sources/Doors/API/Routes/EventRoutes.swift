internal import HTTPTypes
internal import JSON
internal import Notices
internal import RateLimits
internal import Verdicts

/// `/v1/events` and `/v1/webhooks`: what happened, and by which webhooks it is told.
struct EventRoutes: Sendable {
    let desk: NoticeDesk

    /// How long a question waits; and how long it may take to make many deliveries due.
    private static let patience = Duration.seconds(5), patienceForMany = Duration.seconds(20)

    var routes: [Route] {
        [
            Route(.get, "/v1/events", .scope(.events), page),
            Route(.get, "/v1/webhooks", .scope(.events), webhooks),
            Route(.post, "/v1/webhooks/{name}/test", .scope(.admin), test),
            Route(.post, "/v1/webhooks/{name}/retry", .scope(.admin), retry),
        ]
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        var filter = NoticeFilter(), tenant: String? = nil, limit = 50, beyond: VerdictID? = nil
        for (name, value) in try call.fields(["tenant", "kind", "subject", "since", "order", "limit", "cursor"]) {
            switch name {
            case "tenant": tenant = value
            case "kind": filter.kind = try HistoryQuery.word(name, value)
            case "subject": filter.subject = try Self.subject(name, value)
            case "since": filter.since = try HistoryQuery.moment(name, value)
            case "order": filter.order = try HistoryQuery.word(name, value)
            case "limit": limit = try HistoryQuery.pageLimit(name, value)
            default: beyond = try HistoryQuery.cursor(name, value)
            }
        }
        filter.tenant = try SmallDocument.tenant(tenant, for: call)
        let notices = try await desk.store.notices(matching: filter, beyond: beyond, limit: limit, by: .now + Self.patience)
        var json = JSONWriter(capacity: 64 + notices.count * 500)
        json.openObject()
        json.key("items")
        json.openArray()
        for notice in notices { notice.write(to: &json) }
        json.closeArray()
        json.key("next_cursor")
        // Who follows the newest comes back with it.
        if let last = notices.last, notices.count == limit || filter.order == .oldest { json.string(Cursor.text(after: last.id)) } else if filter.order == .oldest, let beyond { json.string(Cursor.text(after: beyond)) } else { json.null() }
        json.closeObject()
        return Answer(json: json.octets)
    }

    /// An account in comparable form, or another subject: `anna@example.org`, `site/web1`, `webhook/panel`.
    private static func subject(_ name: String, _ value: String) throws(Problem) -> String {
        if let subject = try? LimitSubject(path: value) { return subject.description }
        if value.contains("/") { return value }
        do { return try LimitSubject(.mailbox, value).description } catch { throw .parameter(name, error.problem) }
    }

    @Sendable private func webhooks(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let webhooks = desk.webhooks(for: call.tenant), standing = try await desk.store.standing(of: webhooks.map(\.name), by: .now + Self.patience)
        var json = JSONWriter(capacity: 64 + webhooks.count * 300)
        json.openObject()
        json.key("items")
        json.openArray()
        for webhook in webhooks { Self.write(webhook, standing[webhook.name] ?? WebhookStanding(), to: &json) }
        json.closeArray()
        json.closeObject()
        return Answer(json: json.octets)
    }

    private static func write(_ webhook: Webhook, _ standing: WebhookStanding, to json: inout JSONWriter) {
        json.openObject()
        json.key("name"); json.string(webhook.name)
        json.key("url"); json.string(webhook.shownURL)
        if let tenant = webhook.subscription.tenant { json.key("tenant"); json.string(tenant) }
        json.key("events")
        json.openArray()
        for kind in Notice.Kind.allCases where webhook.subscription.kinds?.contains(kind) != false && kind != .webhookTest { json.string(kind.rawValue) }
        json.closeArray()
        json.key("pending"); json.integer(standing.pending)
        json.key("given_up"); json.integer(standing.givenUp)
        if let time = standing.deliveredAt { json.key("last_success_at"); json.string(time.description) }
        if let time = standing.failedAt { json.key("last_failure_at"); json.string(time.description) }
        if let failure = standing.failure { json.key("last_failure"); json.string(failure) }
        json.closeObject()
    }

    @Sendable private func test(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let notice = try await desk.test(call.name, for: call.tenant, at: call.time, by: .now + Self.patience) else { throw Problem.noWebhook }
        return Answer(json: notice.octets, status: .accepted)
    }

    @Sendable private func retry(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let count = try await desk.retry(call.name, for: call.tenant, by: .now + Self.patienceForMany) else { throw Problem.noWebhook }
        var json = JSONWriter(capacity: 32)
        json.openObject()
        json.key("deliveries"); json.integer(count)
        json.closeObject()
        return Answer(json: json.octets, status: .accepted)
    }
}

extension Problem {
    fileprivate static var noWebhook: Problem { .notFound("There is no webhook with this name.") }
}
