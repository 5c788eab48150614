/// What happens to a signing key.
package enum KeyEvent: Sendable, Hashable {
    /// The DNS was asked for its record.
    case sighted(RecordSighting)
    /// A younger key of the same kind signs for the domain.
    case superseded
    /// Time passed.
    /// - Parameter isNeeded: no younger key of the same kind can sign at the moment.
    case waited(isNeeded: Bool)
    /// Somebody takes it out of use at once.
    case withdrawn
}

extension SigningKey {
    /// The key after an event: defined for every state and every event, and a function of nothing else.
    package func after(_ event: KeyEvent, at now: Int, schedule: KeySchedule) -> SigningKey {
        if state == .retired { return self }
        var key = self
        switch event {
        case .sighted(let sighting): key.see(sighting, at: now, schedule)
        case .superseded: key.giveWay(at: now)
        case .waited(let isNeeded):
            if state == .retiring, !isNeeded, now >= (retiringAt ?? now) &+ schedule.overlap { key.retire(at: now) }
        case .withdrawn: key.retire(at: now)
        }
        key.nextCheckAt = schedule.nextCheck(of: key, at: now)
        return key
    }

    private mutating func see(_ sighting: RecordSighting, at now: Int, _ schedule: KeySchedule) {
        // Who could not know does not take back what two looks confirmed.
        if case .trouble = sighting, isBroken(schedule) { return }
        check = Check(at: now, sighting: sighting)
        switch state {
        case .pending:
            if sighting == .matches { state = .published; publishedAt = now }
        case .published:
            if sighting.isFault { state = .pending; publishedAt = nil }
        case .active, .retiring:
            if sighting == .matches { faultSince = nil } else if sighting.isFault { faultSince = faultSince ?? now }
        case .retired: break
        }
        if state == .published, sighting == .matches, now >= (publishedAt ?? now) &+ schedule.settle { state = .active; activatedAt = now }
    }

    private mutating func giveWay(at now: Int) {
        switch state {
        // Its record was never seen, so nothing was signed with it.
        case .pending: retire(at: now)
        case .published, .active: state = .retiring; retiringAt = now
        case .retiring, .retired: break
        }
    }

    private mutating func retire(at now: Int) {
        state = .retired
        retiredAt = now
        faultSince = nil
    }
}
