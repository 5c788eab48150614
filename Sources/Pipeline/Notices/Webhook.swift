/// Where notices are sent, and how.
package struct Webhook: Sendable, Equatable {
    /// Webhooks of a node.
    package static let most = 16

    package let subscription: WebhookSubscription
    /// `https://panel.example.org` or `http://…`, with a port where it has one, without a slash at its end.
    package let base: String
    /// With its query, percent-encoded; begins with a slash.
    package let path: String
    package let secret: WebhookSecret
    /// Certificates to trust, PEM; nil: the system's.
    package var caFile: String?
    /// For a whole delivery.
    package var timeout = Duration.seconds(10)
    /// Deliveries under way at once, those of all nodes together.
    package var atOnce = 4

    package init(_ subscription: WebhookSubscription, base: String, path: String, secret: WebhookSecret) { self.subscription = subscription; self.base = base; self.path = path; self.secret = secret }

    package var name: String { subscription.name }

    /// Its URL as it may be shown: a query may hold what is nobody's business.
    package var shownURL: String { base + path.prefix { $0 != "?" } }
}

/// The port to whoever takes a delivery to its receiver.
package protocol WebhookCarrier: Sendable {
    /// Posts JSON.
    /// - Parameter fields: of the header, beside `Content-Type`.
    func post(_ body: [UInt8], _ fields: [(name: String, value: String)], to webhook: Webhook) async -> WebhookReply
}

/// What a receiver said.
package enum WebhookReply: Sendable, Equatable {
    /// Of HTTP.
    case status(Int)
    /// There is no answer, and why; nothing secret is in it.
    case none(String)
}
