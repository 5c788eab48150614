package import JSON

/// How every list does, for people and for monitoring.
package struct BlockListSnapshot: Decodable, Sendable, Equatable {
    package var zones: [ZoneSnapshot]

    package init(zones: [ZoneSnapshot]) { self.zones = zones }

    private enum CodingKeys: String, CodingKey { case zones }
}

extension BlockListSnapshot: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.zones, zones)
        json.closeObject()
    }
}

/// How one list does.
package struct ZoneSnapshot: Decodable, Sendable, Equatable {
    package var zone: String
    package var effect: ListEffect
    package var state: ZoneState
    /// Why the state is not `working`.
    package var reason: String?
    /// Seconds until the zone is asked again; nil when it is asked.
    package var pausedFor: Int?
    /// Seconds since 1970.
    package var lastRefusal: Int?
    package var lastRefusalReason: String?
    package var lastTrouble: Int?
    package var lastTroubleReason: String?
    package var lastProbe: Int?
    /// Moving average over answers that did not come from our cache.
    package var latencyMilliseconds: Double?
    package var counters: ZoneCounters
    /// What the last probe found strange.
    package var notes: [String]

    init(_ zone: ListZone, _ health: ZoneHealth, at now: ContinuousClock.Instant) {
        self.zone = zone.name
        effect = zone.effect
        state = health.state
        if case .shut(let reason, _) = health.gate(at: now) { self.reason = reason }
        else if case .open(false) = health.gate(at: now) { reason = ZoneGate.silentReason }
        else { reason = health.interruption?.reason }
        pausedFor = health.interruption.flatMap { $0.until > now ? Int((($0.until - now).milliseconds / 1000).rounded(.up)) : nil }
        lastRefusal = health.lastRefusal.map { Int($0.time / 1_000_000) }
        lastRefusalReason = health.lastRefusal?.reason
        lastTrouble = health.lastTrouble.map { Int($0.time / 1_000_000) }
        lastTroubleReason = health.lastTrouble?.reason
        lastProbe = health.lastProbe.map { Int($0 / 1_000_000) }
        latencyMilliseconds = health.latency
        counters = health.counters
        notes = health.notes
    }

    private enum CodingKeys: String, CodingKey {
        case zone, effect, state, reason, pausedFor = "paused_for_seconds", lastRefusal = "last_refusal_unix", lastRefusalReason = "last_refusal_reason"
        case lastTrouble = "last_trouble_unix", lastTroubleReason = "last_trouble_reason", lastProbe = "last_probe_unix"
        case latencyMilliseconds = "latency_ms", counters, notes
    }
}

extension ZoneSnapshot: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.zone, zone)
        json.member(CodingKeys.effect, effect)
        json.member(CodingKeys.state, state)
        json.member(CodingKeys.reason, reason)
        json.member(CodingKeys.pausedFor, pausedFor)
        json.member(CodingKeys.lastRefusal, lastRefusal)
        json.member(CodingKeys.lastRefusalReason, lastRefusalReason)
        json.member(CodingKeys.lastTrouble, lastTrouble)
        json.member(CodingKeys.lastTroubleReason, lastTroubleReason)
        json.member(CodingKeys.lastProbe, lastProbe)
        json.member(CodingKeys.latencyMilliseconds, latencyMilliseconds)
        json.member(CodingKeys.counters, counters)
        json.member(CodingKeys.notes, notes)
        json.closeObject()
    }
}
