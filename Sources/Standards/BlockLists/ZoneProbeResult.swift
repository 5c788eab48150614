internal import DNS

/// What the test entries of a zone showed.
/// Source: RFC 5782 §5.
struct ZoneProbeResult: Sendable {
    var refusal: String?
    /// A name that must not be listed was answered with any record.
    var listsEverything = false
    /// A required test entry is not listed.
    var isSilent = false
    /// A test entry is listed.
    var hasListed = false
    var trouble: String?
    var notes: [String] = []

    static func ask(_ zone: ListZone, _ resolver: any Resolver, by deadline: ContinuousClock.Instant) async -> ZoneProbeResult {
        var result = ZoneProbeResult()
        await withTaskGroup(of: (Int, DNSAnswer).self) { group in
            for (place, probe) in zone.probes.prefix(16).enumerated() {
                guard let name = zone.question(probe.name) else { continue }
                group.addTask { (place, await resolver.answer(name, .a, by: deadline)) }
            }
            var answers: [(Int, DNSAnswer)] = []
            for await answer in group { answers.append(answer) }
            for (place, answer) in answers.sorted(by: { $0.0 < $1.0 }) { result.add(zone.probes[place], zone.read(answer), zone) }
        }
        return result
    }

    private mutating func add(_ probe: ZoneProbe, _ reading: ZoneReading, _ zone: ListZone) {
        switch reading {
        case .refused(let reason, _): refusal = refusal ?? reason
        case .trouble(let trouble):
            if probe.isRequired { self.trouble = self.trouble ?? zone.shown(trouble) }
        case .listed: found(probe, hasRecords: true, isLoopback: true)
        case .notListed(let strange):
            found(probe, hasRecords: !strange.isEmpty, isLoopback: strange.contains { if case .v4(let number) = $0 { number >> 24 == 127 } else { false } })
        }
    }

    private mutating func found(_ probe: ZoneProbe, hasRecords: Bool, isLoopback: Bool) {
        if !probe.isListed {
            if hasRecords { listsEverything = true; notes.append("\(probe.name) is listed and must not be") }
        } else if isLoopback {
            hasListed = true
        } else {
            if probe.isRequired { isSilent = true }
            notes.append("the test entry \(probe.name) is not listed")
        }
    }

    func apply(to zone: inout ZoneHealth, at now: ContinuousClock.Instant, time: Int64, limits: ListLimits) {
        zone.notes = notes
        if let refusal { zone.refused(refusal, at: now, time: time, limits: limits); return }
        if listsEverything { zone.answered(at: now); zone.tested = .listsEverything; return }
        // A test entry that is listed shows a zone that answers, whatever became of the other questions.
        if let trouble, !hasListed { zone.troubled(trouble, times: max(limits.troubles, 1), at: now, time: time, limits: limits); return }
        zone.answered(at: now)
        zone.tested = isSilent ? .silent : hasListed ? .working : .untested
    }
}
