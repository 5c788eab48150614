package import JSON

/// What is known of one zone's working: a state machine without a clock of its own.
/// Source: RFC 5782 §5 (test entries).
struct ZoneHealth: Sendable {
    /// What the last probe that got answers showed.
    enum Tested: Sendable { case untested, working, silent, listsEverything }

    /// Why the zone is left alone, and until when.
    struct Interruption: Sendable {
        var isRefusal: Bool
        var until: ContinuousClock.Instant
        var reason: String
    }

    var tested = Tested.untested
    var interruption: Interruption?
    var counters = ZoneCounters()
    var notes: [String] = []
    var latency: Double?
    var lastRefusal: (time: Int64, reason: String)?
    var lastTrouble: (time: Int64, reason: String)?
    var lastProbe: Int64?
    private var refusalsInARow = 0
    private var troublesInARow = 0

    /// No refusal and no trouble has been noted since the last good answer.
    var isUntroubled: Bool { refusalsInARow == 0 && troublesInARow == 0 }

    func gate(at now: ContinuousClock.Instant) -> ZoneGate {
        if let interruption, now < interruption.until { return .shut(reason: interruption.reason, passing: !interruption.isRefusal) }
        switch tested {
        case .listsEverything: return .shut(reason: "the list lists everything, even what it must not", passing: false)
        case .silent: return .open(believesAbsence: false)
        case .untested, .working: return .openAndBelieved
        }
    }

    var state: ZoneState {
        if let interruption { return interruption.isRefusal ? .refused : .unreachable }
        switch tested {
        case .untested: return .untested
        case .working: return .working
        case .silent: return .silent
        case .listsEverything: return .listsEverything
        }
    }

    /// Leaves the zone alone; refusals that were under way when the first came in count as one.
    mutating func refused(_ reason: String, at now: ContinuousClock.Instant, time: Int64, limits: ListLimits) {
        lastRefusal = (time, reason)
        if let interruption, interruption.isRefusal, now < interruption.until { return }
        var length = limits.pause
        for _ in 0..<min(refusalsInARow, 30) where length < limits.longestPause { length = length * 2 }
        refusalsInARow = min(refusalsInARow + 1, 30)
        interruption = Interruption(isRefusal: true, until: now + min(length, limits.longestPause), reason: "the list refused: \(reason)")
    }

    mutating func troubled(_ reason: String, times: Int, at now: ContinuousClock.Instant, time: Int64, limits: ListLimits) {
        lastTrouble = (time, reason)
        troublesInARow = min(troublesInARow &+ times, 1_000_000)
        if let interruption, now < interruption.until { return }
        guard troublesInARow >= max(limits.troubles, 1) else { return }
        interruption = Interruption(isRefusal: false, until: now + limits.troublePause, reason: "the list does not answer: \(reason)")
    }

    /// A fresh answer ends an interruption whose time is over; then the next refusal starts at the shortest pause again.
    mutating func answered(at now: ContinuousClock.Instant) {
        troublesInARow = 0
        guard let interruption else { refusalsInARow = 0; return }
        if interruption.isRefusal, now < interruption.until { return }
        self.interruption = nil
        if interruption.isRefusal { tested = .untested }
        refusalsInARow = 0
    }

    mutating func took(_ milliseconds: Double) {
        latency = latency.map { $0 + (milliseconds - $0) / 16 } ?? milliseconds
    }
}

/// How a zone does, in one word.
package enum ZoneState: String, Decodable, JSONWritable, Sendable, Hashable {
    /// Not probed yet, or the zone has no test entry.
    case untested
    case working
    /// It refused to answer us.
    case refused
    /// Its test entry is not listed: what it does not list is not believed.
    case silent
    /// It lists what must never be listed: nothing of it is believed.
    case listsEverything = "lists_everything"
    case unreachable
}

/// What came of the questions to one zone since the start.
package struct ZoneCounters: Decodable, Sendable, Equatable {
    package var asked = 0, fromCache = 0, listed = 0, notListed = 0, refused = 0, trouble = 0, unrecognised = 0
    /// Questions that were not asked because the zone is left alone.
    package var notAsked = 0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case asked, fromCache = "from_cache", listed, notListed = "not_listed", refused, trouble, unrecognised, notAsked = "not_asked"
    }
}

extension ZoneCounters: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.asked, asked)
        json.member(CodingKeys.fromCache, fromCache)
        json.member(CodingKeys.listed, listed)
        json.member(CodingKeys.notListed, notListed)
        json.member(CodingKeys.refused, refused)
        json.member(CodingKeys.trouble, trouble)
        json.member(CodingKeys.unrecognised, unrecognised)
        json.member(CodingKeys.notAsked, notAsked)
        json.closeObject()
    }
}
