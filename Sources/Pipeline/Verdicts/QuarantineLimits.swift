/// How much is kept in quarantine.
package struct QuarantineLimits: Sendable, Hashable {
    /// Octets of one message as it came, 1…``MessageSeal/octetLimit``.
    package var messageOctets = 104_857_600
    /// Octets of all messages of one tenant as they lie there, compressed and sealed; those that were deleted do not count, those that were released do.
    package var tenantOctets = 10_737_418_240
    /// Messages of one tenant, counted in the same way.
    package var tenantMessages = 100_000
    /// Seconds until a message expires, where its tenant has no number of its own.
    package var retention = 30 * 86_400
    /// Those numbers, by tenant.
    package var retentions: [String: Int] = [:]
    /// Entries of one message's trail. When there are so many, it is neither shown nor handed out any more; release and delete are noted beyond.
    package var acts = 10_000
    /// Entries of one message's trail that are shown, the newest.
    package var actsShown = 1_000

    package init() {}

    /// When a message expires that is kept now.
    package func end(of tenant: String, keptAt now: Timestamp) -> Timestamp { now.adding(seconds: max(0, retentions[tenant] ?? retention)) }
}

/// What a tenant has in quarantine, as ``QuarantineLimits`` counts it.
package struct QuarantineUsage: Sendable, Equatable {
    package var messages: Int
    package var octets: Int

    package init(messages: Int, octets: Int) { self.messages = messages; self.octets = octets }
}

/// A limit of the quarantine was met; nothing was changed, and nothing handed out.
package enum QuarantineTrouble: Error, Sendable, Equatable {
    /// The message has more octets than ``QuarantineLimits/messageOctets``.
    case tooLarge(octets: Int, limit: Int)
    /// The tenant has as many messages as it may.
    case tooManyMessages(limit: Int)
    /// With this message the tenant would have more octets than it may.
    case tooManyOctets(limit: Int)
    /// The message's trail has as many entries as it may.
    case trailFull(limit: Int)
}

extension QuarantineTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let octets, let limit): "the message has \(octets) octets, at most \(limit) are kept"
        case .tooManyMessages(let limit): "the tenant has \(limit) messages in quarantine, which is as many as it may"
        case .tooManyOctets(let limit): "the tenant's messages in quarantine would have more than \(limit) octets"
        case .trailFull(let limit): "the message was looked at \(limit) times, which is as often as is noted"
        }
    }
}
