package import Verdicts

/// What happened, and the webhooks of this node, as doors use them.
package struct NoticeDesk: Sendable {
    package let store: any NoticeStore
    /// Those that the settings name, in their order.
    package let webhooks: [Webhook]

    package init(_ store: any NoticeStore, webhooks: [Webhook]) { self.store = store; self.webhooks = webhooks }

    /// Those that a caller may see.
    /// - Parameter tenant: that the caller is confined to; it sees webhooks of that tenant alone.
    package func webhooks(for tenant: String?) -> [Webhook] { webhooks.filter { tenant == nil || $0.subscription.tenant == tenant } }

    /// Keeps a notice by which a webhook is tried.
    /// - Returns: nil where there is no such webhook for the caller.
    package func test(_ name: String, for tenant: String?, at time: Timestamp, by deadline: ContinuousClock.Instant) async throws -> Notice? {
        guard let webhook = webhooks(for: tenant).first(where: { $0.name == name }) else { return nil }
        // It may be forgotten there: who tries it wants to be told.
        try await store.register([webhook.subscription], by: deadline)
        let notice = Notice.test(of: name, tenant: webhook.subscription.tenant ?? Notice.ofNoTenant, at: time)
        try await store.keep([notice], by: deadline)
        return notice
    }

    /// Makes what was given up or waits due at once.
    /// - Returns: how many deliveries; nil where there is no such webhook for the caller.
    package func retry(_ name: String, for tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Int? {
        guard let webhook = webhooks(for: tenant).first(where: { $0.name == name }) else { return nil }
        try await store.register([webhook.subscription], by: deadline)
        return try await store.reactivate(name, by: deadline)
    }
}
