internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Verdicts

/// `GET` and `POST /v1/tokens`, `DELETE /v1/tokens/{id}`: who may ask for what.
struct TokenRoutes: Sendable {
    let store: any TokenStore
    let desk: TokenDesk

    var routes: [Route] {
        [
            Route(.get, "/v1/tokens", .scope(.admin), all),
            Route(.post, "/v1/tokens", .scope(.admin), make),
            Route(.delete, "/v1/tokens/{id}", .scope(.admin), remove),
        ]
    }

    private struct Wish: Decodable {
        let name: String
        let scopes: [Scope]
        let tenant: String?
        let expiresAt: Timestamp?

        enum CodingKeys: String, CodingKey, CaseIterable { case name, scopes, tenant, expiresAt = "expires_at" }
    }

    @Sendable private func all(_ call: Call) async throws -> Answer {
        try call.noParameters()
        var writer = JSONWriter()
        writer.openObject()
        writer.key("items")
        writer.openArray()
        for token in try await store.tokens() where isVisible(token, to: call) { write(token, secret: nil, to: &writer) }
        writer.closeArray()
        writer.closeObject()
        return Answer(json: writer.octets)
    }

    @Sendable private func make(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let wish = try SmallDocument.read(Wish.self, try await call.document(), members: Wish.CodingKeys.allCases.map(\.rawValue))
        guard !wish.name.isEmpty, wish.name.utf8.count <= 255 else { throw Problem.parameter("name", "has not 1 to 255 octets") }
        guard !wish.scopes.isEmpty else { throw Problem.parameter("scopes", "is empty") }
        if let end = wish.expiresAt, end <= call.time { throw Problem.parameter("expires_at", "is over") }
        let tenant = try SmallDocument.tenant(wish.tenant, for: call)
        let scopes = Scope.allCases.filter(wish.scopes.contains)
        if tenant != nil, let scope = scopes.first(where: \.isOfWholeNode) {
            throw Problem.parameter("scopes", "has \(scope.rawValue), which is of the whole node: a token confined to a tenant cannot have it")
        }
        let (text, made) = try TokenText.make()
        let token = AccessToken(id: made.id, tenant: tenant, name: wish.name, scopes: scopes, digest: made.digest, createdAt: call.time, expiresAt: wish.expiresAt)
        do { try await store.save(token) } catch let full as TenantLimitReached { throw Problem.tooMany("tokens", limit: full.limit) }
        desk.forget(token.id)
        var writer = JSONWriter()
        write(token, secret: text, to: &writer)
        return Answer(json: writer.octets, status: .created)
    }

    @Sendable private func remove(_ call: Call) async throws -> Answer {
        try call.noParameters()
        guard let token = try await store.token(call.name), isVisible(token, to: call), try await store.remove(call.name) else {
            throw Problem.notFound("There is no token with this id.")
        }
        desk.forget(call.name)
        return .nothing
    }

    private func isVisible(_ token: AccessToken, to call: Call) -> Bool { call.tenant == nil || call.tenant == token.tenant }

    private func write(_ token: AccessToken, secret: String?, to writer: inout JSONWriter) {
        writer.openObject()
        writer.key("id"); writer.string(token.id)
        if let secret { writer.key("token"); writer.string(secret) }
        writer.key("name"); writer.string(token.name)
        if let tenant = token.tenant { writer.key("tenant"); writer.string(tenant) }
        writer.key("scopes")
        writer.openArray()
        for scope in token.scopes { writer.string(scope.rawValue) }
        writer.closeArray()
        writer.key("created_at"); writer.string(token.createdAt.description)
        if let end = token.expiresAt { writer.key("expires_at"); writer.string(end.description) }
        writer.closeObject()
    }
}
