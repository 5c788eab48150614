package import Threads

/// Messages in quarantine for whoever has them in plain octets: they are sealed before they reach the store, and opened behind it.
///
/// Large ones are compressed and sealed on threads for that: 100 MB take seconds.
package struct Quarantine: Sendable {
    /// For what needs no octets: lists, trails, usage, deletion, and the removal of what expired.
    package let store: any QuarantineStore
    private let seal: MessageSeal
    private let sealers: QueueRound

    /// Octets from which on a message is large.
    private static let largeMessage = 65_536

    /// - Parameter sealers: threads for what takes long.
    package init(_ store: any QuarantineStore, seal: MessageSeal, sealers: QueueRound) { self.store = store; self.seal = seal; self.sealers = sealers }

    /// Keeps a message; when this returns, it is durable.
    /// - Parameters:
    ///   - message: its size and state do not count: the size is that of the octets, the state `kept`.
    ///   - octets: the message as it is to be handed out and released later.
    /// - Returns: false where the tenant has, or had, one with that id: it stays what it is.
    /// - Throws: `QuarantineTrouble`, `SealTrouble`, `StoreTrouble`; where it is known that nothing was kept, and where it is not, it may be kept again.
    package func keep(_ message: KeptMessage, octets: [UInt8]) async throws -> Bool {
        let (one, sealed) = try await sealed(message, octets)
        return try await store.keep(one, sealed)
    }

    /// Puts a message in the place of the one that is kept under its id.
    /// - Returns: false where there is none that is `kept`.
    /// - Throws: as ``keep(_:octets:)``.
    package func exchange(_ message: KeptMessage, octets: [UInt8]) async throws -> Bool {
        let (one, sealed) = try await sealed(message, octets)
        return try await store.exchange(one, sealed)
    }

    private func sealed(_ message: KeptMessage, _ octets: [UInt8]) async throws -> (KeptMessage, [UInt8]) {
        let limit = min(store.limits.messageOctets, MessageSeal.octetLimit)
        guard octets.count <= limit else { throw QuarantineTrouble.tooLarge(octets: octets.count, limit: limit) }
        var message = message
        message.size = octets.count
        message.state = .kept
        let one = message
        return (one, try await aside(octets.count) { () throws(SealTrouble) in try seal.seal(octets, of: one) })
    }

    /// A message with its octets, which are nil when it was deleted.
    /// - Parameters:
    ///   - tenant: nil for any.
    ///   - act: `looked`, `fetched`, or `released` where it was before; it is noted before the message is opened, also where it does not open.
    /// - Returns: nil when there is none with that id.
    /// - Throws: `QuarantineTrouble.trailFull`, `SealTrouble`, `StoreTrouble`.
    package func message(_ id: VerdictID, tenant: String?, noting act: QuarantineAct) async throws -> (message: KeptMessage, octets: [UInt8]?)? {
        guard let (message, sealed) = try await store.message(id, tenant: tenant, noting: act) else { return nil }
        return (message, try await opened(sealed, message))
    }

    /// Lets a message that is `kept` out: it is `released`. Of several that release or delete it at the same moment one does it.
    ///
    /// Who releases it sends it on. When that fails, ``message(_:tenant:noting:)`` has it still.
    /// - Parameters:
    ///   - tenant: nil for any.
    ///   - evenInfected: also one that is infected.
    /// - Returns: what became of it, and with `done`, and only then, the octets.
    /// - Throws: `SealTrouble` where it does not open, and `StoreTrouble`; it was not released then, but where it is not known whether it was.
    package func release(_ id: VerdictID, tenant: String?, evenInfected: Bool, noting note: QuarantineNote) async throws -> (answer: QuarantineAnswer, octets: [UInt8]?) {
        // Opened first: what nobody can read is not let out, and whether it is infected is known to be true.
        guard let (message, sealed) = try await store.message(id, tenant: tenant, noting: nil) else { return (.isMissing, nil) }
        if let obstacle = message.obstacleToRelease(evenInfected: evenInfected) { return (obstacle, nil) }
        let octets = try await opened(sealed, message)
        let answer = try await store.release(id, tenant: message.tenant, evenInfected: evenInfected, noting: note)
        if case .done = answer { return (answer, octets) }
        return (answer, nil)
    }

    private func opened(_ sealed: [UInt8]?, _ message: KeptMessage) async throws -> [UInt8]? {
        guard let sealed else { return nil }
        return try await aside(max(sealed.count, message.size)) { () throws(SealTrouble) in try seal.open(sealed, of: message) }
    }

    private func aside(_ octets: Int, _ work: @escaping @Sendable () throws(SealTrouble) -> [UInt8]) async throws -> [UInt8] {
        if octets < Self.largeMessage { return try work() }
        return try await withTaskExecutorPreference(sealers.next) { @concurrent in try work() }
    }
}
