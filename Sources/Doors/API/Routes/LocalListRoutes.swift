internal import BlockLists
internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Verdicts

/// `GET` and `POST /v1/local-list`, `DELETE /v1/local-list/{id}`: whom the operator lets through, or keeps out, which domains are ours and whose seals are believed.
struct LocalListRoutes: Sendable {
    let store: any LocalListStore
    /// Called after a change, so that this node follows it at once.
    let changed: @Sendable () async -> Void

    var routes: [Route] {
        [
            Route(.get, "/v1/local-list", .scope(.lists), all),
            Route(.post, "/v1/local-list", .scope(.lists), add),
            Route(.delete, "/v1/local-list/{id}", .scope(.lists), remove),
        ]
    }

    private struct Wish: Decodable {
        let effect: LocalEffect
        let subject: LocalSubject
        let reason: String
        let tenant: String?
        let expiresAt: Timestamp?

        enum CodingKeys: String, CodingKey, CaseIterable { case effect, subject, reason, tenant, expiresAt = "expires_at" }
    }

    @Sendable private func all(_ call: Call) async throws -> Answer {
        try call.noParameters()
        var writer = JSONWriter()
        writer.openObject()
        writer.key("items")
        writer.openArray()
        for entry in try await store.list(tenant: call.tenant) { write(entry, to: &writer) }
        writer.closeArray()
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    @Sendable private func add(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let wish = try SmallDocument.read(Wish.self, try await call.document(), members: Wish.CodingKeys.allCases.map(\.rawValue))
        guard wish.reason.utf8.count <= 1024, !wish.reason.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { throw Problem.parameter("reason", "is longer than 1024 octets, or has a control character in it") }
        if wish.effect == .own || wish.effect == .seal {
            guard case .domain = wish.subject else { throw Problem.parameter("subject", "is no domain, and \(wish.effect.rawValue) says something of domains") }
        }
        if let end = wish.expiresAt, end <= call.time { throw Problem.parameter("expires_at", "is over") }
        let tenant = try SmallDocument.tenant(wish.tenant, for: call)
        let entry = LocalEntry(tenant: tenant, effect: wish.effect, subject: wish.subject, reason: wish.reason, expires: wish.expiresAt?.microseconds), kept: LocalEntry
        do { kept = try await store.add(entry) } catch let full as TenantLimitReached { throw Problem.tooMany("entries of the local list", limit: full.limit) }
        await changed()
        var writer = JSONWriter()
        write(kept, to: &writer)
        return Answer(json: writer.octets, status: .created)
    }

    @Sendable private func remove(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard call.name.utf8.count <= 64, try await store.remove(call.name, tenant: call.tenant) else { throw Problem.notFound("There is no entry with this id.") }
        await changed()
        return .nothing
    }

    private func write(_ entry: LocalEntry, to writer: inout JSONWriter) {
        writer.openObject()
        if let id = entry.id { writer.key("id"); writer.string(id) }
        if let tenant = entry.tenant { writer.key("tenant"); writer.string(tenant) }
        writer.key("effect"); writer.string(entry.effect.rawValue)
        writer.key("subject"); writer.string(entry.subject.description)
        writer.key("reason"); writer.string(entry.reason)
        if let end = entry.expires { writer.key("expires_at"); writer.string(Timestamp(microseconds: end).description) }
        writer.closeObject()
    }
}
