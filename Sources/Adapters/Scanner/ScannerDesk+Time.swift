internal import Glibc
internal import Malware
internal import Processes

/// What happens because time passes.
extension ScannerDesk {
    /// Ends what takes too long.
    mutating func tick(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        for job in line.takeLate(now) { effects.tell(job.answer, Self.late(job)) }
        for (socket, child) in children where child.overdue.map({ $0 <= now }) == true { remove(socket, "", now, &effects) }
        lookAtScanners(now, &effects)
        lookAtMasters(now, &effects)
        if let at = recallAt, at <= now { recall(now, &effects) }
        if let since = unservedSince {
            let patience = settings.limits.unserved
            for job in line.take(where: { max($0.since, since) + patience <= now }) { effects.tell(job.answer, .notScanned(trouble ?? "no scanner serves")) }
        }
        for (number, master) in masters where master.awaited.map({ $0 <= now }) == true {
            removeMaster(number, master.signatures == nil ? "the signatures take too long to load" : "no scanner begins to serve", now, &effects)
        }
        leaving.removeAll { $0.process.status != nil }
        for each in leaving where each.by <= now { each.process.signal(SIGKILL) }
    }

    /// When something is due if nothing comes; never earlier than what the thread sleeps for anyway, so that it is seldom woken for nothing.
    func nextDue(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        var due = now + .seconds(60)
        for child in children.values { if let overdue = child.overdue, let look = child.lookAt { due = min(due, overdue, look) } }
        for master in masters.values { if let awaited = master.awaited { due = min(due, awaited) } }
        for each in leaving { due = min(due, max(each.by, now + .seconds(1))) }
        if let startAt { due = min(due, startAt) }
        if isMasterDoubtful { due = min(due, mastersSeen + settings.limits.signOfLife) }
        if let recallAt { due = min(due, recallAt) }
        if let since = unservedSince, let next = line.least({ max($0.since, since) + settings.limits.unserved }) { due = min(due, next) }
        if let deadline = line.nextDeadline { due = min(due, deadline) }
        return due
    }

    /// Answers everything and lets everybody go.
    /// - Returns: the programs that are about to end.
    mutating func stop(_ now: ContinuousClock.Instant, _ effects: inout Effects) -> [ChildProcess] {
        isStopping = true
        startAt = nil
        serving = 0
        free.removeAll()
        let programs = masters.values.map(\.program.process) + leaving.map(\.process)
        masters.removeAll()
        for socket in Array(children.keys) { remove(socket, "stopped", now, &effects) }
        while let job = line.takeFirst() { effects.tell(job.answer, .notScanned("the scanner is being stopped")) }
        version += 1
        return programs
    }

    // MARK: - Signs of life

    /// Ends scanners that have a message and do nothing: who is stopped, or sleeps and has not computed since the last look. A scan never waits for anything but a disk.
    private mutating func lookAtScanners(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        var idle: [(socket: Int32, how: String)] = []
        let next = now + settings.limits.signOfLife
        for (socket, child) in children where child.lookAt.map({ $0 <= now }) == true {
            let glance = ProcessGlance(child.process)
            if glance?.isStopped == true { idle.append((socket, Self.stopped)) }
            else if let glance, glance.isAsleep, glance == child.glance { idle.append((socket, "a scanner that fell asleep")) }
            children[socket]?.glance = glance
            children[socket]?.lookAt = next
        }
        // Whoever stopped one may have stopped others, and no message shall find that out one by one.
        if idle.contains(where: { $0.how == Self.stopped }) {
            for (socket, child) in children where !idle.contains(where: { $0.socket == socket }) && ProcessGlance(child.process)?.isStopped == true { idle.append((socket, Self.stopped)) }
        }
        free.removeAll { socket in idle.contains { $0.socket == socket } }
        for each in idle { remove(each.socket, each.how, now, &effects) }
    }

    private static let stopped = "a scanner that was stopped"

    /// Whether somebody is awaited whom only a master can bring.
    private var isMasterDoubtful: Bool {
        masters.values.contains { $0.awaited != nil } || (serving != 0 && children.values.count { $0.generation == serving } < min(64, settings.children))
    }

    private mutating func lookAtMasters(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        guard isMasterDoubtful, mastersSeen + settings.limits.signOfLife <= now else { return }
        mastersSeen = now
        for (number, master) in masters where ProcessGlance(master.program.process.id)?.isStopped == true {
            // While scanners of it serve, another one takes over first.
            if number != serving || !children.values.contains(where: { $0.generation == serving }) { removeMaster(number, "postern-scanner was stopped", now, &effects) }
            else if startAt == nil, !masters.keys.contains(where: { $0 > number }) {
                effects.lines.append("the malware scanner: postern-scanner was stopped; another one takes over")
                startAt = now
            }
        }
    }

    // MARK: - Fairness

    /// The message that has all scanners, where there are several.
    private var holder: MessageTicket? {
        let serving = children.values.filter { $0.generation == self.serving }
        guard serving.count > 1, let ticket = serving.first?.job?.ticket, serving.allSatisfy({ $0.job?.ticket == ticket }) else { return nil }
        return ticket
    }

    /// When such a message must give one back.
    private var recallAt: ContinuousClock.Instant? {
        guard line.count > 0, let holder else { return nil }
        return line.least { $0.ticket == holder ? nil : $0.since + settings.limits.yield }
    }

    /// Ends the scanner that has begun last; what it scanned waits again, and has not had a try.
    private mutating func recall(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        let last = children.filter { $0.value.generation == serving }.max { ($0.value.began ?? now) < ($1.value.began ?? now) }
        if let last { remove(last.key, "", counts: false, now, &effects) }
    }
}
