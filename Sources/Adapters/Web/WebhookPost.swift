package import Notices

/// Takes deliveries to their receivers by HTTP, each over a connection of its own.
package struct WebhookPost: WebhookCarrier {
    /// Octets of an answer that are read: of what a receiver says only the status counts.
    private static let answerLimit = 16 << 10

    package init() {}

    package func post(_ body: [UInt8], _ fields: [(name: String, value: String)], to webhook: Webhook) async -> WebhookReply {
        var settings = HTTPClient.Settings(base: webhook.base)
        settings.caFile = webhook.caFile
        settings.answerLimit = Self.answerLimit
        settings.cutsAnswer = true
        do {
            return .status(try await HTTPClient(settings).ask("POST", webhook.path, json: body, fields: fields, patience: webhook.timeout).status)
        } catch let trouble as HTTPTrouble { return .none(trouble.description) } catch { return .none("\(error)") }
    }
}
