package import JSON
internal import RateLimits
package import Verdicts

/// That a subject may send less than its limits say, or nothing, until somebody undoes it or its time is over.
package struct Restraint: Sendable, Equatable {
    package enum State: String, Sendable, Codable, CaseIterable, JSONWritable {
        /// It may send as much as it likes within its limits: a restraint that was undone.
        case lifted
        /// It has the settings' limits for throttled ones beside its own.
        case throttled
        /// Nothing of it goes.
        case frozen
    }

    /// Who said so.
    package enum Origin: String, Sendable, Codable, CaseIterable, JSONWritable {
        /// Signals of somebody else at work.
        case signals
        /// An operator or a panel.
        case hand
    }

    package let of: TenantSubject
    package var state: State
    package var origin: Origin
    package var since: Timestamp
    /// When it ends by itself; nil: not before somebody undoes it.
    package var until: Timestamp?
    /// At most ``longestReason`` octets.
    package var reason: String?
    /// What it was for.
    package var signals: [SignalMeasure]
    /// Until then signals restrain it in no way.
    package var trustedUntil: Timestamp?
    /// When signals throttled it last; nil where that was undone.
    package var throttledAt: Timestamp?
    /// By the store's clock.
    package var changedAt: Timestamp

    package static let longestReason = 1024

    package init(of: TenantSubject, _ state: State, _ origin: Origin, since: Timestamp, until: Timestamp? = nil, reason: String? = nil, signals: [SignalMeasure] = [], trustedUntil: Timestamp? = nil, throttledAt: Timestamp? = nil, changedAt: Timestamp) {
        self.of = of; self.state = state; self.origin = origin; self.since = since; self.until = until; self.reason = reason; self.signals = signals
        self.trustedUntil = trustedUntil; self.throttledAt = throttledAt; self.changedAt = changedAt
    }

    /// What holds at a moment: `lifted` where nothing does.
    package func state(at time: Timestamp) -> State {
        if let until, until <= time { return .lifted }
        return state
    }
}

/// How often something was seen of a subject, beside what is too often.
package struct SignalMeasure: Sendable, Equatable {
    /// As the settings name it: `new_recipients`.
    package let signal: String
    package let count: Int
    /// Of how many; nil where no share is looked at.
    package let of: Int?
    /// In which time, as ``LimitWindow`` is written.
    package let per: String
    /// Whether that is too often.
    package let isMet: Bool
    /// What it adds where it is.
    package let weight: Int

    package init(signal: String, count: Int, of: Int?, per: String, isMet: Bool, weight: Int) { self.signal = signal; self.count = count; self.of = of; self.per = per; self.isMet = isMet; self.weight = weight }

    private enum CodingKeys: String, CodingKey { case signal, count, of, per, isMet = "met", weight }
}

extension SignalMeasure: JSONWritable, Decodable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.signal, signal)
        json.member(CodingKeys.count, count)
        json.member(CodingKeys.of, of)
        json.member(CodingKeys.per, per)
        json.member(CodingKeys.isMet, isMet)
        json.member(CodingKeys.weight, weight)
        json.closeObject()
    }
}

extension Restraint: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.key("tenant"); json.string(of.tenant)
        json.key("scope"); json.string(of.subject.scope.rawValue)
        json.key("subject"); json.string(of.subject.name)
        writeMembers(to: &json)
        json.closeObject()
    }

    /// All but whose it is.
    package func writeMembers(to json: inout JSONWriter) {
        json.key("state"); json.string(state.rawValue)
        json.key("origin"); json.string(origin.rawValue)
        json.key("since"); json.string(since.description)
        if let until { json.key("until"); json.string(until.description) }
        if let reason { json.key("reason"); json.string(reason) }
        json.key("signals")
        json.openArray()
        for each in signals { each.write(to: &json) }
        json.closeArray()
        if let trustedUntil { json.key("trusted_until"); json.string(trustedUntil.description) }
    }
}

extension Restraint {
    /// As a verdict tells of it.
    var evidence: RateLimitEvidence.Restraint { RateLimitEvidence.Restraint(of.subject, state: state.rawValue, since: since, until: until, reason: reason) }
}
