package import DNS

/// Asks every list about everything that a message gives to ask about, at once and within one deadline.
/// Source: RFC 5782 §2.
package struct BlockListChecker: Sendable {
    private let resolver: any Resolver
    private let health: BlockListHealth
    private let local: LocalLists
    private let limits: ListLimits

    /// - Parameter health: knows the zones, and which of them can be asked.
    package init(resolver: any Resolver, health: BlockListHealth, local: LocalLists, limits: ListLimits = ListLimits()) {
        self.resolver = resolver
        self.health = health
        self.local = local
        self.limits = limits
    }

    /// - Parameters:
    ///   - tenant: whose local entries count beside those for everyone.
    ///   - now: microseconds since 1970, for entries that expire.
    package func check(_ given: ListSubjects, tenant: String?, at now: Int64, by deadline: ContinuousClock.Instant) async -> BlockListOutcome {
        var outcome = BlockListOutcome()
        outcome.local = local.matches(given, tenant: tenant, at: now, limits: limits)
        guard !health.zones.isEmpty else { return outcome }
        let plan = SubjectPlan(given, limits: limits)
        outcome.leftOut = plan.leftOut
        guard !plan.subjects.isEmpty else { return outcome }
        let gates = health.gates()
        var observed = ZoneObservations(zones: health.zones.count)
        var round = questions(plan.subjects, gates: gates, into: &outcome, observed: &observed)
        outcome.asked = round.questions.count
        if !round.open.isEmpty { await ask(&round, by: deadline, observed: &observed) }
        for (place, question) in round.questions.enumerated() {
            guard let answer = round.answers[place] else { continue }
            settle(question, plan.subjects[question.subject], answer, gate: gates[question.zone], into: &outcome, observed: &observed)
        }
        health.record(observed)
        return outcome
    }

    /// Whether the local list says this of the domain, to the tenant or to everyone.
    /// - Parameter now: microseconds since 1970.
    package func says(_ effect: LocalEffect, of domain: DomainName, tenant: String, at now: Int64) -> Bool { local.says(effect, of: domain, tenant: tenant, at: now) }

    /// The domains of which the local list says this to the tenant or to everyone, at most so many.
    /// - Parameter now: microseconds since 1970.
    package func domains(_ effect: LocalEffect, tenant: String, at now: Int64, most: Int) -> [DomainName] { local.domains(effect, tenant: tenant, at: now, most: most) }

    /// The entry of the local list that keeps out files whose names end so; nil where none does.
    /// - Parameters:
    ///   - ending: in lower case without its dot.
    ///   - now: microseconds since 1970.
    package func ban(ofFiles ending: String, tenant: String, at now: Int64) -> LocalEntry? { local.ban(ofFiles: ending, tenant: tenant, at: now) }

    // MARK: - Which questions

    private struct Question: Sendable {
        let zone: Int
        let subject: Int
        let name: DomainName
    }

    private struct Round {
        var questions: [Question] = []
        var answers: [DNSAnswer?] = []
        /// The questions that no cache could answer.
        var open: [Int] = []
    }

    /// Takes at once what a cache has: for most messages that is nearly all, and costs no task.
    private func questions(_ subjects: [ListSubject], gates: [ZoneGate], into outcome: inout BlockListOutcome, observed: inout ZoneObservations) -> Round {
        var round = Round()
        round.questions.reserveCapacity(min(subjects.count * gates.count, limits.questions))
        round.answers.reserveCapacity(min(subjects.count * gates.count, limits.questions))
        for (zoneIndex, zone) in health.zones.enumerated() {
            var seen: Set<String> = []
            for (place, subject) in subjects.enumerated() where !zone.asks.isDisjoint(with: subject.kinds) {
                guard zone.takes(subject.value) else { continue }
                if case .shut(let reason, let passing) = gates[zoneIndex] {
                    outcome.unknown.append(unknown(zone, subject, subject.text, reason, passing: passing))
                    observed[zoneIndex].notAsked += 1
                    continue
                }
                zone.eachQuestion(subject, seen: &seen) { name in
                    guard round.questions.count < limits.questions else { outcome.leftOut += 1; return }
                    let cached = resolver.cachedAnswer(name, .a)
                    if cached == nil { round.open.append(round.questions.count) } else { observed[zoneIndex].cached += 1 }
                    round.questions.append(Question(zone: zoneIndex, subject: place, name: name))
                    round.answers.append(cached)
                }
            }
        }
        return round
    }

    private func ask(_ round: inout Round, by deadline: ContinuousClock.Instant, observed: inout ZoneObservations) async {
        let clock = health.clock
        if round.open.count == 1, let place = round.open.first {
            let start = clock.instant()
            round.answers[place] = await resolver.answer(round.questions[place].name, .a, by: deadline)
            observed[round.questions[place].zone].took(clock.instant() - start)
            return
        }
        await withTaskGroup(of: (Int, DNSAnswer, Duration).self) { group in
            for place in round.open {
                let name = round.questions[place].name
                group.addTask { [resolver] in
                    let start = clock.instant()
                    let answer = await resolver.answer(name, .a, by: deadline)
                    return (place, answer, clock.instant() - start)
                }
            }
            for await (place, answer, duration) in group {
                round.answers[place] = answer
                observed[round.questions[place].zone].took(duration)
            }
        }
    }

    // MARK: - What the answers mean

    private func settle(_ question: Question, _ subject: ListSubject, _ answer: DNSAnswer, gate: ZoneGate,
                        into outcome: inout BlockListOutcome, observed: inout ZoneObservations) {
        let zone = health.zones[question.zone]
        switch zone.read(answer) {
        case .notListed(let strange):
            observed[question.zone].notListed += 1
            note(strange, zone, subject, question, into: &outcome, observed: &observed)
            // What a list without its own test entry does not list may be listed all the same.
            if case .open(false) = gate { outcome.unknown.append(unknown(zone, subject, zone.subject(subject, asked: question.name), ZoneGate.silentReason, passing: false)) }
        case .listed(let found, let strange):
            observed[question.zone].listed += 1
            note(strange, zone, subject, question, into: &outcome, observed: &observed)
            for (rule, answer) in found { add(zone, subject, zone.subject(subject, asked: question.name), zone.listings[rule], answer, into: &outcome) }
        case .refused(let reason, let pauses):
            observed[question.zone].refused += 1
            if pauses { observed[question.zone].refusal = reason }
            outcome.unknown.append(unknown(zone, subject, zone.subject(subject, asked: question.name), "the list refused: \(reason)", passing: false))
        case .trouble(let trouble):
            observed[question.zone].trouble += 1
            observed[question.zone].lastTrouble = zone.shown(trouble)
            outcome.unknown.append(unknown(zone, subject, zone.subject(subject, asked: question.name), zone.shown(trouble), passing: true))
        }
    }

    private func add(_ zone: ListZone, _ subject: ListSubject, _ text: String, _ rule: ListingRule, _ answer: IPAddress, into outcome: inout BlockListOutcome) {
        let kinds = subject.kinds.intersection(zone.asks)
        guard let kind = kinds.intersection(rule.counts).kinds.first else {
            if let kind = kinds.kinds.first { outcome.notCounted.append(DisregardedAnswer(zone: zone.name, subject: text, kind: kind, answer: answer)) }
            return
        }
        outcome.listings.append(BlockListing(zone: zone.name, effect: zone.effect, subject: text, kind: kind,
                                             alsoAs: Array(kinds.intersection(rule.counts).kinds.dropFirst()), code: rule.code, meaning: rule.meaning, answer: answer))
    }

    private func note(_ strange: [IPAddress], _ zone: ListZone, _ subject: ListSubject, _ question: Question,
                      into outcome: inout BlockListOutcome, observed: inout ZoneObservations) {
        guard !strange.isEmpty, let kind = subject.kinds.intersection(zone.asks).kinds.first else { return }
        observed[question.zone].unrecognised += strange.count
        for answer in strange {
            outcome.unrecognised.append(DisregardedAnswer(zone: zone.name, subject: zone.subject(subject, asked: question.name), kind: kind, answer: answer))
        }
    }

    private func unknown(_ zone: ListZone, _ subject: ListSubject, _ text: String, _ reason: String, passing: Bool) -> UnknownListing {
        UnknownListing(zone: zone.name, subject: text, kind: subject.kinds.intersection(zone.asks).kinds.first ?? .client, reason: reason, passing: passing, couldBe: zone.codes)
    }
}
