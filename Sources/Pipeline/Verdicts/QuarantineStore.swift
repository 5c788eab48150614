/// The port to where messages in quarantine are kept. It sees their octets only as ``MessageSeal`` made them.
///
/// What is done with a message, and the entry of its trail that says so, are durable together or not at all. A message that has expired is there until it
/// is removed. Every call throws `StoreTrouble` where the store cannot be reached; then nothing was done, or it is not known whether it was: each may be called again.
package protocol QuarantineStore: Sendable {
    /// Its limits, the same for every tenant.
    var limits: QuarantineLimits { get }

    /// Keeps a message; when this returns, it is durable.
    ///
    /// The limits of its tenant are never passed, not by callers at the same moment on several nodes together either.
    /// - Parameters:
    ///   - message: its state does not count: it is `kept`.
    ///   - sealed: its octets, at least one.
    /// - Returns: false where the tenant has, or had, one with that id: it stays what it is, and nothing of this one is kept.
    /// - Throws: `QuarantineTrouble.tooManyMessages` and `.tooManyOctets`; `StoreTrouble.refused` for a tenant's name that is empty, has more than 255 octets or a NUL,
    ///   for a digest that has not 32 octets and for nothing sealed.
    func keep(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool

    /// Puts a message in the place of the one that is `kept` under its id and tenant, in one step, also where somebody looked at that: one that was kept without it
    /// being known what is known now. Its limits are not asked again.
    /// - Returns: false where there is none in that state; nothing is changed then.
    func exchange(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool

    /// Takes back a message that was kept for a verdict that does not stand: nothing of it is left, its id is free again. One that somebody touched stays.
    /// - Returns: whether there was such a message.
    func withdraw(_ id: VerdictID, tenant: String) async throws -> Bool

    /// A page of messages, those of the newest verdicts first. That somebody looks at a list is not noted.
    /// - Parameters:
    ///   - before: only messages with lower ids: the last id of the page before.
    ///   - limit: 1…1000.
    func messages(matching filter: QuarantineFilter, before: VerdictID?, limit: Int) async throws -> [KeptMessage]

    /// A message as a list shows it; nil when there is none with that id. That is not noted.
    /// - Parameter tenant: nil for any.
    func row(_ id: VerdictID, tenant: String?) async throws -> KeptMessage?

    /// A message with its octets, which are nil when it was deleted.
    /// - Parameters:
    ///   - tenant: nil for any.
    ///   - act: `looked`, `fetched`, or `released` where it was before, as it is noted; nil only where nobody gets to see anything of it.
    /// - Returns: nil when there is none with that id; then nothing is noted.
    /// - Throws: `QuarantineTrouble.trailFull`.
    func message(_ id: VerdictID, tenant: String?, noting act: QuarantineAct?) async throws -> (message: KeptMessage, sealed: [UInt8]?)?

    /// Lets a message that is `kept` out: it is `released`. Of several that release or delete it at the same moment one does it, and the others hear what it is now.
    /// - Parameters:
    ///   - tenant: nil for any.
    ///   - evenInfected: also one that is infected.
    func release(_ id: VerdictID, tenant: String?, evenInfected: Bool, noting note: QuarantineNote) async throws -> QuarantineAnswer

    /// Deletes a message: its octets are out of reach at once, and out of the files of the store as that tidies up; the row and the trail stay until it expires.
    /// - Parameters:
    ///   - tenant: nil for any.
    ///   - state: that in which the caller saw it, `kept` or `released`: what somebody else released meanwhile is not deleted by mistake.
    func delete(_ id: VerdictID, tenant: String?, seenAs state: KeptMessage.State, noting note: QuarantineNote) async throws -> QuarantineAnswer

    /// The trail of a message, the newest entry first, at most ``QuarantineLimits/actsShown``; empty when there is no such message, or nobody touched it.
    func acts(of id: VerdictID, tenant: String?) async throws -> [QuarantineAct]

    /// Removes messages that expired before a moment, with their rows and trails, portion by portion; of several callers at the same moment each removes others.
    /// - Returns: how many.
    func remove(expiredBefore moment: Timestamp) async throws -> Int

    /// What a tenant has, zeroes where it has nothing.
    func usage(tenant: String) async throws -> QuarantineUsage
}

/// What became of the wish to release or to delete a message.
package enum QuarantineAnswer: Sendable, Equatable {
    /// This call did it; the message as it is now.
    case done(KeptMessage)
    /// It is in another state than it must be: somebody was quicker. Nothing was changed or noted.
    case isNow(KeptMessage.State)
    /// It is infected, and may not be let out like others. Nothing was changed or noted.
    case isInfected
    /// There is none with that id.
    case isMissing
}

extension KeptMessage {
    /// Why it cannot be released now; nil where it can.
    package func obstacleToRelease(evenInfected: Bool) -> QuarantineAnswer? {
        if state != .kept { return .isNow(state) }
        return isInfected && !evenInfected ? .isInfected : nil
    }

    /// Why it cannot be deleted now; nil where it can.
    package func obstacleToDelete(seenAs seen: State) -> QuarantineAnswer? { state == .deleted || state != seen ? .isNow(state) : nil }

    /// - Throws: `StoreTrouble.refused` for what no store keeps.
    package func checkFitness(_ sealed: [UInt8]) throws {
        guard !tenant.isEmpty, tenant.utf8.count <= 255, !tenant.utf8.contains(0) else { throw StoreTrouble.refused("the tenant's name is empty, has more than 255 octets or a NUL") }
        guard digest.count == 32 else { throw StoreTrouble.refused("the digest has not 32 octets") }
        guard !sealed.isEmpty else { throw StoreTrouble.refused("nothing is sealed") }
    }
}
