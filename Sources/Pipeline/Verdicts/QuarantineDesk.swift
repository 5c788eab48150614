internal import Mail

/// The quarantine as doors use it: messages are looked at, released to their recipients, and deleted.
package struct QuarantineDesk: Sendable {
    package let quarantine: Quarantine
    private let relay: (any MailRelay)?
    private let limits: ReleaseLimits

    /// - Parameter relay: brings released messages to their recipients; nil where whoever releases one takes it along.
    package init(_ quarantine: Quarantine, relay: (any MailRelay)?, limits: ReleaseLimits = ReleaseLimits()) { self.quarantine = quarantine; self.relay = relay; self.limits = limits }

    package var store: any QuarantineStore { quarantine.store }
    package var canDeliver: Bool { relay != nil }

    /// How a message is let out.
    package struct Wish: Sendable, Equatable {
        /// Also one that is infected.
        package var evenInfected = false
        /// Whether it is brought to its recipients; else it counts as released, and whoever wishes it takes it along.
        package var delivers = true
        /// Whom it goes to; nil for the recipients that it had.
        package var recipients: [String]?
        /// Also one that was released before: a delivery that failed is made again.
        package var again = false
        /// What its verdict knows of it; without that it goes out as it came, by the paths that the quarantine has, which are in lower case.
        package var judged: Judged?

        package init() {}
    }

    /// The session in which a message came, as it was, and what its verdict would have an MTA change in it.
    package struct Judged: Sendable, Equatable {
        package var sender: String?
        package var recipients: [String]
        package var headers: HeaderEdits

        package init(sender: String?, recipients: [String], headers: HeaderEdits) { self.sender = sender; self.recipients = recipients; self.headers = headers }
    }

    /// What became of a message for one recipient.
    package struct Delivery: Sendable, Equatable {
        package let recipient: String
        package let outcome: RelayOutcome

        package init(recipient: String, outcome: RelayOutcome) { self.recipient = recipient; self.outcome = outcome }
    }

    package enum Release: Sendable, Equatable {
        /// The message as it is now, and what became of it for each recipient, in order; none where it is not delivered.
        case released(KeptMessage, [Delivery])
        /// It cannot be, as it stands.
        case refused(QuarantineAnswer)
    }

    /// Lets a message out, and brings it on its way. Of several that do so at the same moment one does it.
    ///
    /// The trail has it before anybody gets the message. What is not delivered can be tried ``Wish/again``, as long as the message has not expired.
    /// - Parameter tenant: nil for any.
    /// - Throws: `ReleaseTrouble` where the wish cannot be fulfilled, and nothing was changed; what ``Quarantine/release(_:tenant:evenInfected:noting:)`` throws.
    package func release(_ id: VerdictID, tenant: String?, _ wish: Wish, noting note: QuarantineNote) async throws -> Release {
        if wish.delivers, relay == nil { throw ReleaseTrouble.noRelay }
        if let recipients = wish.recipients {
            guard !recipients.isEmpty, recipients.count <= limits.recipients else { throw ReleaseTrouble.recipients(limit: limits.recipients) }
            for recipient in recipients where (try? MailAddress.path(recipient)) == nil { throw ReleaseTrouble.noMailbox(recipient) }
        }
        var note = note
        if wish.delivers, let recipients = wish.recipients {
            let more = recipients.count > 3 ? " and \(recipients.count - 3) more" : ""
            note.reason = (note.reason.map { "\($0); " } ?? "") + "to \(recipients.prefix(3).joined(separator: ", "))" + more
        }
        let (answer, octets) = try await quarantine.release(id, tenant: tenant, evenInfected: wish.evenInfected, noting: note)
        switch answer {
        case .done(let message): return .released(message, wish.delivers ? await deliver(message, octets ?? [], wish) : [])
        case .isNow(.released) where wish.again: return try await releaseAgain(id, tenant, wish, note)
        case .isNow, .isInfected, .isMissing: return .refused(answer)
        }
    }

    private func releaseAgain(_ id: VerdictID, _ tenant: String?, _ wish: Wish, _ note: QuarantineNote) async throws -> Release {
        guard let seen = try await store.row(id, tenant: tenant) else { return .refused(.isMissing) }
        if seen.isInfected, !wish.evenInfected { return .refused(.isInfected) }
        guard let (message, octets) = try await quarantine.message(id, tenant: seen.tenant, noting: QuarantineAct(.released, note)) else { return .refused(.isMissing) }
        guard let octets else { return .refused(.isNow(message.state)) }
        return .released(message, wish.delivers ? await deliver(message, octets, wish) : [])
    }

    /// Hands the message to the relay for each recipient, some at once.
    private func deliver(_ message: KeptMessage, _ octets: [UInt8], _ wish: Wish) async -> [Delivery] {
        guard let relay else { return [] }
        let end = ContinuousClock.now + limits.patience, sender = wish.judged?.sender ?? message.mailFrom?.text ?? ""
        let recipients = wish.recipients ?? wish.judged?.recipients ?? message.recipients.map(\.text), octets = wish.judged?.headers.applied(to: octets) ?? octets
        var outcomes: [Int: RelayOutcome] = [:]
        await withTaskGroup(of: (Int, RelayOutcome).self) { group in
            for place in recipients.indices {
                if place >= limits.atOnce, let (done, outcome) = await group.next() { outcomes[done] = outcome }
                group.addTask { (place, await Self.send(octets, from: sender, to: recipients[place], relay, by: end)) }
            }
            for await (done, outcome) in group { outcomes[done] = outcome }
        }
        return recipients.indices.map { Delivery(recipient: recipients[$0], outcome: outcomes[$0] ?? .deferred(nil, why: "it was not tried")) }
    }

    private static func send(_ octets: [UInt8], from sender: String, to recipient: String, _ relay: any MailRelay, by end: ContinuousClock.Instant) async -> RelayOutcome {
        do throws(PathError) { return await relay.send(try OutgoingMail(from: sender, to: recipient, octets), by: end) } catch {
            return .refused(RelayReply(stage: .local, code: 553, text: "5.1.3 \(error)"))
        }
    }
}

package struct ReleaseLimits: Sendable {
    /// Recipients that a wish may name.
    package var recipients = 100
    /// For all recipients together.
    package var patience = Duration.seconds(60)
    /// Sessions with the relay at the same moment.
    package var atOnce = 4

    package init() {}
}

/// Why a message is not released as wished.
package enum ReleaseTrouble: Error, Sendable, Equatable {
    /// Nothing brings messages to their recipients here.
    case noRelay
    /// None are named, or too many.
    case recipients(limit: Int)
    case noMailbox(String)
}
