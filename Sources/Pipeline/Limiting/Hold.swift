internal import Cryptography
package import RateLimits
package import Verdicts

/// What a message that may wait says of itself, besides what it counts for.
package struct HoldRequest: Sendable, Equatable {
    package let wish: HoldWish
    /// The mail server that keeps it, and the name that it has in its queue.
    package let server: String, queueID: String
    package let mailFrom: String?
    /// All for whom it counts, with limits or without: limits may be others when it goes.
    package let subjects: [LimitSubject]

    package init(wish: HoldWish, server: String, queueID: String, mailFrom: String?, subjects: [LimitSubject]) {
        self.wish = wish; self.server = HoldAgent.comparable(server); self.queueID = queueID; self.mailFrom = mailFrom; self.subjects = subjects
    }
}

/// A message that a mail server keeps until limits on sending have room for it.
package struct Hold: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case waiting
        /// It is counted, and its server was told to let it go, or will be.
        case granted
        /// Its server let it go, or did not have it any more.
        case released
        /// Somebody said that it is not to be released from here.
        case cancelled
    }

    /// What an agent found where it was to release a message.
    package enum Outcome: String, Sendable, CaseIterable {
        case released
        /// The server does not keep it any more: somebody released or deleted it there.
        case missing
    }

    package let id: VerdictID
    package let tenant: String
    /// By which the message is known when it comes again: 32 octets.
    package let name: [UInt8]
    /// In what order messages began to wait.
    package let place: Int
    package var state: State
    package let server: String, queueID: String
    package let mailFrom: String?
    package let lane: HoldLane
    package let subjects: [LimitSubject]
    package let amounts: Amounts
    package let heldAt: Timestamp
    package var releaseAt: Timestamp
    /// Who had no room for it when it was last planned.
    package var blocker: LimitSubject
    package var grantedAt: Timestamp?
    package var endedAt: Timestamp?
    package var outcome: Outcome?

    package init(id: VerdictID, tenant: String, name: [UInt8], place: Int, state: State = .waiting, server: String, queueID: String, mailFrom: String?, lane: HoldLane, subjects: [LimitSubject], amounts: Amounts,
                 heldAt: Timestamp, releaseAt: Timestamp, blocker: LimitSubject, grantedAt: Timestamp? = nil, endedAt: Timestamp? = nil, outcome: Outcome? = nil) {
        self.id = id; self.tenant = tenant; self.name = name; self.place = place; self.state = state; self.server = server; self.queueID = queueID; self.mailFrom = mailFrom
        self.lane = lane; self.subjects = subjects; self.amounts = amounts; self.heldAt = heldAt; self.releaseAt = releaseAt; self.blocker = blocker
        self.grantedAt = grantedAt; self.endedAt = endedAt; self.outcome = outcome
    }

    /// The id of a message that waits, made of its tenant and its name: whoever asks for it again finds the same one.
    /// Source: RFC 9562 §5.8 (version 8).
    /// - Parameter name: 32 octets.
    package static func id(of name: [UInt8], tenant: String) -> VerdictID {
        let digest = SHA256.digest(name + Array(tenant.utf8))
        func word(_ from: Int) -> UInt64 { digest.dropFirst(from).prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
        return VerdictID(high: word(0) & ~0xf000 | 0x8000, low: word(8) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
    }
}

/// Who asks which messages go.
package struct HoldAgent: Sendable, Hashable {
    /// nil for an agent of all tenants.
    package let tenant: String?
    package let server: String

    package init(tenant: String?, server: String) { self.tenant = tenant; self.server = Self.comparable(server) }

    /// A mail server's name as it is kept: host names are told apart in whatever case (RFC 4343 §3).
    package static func comparable(_ server: String) -> String { server.lowercased() }
}

/// Which messages that wait, or waited, are wanted; what is nil is not asked for.
package struct HoldFilter: Sendable, Equatable {
    package var tenant: String?
    package var state: Hold.State?
    package var server: String?
    package var sender: String?
    package var queueID: String?

    package init() {}
}

/// All messages of a tenant that wait, and what is to be known to put them in order.
package struct HoldLine: Sendable {
    /// Milliseconds since 1970.
    package let now: Int
    /// The one that came first first.
    package let holds: [Hold]
    package let turns: HoldTurns
    /// Servers whose agent asked not long ago.
    package let servers: Set<String>
    /// How often each line had become longer, of those there are.
    package let changes: [LimitSubject: Int]

    package init(now: Int, holds: [Hold], turns: HoldTurns, servers: Set<String>, changes: [LimitSubject: Int]) { self.now = now; self.holds = holds; self.turns = turns; self.servers = servers; self.changes = changes }
}

/// The order in which the messages of a tenant go.
package struct HoldOrder: Sendable {
    package struct Move: Sendable, Equatable {
        package let id: VerdictID
        package let releaseAt: Timestamp
        package let blocker: LimitSubject

        package init(id: VerdictID, releaseAt: Timestamp, blocker: LimitSubject) { self.id = id; self.releaseAt = releaseAt; self.blocker = blocker }
    }

    /// Those that go at another time than was said, or wait for somebody else.
    package let moves: [Move]
    package let tails: [LimitSubject: HoldTail]
    /// Where those begin who began to wait since.
    package let begins: HoldTurns
    /// As in the line that it was made of.
    package let changes: [LimitSubject: Int]
    /// How long it took to make: milliseconds.
    package let took: Int

    package init(moves: [Move], tails: [LimitSubject: HoldTail], begins: HoldTurns, changes: [LimitSubject: Int], took: Int) { self.moves = moves; self.tails = tails; self.begins = begins; self.changes = changes; self.took = took }
}
