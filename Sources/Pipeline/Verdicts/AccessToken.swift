/// What the bearer of a token may do.
package enum Scope: String, Codable, Sendable, CaseIterable {
    /// Ask for verdicts.
    case judge
    /// Read verdicts.
    case history
    /// Read and change local lists; see the health of blocklists.
    case lists
    /// Make, look at, rotate and retire DKIM keys.
    case dkim
    /// Hand in, read and look after reports: those that came, and those that go out.
    case reports
    /// List, look at, fetch, release and delete messages in quarantine, those that are infected aside: they are listed, looked at and deleted only.
    case quarantine
    /// With `quarantine`: fetch and release infected ones, too.
    case infected
    /// Teach the spam filter and take back what it was taught: a token of a tenant that tenant's layers only.
    case training
    /// See and change limits on sending, and forget what was sent.
    case limits
    /// Ask which messages that wait for limits on sending may go, and say what came of them: for the agent at a mail server.
    case holds
    /// Read what happened, and how webhooks stand: a token of a tenant its own.
    case events
    /// Hand in what comes back for mail that was sent: bounces and complaints.
    case feedback
    /// Read metrics.
    case metrics
    /// Everything, tokens and tenants included; what is of the whole node only without a tenant.
    case admin

    /// Whether it opens only what is of the whole node, so that a token confined to a tenant has no use for it.
    package var isOfWholeNode: Bool { self == .metrics }
}

/// A token as it is kept: the secret itself is shown once and never stored.
package struct AccessToken: Sendable, Equatable {
    /// The public part, by which it is found and named: 16 hexadecimal digits.
    package let id: String
    /// The tenant it is confined to; nil for all.
    package let tenant: String?
    /// What it is for, in the operator's words.
    package let name: String
    package let scopes: [Scope]
    /// SHA-256 of the secret part: 32 octets.
    package let digest: [UInt8]
    package let createdAt: Timestamp
    package let expiresAt: Timestamp?

    package init(id: String, tenant: String?, name: String, scopes: [Scope], digest: [UInt8], createdAt: Timestamp, expiresAt: Timestamp?) {
        self.id = id; self.tenant = tenant; self.name = name; self.scopes = scopes; self.digest = digest
        self.createdAt = createdAt; self.expiresAt = expiresAt
    }

    /// Whether the bearer may do it now.
    package func allows(_ scope: Scope, at time: Timestamp) -> Bool {
        if let expiresAt, expiresAt <= time { return false }
        return scopes.contains(scope) || scopes.contains(.admin)
    }
}

/// The port to where tokens are kept.
package protocol TokenStore: Sendable {
    /// Keeps a token; an equal id replaces it. Tokens of the tenant that expired may be removed to make room for it.
    /// - Throws: `TenantLimitReached` when the tenant has as many tokens as it may, and nothing was kept; callers at the same moment
    ///   do not pass the limit together either.
    func save(_ token: AccessToken) async throws
    /// nil when there is none with that id.
    func token(_ id: String) async throws -> AccessToken?
    /// All tokens, the oldest first, at most 10,000.
    func tokens() async throws -> [AccessToken]
    /// - Returns: false when there was none.
    func remove(_ id: String) async throws -> Bool
}
