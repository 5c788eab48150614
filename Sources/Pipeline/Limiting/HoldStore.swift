package import RateLimits
package import Verdicts

/// The port to messages that wait for limits on sending. They come there through ``AllowanceStore/count(_:by:)``, which holds them in the same step in which they are not counted. Time is the store's own.
package protocol HoldStore: Sendable {
    /// Notes that an agent asks, and tells what is due at its server: messages that were granted and that no agent confirmed in time, which are lent to this one, and those that wait and whose time has come.
    /// - Parameters:
    ///   - lease: how long the agent has them in hand: milliseconds.
    ///   - limit: of each at most, 1…1000.
    /// - Throws: `StoreTrouble`.
    func due(at agent: HoldAgent, lease: Int, limit: Int, by deadline: ContinuousClock.Instant) async throws -> DueHolds

    /// Counts those of some waiting messages for which there is room, and lends them to an agent; the others wait until there is.
    /// - Parameter holds: of any tenants, with the limits that hold for each, in the order in which they shall go; at most 1000.
    /// - Returns: those that go now.
    func grant(_ holds: [(hold: Hold, subjects: [LimitedSubject])], lease: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold]

    /// Puts messages that wait off, whatever room there is for them.
    /// - Parameter milliseconds: from now on.
    func postpone(_ holds: [Hold], for milliseconds: Int, by deadline: ContinuousClock.Instant) async throws

    /// Notes what came of a message that was to be released. One that waits still was let go by somebody else, and is not counted.
    /// - Returns: the message as it is now, also where that was noted before; nil where there is none.
    func end(_ id: VerdictID, tenant: String?, _ outcome: Hold.Outcome, by deadline: ContinuousClock.Instant) async throws -> Hold?

    /// Lets a message wait no longer; it is not released from here.
    /// - Returns: the message as it is now; nil where there is none. One that is granted or released stays so.
    func cancel(_ id: VerdictID, tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Hold?

    /// - Parameter tenant: nil for any.
    func hold(_ id: VerdictID, tenant: String?, by deadline: ContinuousClock.Instant) async throws -> Hold?

    /// A page of messages, the one that came last first.
    /// - Parameters:
    ///   - before: the ``Hold/place`` of the last of the page before.
    ///   - limit: 1…1000.
    func holds(matching filter: HoldFilter, before: Int?, limit: Int, by deadline: ContinuousClock.Instant) async throws -> [Hold]

    /// Tenants whose messages are to be put in order anew, each told to one node only: those where somebody came between, and from time to time all that have any.
    func disordered(by deadline: ContinuousClock.Instant) async throws -> [String]

    /// Puts the messages of a tenant in order at the next occasion: something else holds for its subjects.
    func disorder(_ tenant: String, by deadline: ContinuousClock.Instant) async throws

    func line(of tenant: String, by deadline: ContinuousClock.Instant) async throws -> HoldLine

    /// Puts the messages of a tenant in order. Where a line became longer meanwhile, its end stays as it is, and the tenant is disordered still.
    func order(_ tenant: String, _ order: HoldOrder, by deadline: ContinuousClock.Instant) async throws

    /// What waits, and since when something is due that nobody fetched.
    func usage(by deadline: ContinuousClock.Instant) async throws -> HoldUsage

    /// Removes messages that ended more than seven days ago.
    func removeEnded(by deadline: ContinuousClock.Instant) async throws -> Int
}

/// What is due at a server.
package struct DueHolds: Sendable {
    /// Granted before, and lent to this agent now.
    package let lent: [Hold]
    /// Waiting, and due; not granted yet.
    package let due: [Hold]
    /// Milliseconds until the next is due that is in neither, as far as is known; nil where nothing waits.
    package let next: Int?

    package init(lent: [Hold], due: [Hold], next: Int?) { self.lent = lent; self.due = due; self.next = next }
}

/// What waits on all servers together.
package struct HoldUsage: Sendable, Equatable {
    package let waiting: Int
    package let granted: Int
    /// How late the one is that is due for longest: milliseconds.
    package let lateness: Int

    package init(waiting: Int, granted: Int, lateness: Int) { self.waiting = waiting; self.granted = granted; self.lateness = lateness }
}
