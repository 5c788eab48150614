package import JSON
package import Verdicts

/// Something that happened, and that whoever runs the mail of others may want to know.
package struct Notice: Sendable, Equatable {
    /// What happened, by the name that webhooks and events bear it under.
    package enum Kind: String, Sendable, CaseIterable {
        /// A sender reached a limit, and is slowed down.
        case senderThrottled = "sender.throttled"
        /// A sender may send nothing until a person lets it.
        case senderFrozen = "sender.frozen"
        /// A sender may send again.
        case senderReleased = "sender.released"
        /// A sender would be throttled or frozen, were that not only reported.
        case senderSuspect = "sender.suspect"
        /// A sender comes near to a limit.
        case limitNear = "limit.near"
        /// Nothing happened: somebody tries a webhook, the one that ``Notice/subject`` names.
        case webhookTest = "webhook.test"
    }

    /// The tenant of a test of a webhook of all tenants: no tenant has this name, so no token of one sees it.
    package static let ofNoTenant = ""
    /// Octets of the details.
    package static let detailsLimit = 32 << 10

    /// Sorts by ``at``.
    package let id: VerdictID
    package let tenant: String
    package let kind: Kind
    /// Whom it is about: `mailbox/anna@example.org`; nil for nobody.
    package let subject: String?
    package let at: Timestamp
    /// A JSON object, at most ``detailsLimit`` octets.
    package let details: [UInt8]
    /// Where one of the same tenant with the same key was kept before, this one is not kept again; nil for one that always is.
    package let key: String?

    /// - Parameters:
    ///   - id: nil for a new one.
    ///   - details: a JSON object; whoever keeps another, or a larger one, is refused.
    package init(id: VerdictID? = nil, tenant: String, kind: Kind, subject: String? = nil, at: Timestamp, details: [UInt8] = Array("{}".utf8), key: String? = nil) {
        self.id = id ?? VerdictID(at: at); self.tenant = tenant; self.kind = kind; self.subject = subject; self.at = at; self.details = details; self.key = key
    }

    /// Why it cannot be kept; nil where it can.
    package var fault: String? {
        guard details.count <= Self.detailsLimit else { return "the details of a notice have more than \(Self.detailsLimit) octets" }
        return details.first == UInt8(ascii: "{") && details.last == UInt8(ascii: "}") ? nil : "the details of a notice are no JSON object"
    }

    /// A try of a webhook, which goes to that one only, whatever else it takes.
    package static func test(of webhook: String, tenant: String, at time: Timestamp) -> Notice {
        var json = JSONWriter(capacity: 64)
        json.openObject()
        json.key("webhook"); json.string(webhook)
        json.closeObject()
        return Notice(tenant: tenant, kind: .webhookTest, subject: subject(of: webhook), at: time, details: json.octets)
    }

    /// What a test's subject is.
    package static func subject(of webhook: String) -> String { "webhook/" + webhook }

    /// The event as webhooks and the API tell it: `{"id","type","tenant","subject","timestamp","data"}`, without a subject where there is none. The same octets each time.
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("id"); json.string(id.description)
        json.key("type"); json.string(kind.rawValue)
        json.key("tenant"); json.string(tenant)
        if let subject { json.key("subject"); json.string(subject) }
        json.key("timestamp"); json.string(at.description)
        json.key("data"); json.raw(details)
        json.closeObject()
    }

    /// The text that ``write(to:)`` writes.
    package var octets: [UInt8] {
        var json = JSONWriter(capacity: details.count + 512)
        write(to: &json)
        return json.octets
    }
}
