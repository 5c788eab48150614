internal import Glibc
internal import Malware
internal import Processes

/// Programs that load signatures and fork scanners: one serves, and another one for the time in which new signatures replace old ones.
extension ScannerDesk {
    /// The number and the settings of a master that is due; the thread starts it without the lock.
    mutating func takeStart(_ now: ContinuousClock.Instant, _ effects: inout Effects) -> Int? {
        guard let at = startAt, at <= now, !isStopping else { return nil }
        startAt = nil
        if isDraining {
            // What is under way goes on to its end; their memory is free when they are gone.
            guard serving == 0 else { return nil }
            leaving.removeAll { $0.process.status != nil }
            guard leaving.isEmpty else { startAt = now + .milliseconds(20); return nil }
            isDraining = false
        } else if serving != 0, !hasRoomForTwo(&effects) {
            if let folder = masters[serving]?.folder, (SignatureFolder.octets(settings.signatures) ?? 0) < folder / 2 {
                refuse("the signatures' folder has less than half of what was loaded", now, &effects)
            } else {
                isDraining = true
                drain(now)
            }
            return nil
        }
        starts += 1
        isChangedAgain = false
        return starts
    }

    mutating func started(_ number: Int, _ program: ScannerMaster, _ now: ContinuousClock.Instant) {
        masters[number] = Master(program: program, folder: SignatureFolder.octets(settings.signatures), awaited: now + settings.limits.loading)
        version += 1
    }

    /// Why a master could not be started, or has ended.
    /// - Parameter isSaid: whether it will be the same the next time, since the program or the system said why.
    mutating func failed(_ why: String, isSaid: Bool, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        trouble = why
        effects.lines.append("the malware scanner: \(why)")
        failures = min(failures + 1, 10)
        // New signatures that cannot be loaded wait for the next change, or a while.
        startAt = now + (serving == 0 ? .milliseconds(50 << (failures - 1)) : isChangedAgain ? .seconds(1) : .seconds(60))
        isChangedAgain = false
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
                if let old = masters[serving]?.signatures, signatures.count < old.count / 2 || (signatures.isBuiltInOnly && !old.isBuiltInOnly) {
                    letGo(number, now)
                    return refuse("\(signatures.count) signatures instead of \(old.count)", now, &effects)
                }
                let due = now + settings.limits.starting
                masters[number]?.signatures = signatures
                masters[number]?.awaited = due
            case .message(.failed(let why)): masters[number]?.failure = why
            case .message(.changed) where number == serving:
                // The one that loads them sees by itself what is altered after it began; but it may never serve.
                if masters.keys.contains(where: { $0 > number }) { isChangedAgain = true } else { startAt = now }
            case .message(.changed): masters[number]?.isChanged = true
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
            failures = 0
            isHopeless = false
            unservedSince = nil
            trouble = nil
            isChangedAgain = false
            if masters[number]?.isChanged == true { startAt = now }
            if let signatures = masters[number]?.signatures {
                // Nobody is there who knows more, after a start anew or for want of memory.
                if signatures.count < fullest / 2 { trouble = "\(signatures.count) signatures instead of \(fullest) were there to be loaded" } else { fullest = signatures.count }
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
        letGo(number, now)
    }

    private mutating func letGo(_ number: Int, _ now: ContinuousClock.Instant) {
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

    // MARK: - New signatures

    /// What is in force stays until there is something better: a folder that was emptied by mistake must not let everything through.
    private mutating func refuse(_ why: String, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        trouble = "reload refused: \(why)"
        effects.lines.append("the malware scanner: reload refused: \(why); the signatures in force stay")
        startAt = now + (isChangedAgain ? .seconds(1) : .seconds(600))
        isChangedAgain = false
    }

    /// Whether signatures can be loaded beside those that serve; where nobody says, they can.
    private func hasRoomForTwo(_ effects: inout Effects) -> Bool {
        guard let process = masters[serving]?.program.process.id, let taken = SystemMemory.taken(by: process), let free = settings.freeMemory() else { return true }
        let needed = taken + taken / 5
        if free >= needed { return true }
        effects.lines.append("new signatures need \(needed >> 20) MiB beside the old ones, and \(free >> 20) MiB are free: messages wait until they are loaded")
        return false
    }

    /// Lets those that serve go when nothing is under way; messages wait meanwhile.
    mutating func drain(_ now: ContinuousClock.Instant) {
        guard serving != 0, !children.values.contains(where: { $0.generation == serving && $0.job != nil }) else { return }
        let old = serving
        serving = 0
        free.removeAll()
        unservedSince = nil
        retire(old, now)
        startAt = now
    }
}
