internal import HTTPTypes
internal import JSON
internal import Verdicts

/// `GET /v1/verdicts`, `/v1/verdicts/{id}`, `/v1/verdicts/summary`: what was said about which message, and why.
struct HistoryRoutes: Sendable {
    let store: any VerdictStore

    var routes: [Route] {
        [
            Route(.get, "/v1/verdicts", .scope(.history), page),
            Route(.get, "/v1/verdicts/summary", .scope(.history), summary),
            Route(.get, "/v1/verdicts/{id}", .scope(.history), one),
        ]
    }

    @Sendable private func one(_ call: Call) async throws -> Answer {
        try call.noParameters()
        // An id that cannot be one is an id that does not exist.
        guard let id = VerdictID(call.name), let record = try await store.verdict(id, tenant: call.tenant) else { throw Problem.notFound("There is no verdict with this id.") }
        return Answer(json: VerdictDocument.history(record))
    }

    @Sendable private func page(_ call: Call) async throws -> Answer {
        let query = try HistoryQuery(call.query(), tenant: call.tenant, allowed: ["limit", "cursor"])
        let rows = try await store.verdicts(matching: query.filter, before: query.before, limit: query.limit)
        var writer = JSONWriter(capacity: 64 + rows.count * 1024)
        writer.openObject()
        writer.key("items")
        writer.openArray()
        for row in rows { writer.raw(VerdictDocument.row(row)) }
        writer.closeArray()
        writer.key("next_cursor")
        if rows.count == query.limit, let last = rows.last { writer.string(Cursor.text(after: last.id)) } else { writer.null() }
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    @Sendable private func summary(_ call: Call) async throws -> Answer {
        let query = try HistoryQuery(call.query(), tenant: call.tenant, allowed: ["bucket"])
        let bucket = query.bucket ?? 3600
        let buckets = try await store.summary(matching: query.filter, bucket: bucket)
        var writer = JSONWriter(capacity: 64 + buckets.count * 192)
        writer.openObject()
        writer.key("bucket_seconds"); writer.integer(bucket)
        writer.key("items")
        writer.openArray()
        for bucket in buckets { write(bucket, to: &writer) }
        writer.closeArray()
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    private func write(_ bucket: HistoryBucket, to writer: inout JSONWriter) {
        func counts(_ counts: [String: Int]) {
            writer.openObject()
            for (word, count) in counts.sorted(by: { $0.key < $1.key }) { writer.key(word); writer.integer(count) }
            writer.closeObject()
        }
        writer.openObject()
        writer.key("start"); writer.string(bucket.start.description)
        writer.key("count"); writer.integer(bucket.count)
        writer.key("octets"); writer.integer(bucket.octets)
        writer.key("actions"); counts(bucket.actions)
        writer.key("classes"); counts(bucket.classes)
        writer.closeObject()
    }
}
