package import DNS
package import Limiting
internal import RateLimits
internal import Synchronization
package import Verdicts

/// Looks at what goes out, beside its way: what it takes down keeps no message waiting, and is noted a moment later.
package final class SenderWatch: Sendable {
    private struct State {
        var observations: [SenderObservation] = []
        var warnings: [LimitWarning] = []
        var contacts = 0
        var dropped = 0, passedOver = 0, noted = 0
        var changes: [Restraint.State: Int] = [:]
    }

    package let store: any WatchStore
    package let rules: WatchRules
    /// Codes of findings that say that a client is known for the use of stolen passwords.
    private let listed: Set<String>
    private let form: NetworkForm
    private let internals: NetworkSet
    private let limits: SendingLimits
    private let state = Mutex(State())

    /// Messages, and recipients of them, that wait to be noted; of more nothing is noted, and the metrics say so.
    private static let most = (messages: 20_000, contacts: 100_000)
    /// Messages that are noted in one step, and their recipients.
    private static let atOnce = (messages: 2000, contacts: 10_000)

    /// - Parameters:
    ///   - limits: what holds to restraints.
    ///   - internals: networks that say nothing of where somebody is.
    package init(_ store: any WatchStore, _ limits: SendingLimits, rules: WatchRules, listed: Set<String>, form: NetworkForm = NetworkForm(), internals: NetworkSet = .privateUse) {
        self.store = store; self.limits = limits; self.rules = rules; self.listed = listed; self.form = form; self.internals = internals
    }

    /// A message that was judged, when its verdict came to stand.
    package struct Judged: Sendable {
        package var envelope: Envelope
        package var action: Action
        package var messageClass: MessageClass
        package var codes: [String]
        package var rateLimit: RateLimitEvidence?
        package var at: Timestamp
        /// Whether it came for the first time.
        package var isFirst: Bool

        package init(envelope: Envelope, action: Action, messageClass: MessageClass, codes: [String], rateLimit: RateLimitEvidence?, at: Timestamp, isFirst: Bool) {
            self.envelope = envelope; self.action = action; self.messageClass = messageClass; self.codes = codes; self.rateLimit = rateLimit; self.at = at; self.isFirst = isFirst
        }
    }

    /// Takes a message down. Waits for nothing.
    package func take(_ judged: Judged) {
        let warnings = (judged.rateLimit?.near ?? []).map { LimitWarning(tenant: judged.envelope.tenant, state: $0, at: judged.at) }, seen = observation(of: judged)
        if warnings.isEmpty && seen == nil { return }
        state.withLock { state in
            let contacts = seen?.contacts.count ?? 0
            guard state.observations.count + state.warnings.count < Self.most.messages, state.contacts + contacts <= Self.most.contacts else { state.dropped += 1; return }
            state.warnings += warnings
            if let seen { state.observations.append(seen) }
            state.contacts += contacts
        }
    }

    private func observation(of judged: Judged) -> SenderObservation? {
        let envelope = judged.envelope
        guard let sender = SenderObservation.sender(SendingParty(envelope)) else { return nil }
        var counts = SenderCounts(), seen = SenderObservation(of: TenantSubject(tenant: envelope.tenant, sender), counts: counts)
        if judged.action == .defer {
            // What comes again is one message still.
            guard judged.isFirst, judged.rateLimit?.result == .exceeded else { return nil }
            counts.putOff = 1
        } else {
            if judged.action == .hold && !judged.isFirst { return nil }
            counts.messages = 1
            if judged.messageClass == .spam { counts.spam = 1 }
            if judged.codes.contains("malware.infected") { counts.malware = 1 }
            if judged.codes.contains(where: listed.contains) { counts.listedClient = 1 }
            if judged.action < .defer && judged.action != .quarantine {
                // Each once, and those that are looked at only: others beside them would hide how many are new.
                seen.contacts = Array(Set(envelope.recipients.prefix(SenderObservation.recipients).map { Contact($0) }))
                counts.recipients = seen.contacts.count
            }
            if envelope.authUser != nil { seen.network = form.network(of: envelope.clientIP, internals: internals) }
        }
        seen.counts = counts
        return seen
    }

    /// Notes what was taken down until now.
    /// - Throws: `StoreTrouble`; what could not be noted is tried again with the next.
    package func note(by deadline: ContinuousClock.Instant) async throws {
        while true {
            let (observations, warnings) = next()
            if observations.isEmpty && warnings.isEmpty { return }
            do {
                let (changed, passedOver) = try await store.note(observations, warnings, rules: rules, by: deadline)
                state.withLock { state in
                    state.noted += observations.count
                    state.passedOver += passedOver
                }
                await follow(changed)
            } catch {
                putBack(observations, warnings)
                throw error
            }
        }
    }

    /// Holds to what signals changed.
    package func follow(_ changed: [Restraint]) async {
        if changed.isEmpty { return }
        state.withLock { state in for each in changed { state.changes[each.state, default: 0] += 1 } }
        await limits.follow(changed)
    }

    private func next() -> ([SenderObservation], [LimitWarning]) {
        state.withLock { state in
            var contacts = 0, count = 0
            for each in state.observations.prefix(Self.atOnce.messages) {
                if count > 0, contacts + each.contacts.count > Self.atOnce.contacts { break }
                contacts += each.contacts.count
                count += 1
            }
            let observations = Array(state.observations.prefix(count)), warnings = Array(state.warnings.prefix(Self.atOnce.messages))
            state.observations.removeFirst(count)
            state.warnings.removeFirst(warnings.count)
            state.contacts -= contacts
            return (observations, warnings)
        }
    }

    private func putBack(_ observations: [SenderObservation], _ warnings: [LimitWarning]) {
        state.withLock { state in
            state.observations = observations + state.observations
            state.warnings = warnings + state.warnings
            state.contacts += observations.reduce(0) { $0 + $1.contacts.count }
        }
    }

    package func families(at time: Timestamp) -> [MetricFamily] {
        let state = state.withLock { $0 }, standing = limits.restraints?.standing(at: time) ?? [:], states: [Restraint.State] = [.throttled, .frozen]
        return [
            MetricFamily("postern_watch_observations_total", .counter, "Messages of senders that are watched.", [
                .init(labels: [("result", "noted")], value: Double(state.noted - state.passedOver)), .init(labels: [("result", "no_place")], value: Double(state.passedOver)), .init(labels: [("result", "dropped")], value: Double(state.dropped)),
            ]),
            MetricFamily("postern_watch_waiting", .gauge, "Messages of them that wait to be noted.", value: Double(state.observations.count)),
            MetricFamily("postern_restraints", .gauge, "Subjects that may send less than their limits say, or nothing.", states.map { .init(labels: [("state", $0.rawValue)], value: Double(standing[$0] ?? 0)) }),
            MetricFamily("postern_restraints_by_signals_total", .counter, "Restraints that this node made for signals.", states.map { .init(labels: [("state", $0.rawValue)], value: Double(state.changes[$0] ?? 0)) }),
        ]
    }
}
