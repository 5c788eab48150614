/// When a key goes from state to state, and how often its record is looked for. All times are in seconds.
package struct KeySchedule: Sendable, Equatable {
    /// For how long a record must have been seen before its key signs: other resolvers may still remember that there was none.
    package var settle = 600
    /// For how long the record of a key that no longer signs is still needed: mail waits in queues for five days (RFC 5321 §4.5.4.1),
    /// and is verified after that by whoever gets it.
    package var overlap = 7 * 86_400
    /// For how long a record must be seen to be wrong before its key stops signing: a name server that loads its zone anew is no reason.
    package var confirm = 60
    /// After how long an active key gets a successor; nil for never, since a record in somebody else's zone takes somebody to publish it.
    package var rotateEvery: Int?
    /// Between two looks at a record that is as it should be.
    package var checkEvery = 900
    /// Between two looks at a record that is waited for, or is wrong: for the first hour, for two days, and then.
    package var waitEvery = (first: 60, then: 600, last: 3600)

    package init() {}

    package static func == (one: KeySchedule, other: KeySchedule) -> Bool {
        one.settle == other.settle && one.overlap == other.overlap && one.confirm == other.confirm && one.rotateEvery == other.rotateEvery
            && one.checkEvery == other.checkEvery && one.waitEvery == other.waitEvery
    }

    /// When the record of a key is looked for next.
    /// - Returns: nil where nobody needs to know any more.
    func nextCheck(of key: SigningKey, at now: Int) -> Int? {
        switch key.state {
        case .retired: return nil
        case .pending: return now &+ pause(since: key.createdAt, at: now)
        case .published: return min(max((key.publishedAt ?? now) &+ settle, now &+ 1), now &+ waitEvery.first)
        case .active, .retiring:
            if let since = key.faultSince { return now &+ (key.isBroken(self) ? pause(since: since, at: now) : max(1, min(confirm, waitEvery.first))) }
            if case .trouble? = key.check?.sighting { return now &+ waitEvery.first }
            let end = key.state == .retiring ? key.retiringAt.map { $0 &+ overlap } : nil
            return min(now &+ checkEvery, max(end ?? .max, now &+ 1))
        }
    }

    private func pause(since start: Int, at now: Int) -> Int {
        let waited = now &- start
        return waited < 3600 ? waitEvery.first : waited < 2 * 86_400 ? waitEvery.then : waitEvery.last
    }
}
