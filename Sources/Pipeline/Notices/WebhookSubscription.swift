/// What a webhook takes.
package struct WebhookSubscription: Sendable, Equatable {
    package let name: String
    /// Whose events; nil for those of all tenants.
    package let tenant: String?
    /// nil for all.
    package let kinds: Set<Notice.Kind>?

    package init(name: String, tenant: String? = nil, kinds: Set<Notice.Kind>? = nil) { self.name = name; self.tenant = tenant; self.kinds = kinds }

    /// Whether the webhook is told of a notice. A test goes to the webhook that its subject names, and to no other.
    package func takes(_ notice: Notice) -> Bool {
        if notice.kind == .webhookTest { return notice.subject == Notice.subject(of: name) }
        return (tenant == nil || tenant == notice.tenant) && kinds?.contains(notice.kind) != false
    }
}
