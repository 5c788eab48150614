internal import Glibc
internal import Malware
internal import Processes

/// Programs that load signatures and fork scanners: one serves, and another one for the time in which new signatures replace old ones.
extension ScannerDesk {
    /// The number and the settings of a master that is due; the thread starts it without the lock.
    mutating func takeStart(_ now: ContinuousClock.Instant) -> Int? {
        guard let at = startAt, at <= now, !isStopping else { return nil }
        startAt = nil
        starts += 1
        return starts
    }

    mutating func started(_ number: Int, _ program: ScannerMaster, _ now: ContinuousClock.Instant) {
        masters[number] = Master(program: program, awaited: now + settings.limits.loading)
        version += 1
    }

    /// Why a master could not be started, or has ended.
    /// - Parameter isSaid: whether it will be the same the next time, since the program or the system said why.
    mutating func failed(_ why: String, isSaid: Bool, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        trouble = why
        effects.lines.append("the malware scanner: \(why)")
        failures = min(failures + 1, 10)
        // New signatures that cannot be loaded wait for the next change, or a while.
        startAt = now + (serving != 0 ? .seconds(60) : .milliseconds(50 << (failures - 1)))
        // One that was killed is back before anybody notices; one that dies again and again is not.
        isHopeless = serving == 0 && (isSaid || failures >= 5)
        if serving == 0 { unservedSince = unservedSince ?? now }
        while isHopeless, let job = line.takeFirst() { effects.tell(job.answer, .notScanned(why)) }
    }

    /// Takes what a master has said.
    mutating func hear(master number: Int, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        while let master = masters[number] {
            switch ControlMessage.receive(master.program.control) {
            case .nothing: return
            case .unknown: return removeMaster(number, "postern-scanner speaks another language", now, &effects)
            case .end: return removeMaster(number, master.failure ?? "postern-scanner has ended", now, &effects)
            case .message(.started(let signatures)):
                let due = now + settings.limits.starting
                masters[number]?.signatures = signatures
                masters[number]?.awaited = due
            case .message(.failed(let why)): masters[number]?.failure = why
            case .message(.changed): if number == serving, !masters.keys.contains(where: { $0 > number }) { startAt = now }
            case .message(.hello(let hello)): welcome(hello, of: number, now, &effects)
            case .message(.ended(let slot, _, let status)) where status != 0:
                broken += 1
                effects.lines.append("malware scanner \(slot) has ended (\(status < 256 ? "code \(status)" : "signal \(status - 256)"))")
            case .message(.ended): break
            }
        }
    }

    private mutating func welcome(_ hello: ControlMessage.Hello, of number: Int, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        children[hello.socket] = Child(generation: number, process: hello.process, handle: hello.handle, sandbox: hello.sandbox)
        version += 1
        masters[number]?.awaited = nil
        if number > serving {
            // From here on the new signatures judge; what is under way with the old ones goes on to its end.
            let before = serving
            serving = number
            free.removeAll()
            trouble = nil
            failures = 0
            isHopeless = false
            unservedSince = nil
            if let signatures = masters[number]?.signatures {
                effects.lines.append("malware is scanned for with \(signatures.count) signatures\(signatures.isBuiltInOnly ? ": the built-in one of the EICAR test file only" : "")")
            }
            let missing = hello.sandbox.missing
            if !missing.isEmpty { effects.lines.append("this machine lets the malware scanners keep more than they need: they are without \(missing.joined(separator: ", "))") }
            retire(before, now)
        }
        if number == serving { unservedSince = nil; free.append(hello.socket) }
        handOut(now, &effects)
    }

    /// Lets an old generation go when nothing of it is under way.
    mutating func retire(_ number: Int, _ now: ContinuousClock.Instant) {
        guard number != serving, !children.values.contains(where: { $0.generation == number && $0.job != nil }) else { return }
        // Closing the control socket ends it and all its scanners, whose ends are then heard of.
        guard let master = masters.removeValue(forKey: number) else { return }
        leaving.append((master.program.process, now + .seconds(3)))
        version += 1
    }

    mutating func removeMaster(_ number: Int, _ why: String, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        guard let master = masters.removeValue(forKey: number) else { return }
        version += 1
        master.program.process.signal(SIGKILL)
        if number == serving { serving = 0; free.removeAll() }
        failed(why, isSaid: master.failure != nil, now, &effects)
    }
}
