internal import CLinux
internal import Glibc
internal import Malware
internal import Processes

/// Who scans what: the masters, their scanners, the messages under way and in line. One lock guards it.
///
/// Descriptors are closed in the steps of the thread that polls them, and in no other.
struct ScannerDesk {
    /// What is left to do when the lock is free again.
    struct Effects {
        private(set) var answers: [(CheckedContinuation<ScanReport, Never>, ScanReport)] = []
        var lines: [String] = []

        mutating func tell(_ answer: CheckedContinuation<ScanReport, Never>, _ outcome: ScanOutcome) { tell(answer, ScanReport(outcome)) }
        mutating func tell(_ answer: CheckedContinuation<ScanReport, Never>, _ report: ScanReport) { answers.append((answer, report)) }
    }

    struct Master {
        let program: ScannerMaster
        var signatures: SignatureState?
        /// By when its signatures must be loaded, or a scanner of it must serve; nil while one does.
        var awaited: ContinuousClock.Instant?
        /// Its last word.
        var failure: String?
    }

    struct Child {
        let generation: Int
        let process: Int32
        let handle: Int32
        let sandbox: SandboxParts
        var job: ScanJob?
        /// Scans that it was given.
        var scans = 0
        /// When it is taken to hang.
        var overdue: ContinuousClock.Instant?
    }

    let settings: ScannerSettings
    private(set) var masters: [Int: Master] = [:]
    /// By their sockets.
    private(set) var children: [Int32: Child] = [:]
    /// Sockets of those of the serving generation that have nothing to do.
    private var free: [Int32] = []
    private(set) var line = JobLine()
    /// 0 while none serves.
    private(set) var serving = 0
    private var starts = 0
    /// When the next master is to be started; nil when none is.
    private(set) var startAt: ContinuousClock.Instant?
    private var failures = 0
    /// It is not known when somebody will scan: messages are answered instead of waiting.
    private var isHopeless = false
    private(set) var trouble: String?
    private(set) var broken = 0
    /// The thread ends at its next step.
    var isAskedToStop = false
    private(set) var isStopping = false
    /// Programs whose socket is closed, and by when they must have ended.
    private var leaving: [(process: ChildProcess, by: ContinuousClock.Instant)] = []
    private var lastID: UInt64 = 0
    /// Counts the changes of what there is to poll.
    private(set) var version = 0
    /// Until when the thread sleeps where nothing comes.
    var sleepsUntil: ContinuousClock.Instant

    init(_ settings: ScannerSettings, now: ContinuousClock.Instant) {
        self.settings = settings
        startAt = now
        sleepsUntil = now
    }

    // MARK: - Messages

    /// Takes a message, and gives it to a scanner at once where one is free.
    /// - Returns: whether the thread must be woken, since it would sleep too long.
    mutating func submit(_ file: SealedFile, by deadline: ContinuousClock.Instant, _ answer: CheckedContinuation<ScanReport, Never>, now: ContinuousClock.Instant, _ effects: inout Effects) -> Bool {
        let refusal: String? = if isStopping { "the scanner is being stopped" }
            else if line.count >= settings.limits.waiting || line.octets > settings.limits.waitingOctets - file.count { "too many messages wait for a scanner" }
            else if serving == 0, isHopeless, let trouble { trouble }
            else { nil }
        if let refusal { effects.tell(answer, .notScanned(refusal)); return false }
        lastID &+= 1
        let job = ScanJob(id: lastID, file: file, deadline: deadline, answer: answer)
        line.append(job)
        handOut(now, &effects)
        return min(deadline, now + settings.limits.scan) < sleepsUntil
    }

    /// Gives messages to free scanners.
    private mutating func handOut(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        while let socket = free.first, let job = line.takeFirst() {
            guard job.deadline > now else { effects.tell(job.answer, Self.late(job)); continue }
            free.removeFirst()
            let time = min(job.deadline - now, settings.limits.scan + .milliseconds(500))
            let limit = UInt32(time.wholeMilliseconds(1...3_700_000))
            guard sendScanRequest(socket, id: job.id, limit: limit, file: job.file) == 0 else {
                // It is gone, or shall go; the thread is about to see its end.
                shutdown(socket, Int32(SHUT_RDWR))
                line.putBack(job)
                continue
            }
            children[socket]?.job = job
            children[socket]?.scans += 1
            children[socket]?.overdue = now + .milliseconds(Int(limit) + 250)
        }
    }

    private static func late(_ job: ScanJob) -> ScanOutcome {
        .notScanned(job.attempts == 0 ? "no scanner was free in time" : "the time was over after \(job.trouble)")
    }

    /// Takes what a scanner has sent.
    mutating func hear(_ socket: Int32, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        while let child = children[socket] {
            switch ScanReply.receive(socket) {
            case .nothing: return
            case .reply(let reply):
                guard let job = child.job, reply.id == job.id else { return remove(socket, "a scanner that answered what nobody had asked", now, &effects) }
                effects.tell(job.answer, reply.report)
                // It ends by itself then; one that does not is no scanner any more.
                if child.scans > settings.limits.scansOfOne { children[socket]?.job = nil; return remove(socket, "", now, &effects) }
                children[socket]?.job = nil
                children[socket]?.overdue = nil
                if child.generation == serving { free.append(socket) } else { retire(child.generation, now) }
                handOut(now, &effects)
            case .end: return remove(socket, "a scanner that ended", now, &effects)
            }
        }
    }

    /// Takes a scanner out; its message goes to another, or is not scanned.
    private mutating func remove(_ socket: Int32, _ how: String, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        guard let child = children.removeValue(forKey: socket) else { return }
        free.removeAll { $0 == socket }
        _ = postern_signal(child.handle, SIGKILL)
        close(child.handle)
        close(socket)
        version += 1
        if var job = child.job {
            job.attempts += 1
            job.trouble = child.overdue.map { $0 <= now } == true ? "a scanner that did not come to an end" : how
            if isStopping { effects.tell(job.answer, .notScanned("the scanner is being stopped")) }
            else if job.deadline <= now { effects.tell(job.answer, Self.late(job)) }
            else if job.attempts >= settings.limits.attempts { effects.tell(job.answer, .notScanned("\(job.attempts) scanners tried it, the last was \(job.trouble)")) }
            else { line.putBack(job) }
        }
        if child.generation != serving {
            retire(child.generation, now)
        } else if !children.values.contains(where: { $0.generation == serving }) {
            let due = now + settings.limits.starting
            masters[serving]?.awaited = due
        }
        handOut(now, &effects)
    }

    // MARK: - Masters

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
            if let signatures = masters[number]?.signatures {
                effects.lines.append("malware is scanned for with \(signatures.count) signatures\(signatures.isBuiltInOnly ? ": the built-in one of the EICAR test file only" : "")")
            }
            let missing = hello.sandbox.missing
            if !missing.isEmpty { effects.lines.append("this machine lets the malware scanners keep more than they need: they are without \(missing.joined(separator: ", "))") }
            retire(before, now)
        }
        if number == serving { free.append(hello.socket) }
        handOut(now, &effects)
    }

    /// Lets an old generation go when nothing of it is under way.
    private mutating func retire(_ number: Int, _ now: ContinuousClock.Instant) {
        guard number != serving, !children.values.contains(where: { $0.generation == number && $0.job != nil }) else { return }
        // Closing the control socket ends it and all its scanners, whose ends are then heard of.
        guard let master = masters.removeValue(forKey: number) else { return }
        leaving.append((master.program.process, now + .seconds(3)))
        version += 1
    }

    private mutating func removeMaster(_ number: Int, _ why: String, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        guard let master = masters.removeValue(forKey: number) else { return }
        version += 1
        master.program.process.signal(SIGKILL)
        if number == serving { serving = 0; free.removeAll() }
        failed(why, isSaid: master.failure != nil, now, &effects)
    }

    // MARK: - Time

    /// Ends what takes too long.
    mutating func tick(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        for job in line.takeLate(now) { effects.tell(job.answer, Self.late(job)) }
        for (socket, child) in children where child.overdue.map({ $0 <= now }) == true { remove(socket, "", now, &effects) }
        for (number, master) in masters where master.awaited.map({ $0 <= now }) == true {
            removeMaster(number, master.signatures == nil ? "the signatures take too long to load" : "no scanner begins to serve", now, &effects)
        }
        leaving.removeAll { $0.process.status != nil }
        for each in leaving where each.by <= now { each.process.signal(SIGKILL) }
    }

    /// When something is due if nothing comes; never earlier than what the thread sleeps for anyway, so that it is seldom woken for nothing.
    func nextDue(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        var due = now + .seconds(60)
        for child in children.values { if let overdue = child.overdue { due = min(due, overdue) } }
        for master in masters.values { if let awaited = master.awaited { due = min(due, awaited) } }
        for each in leaving { due = min(due, max(each.by, now + .seconds(1))) }
        if let startAt { due = min(due, startAt) }
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
}
