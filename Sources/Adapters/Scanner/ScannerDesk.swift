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
        /// Octets of the signatures' folder when it was started; nil where it could not be read.
        let folder: Int?
        var signatures: SignatureState?
        /// By when its signatures must be loaded, or a scanner of it must serve; nil while one does.
        var awaited: ContinuousClock.Instant?
        /// Its last word.
        var failure: String?
        /// It has told of other signatures before it served; it does not tell of them again.
        var isChanged = false
    }

    struct Child {
        let generation: Int
        let process: Int32
        let handle: Int32
        let sandbox: SandboxParts
        var job: ScanJob?
        /// Scans that it was given.
        var scans = 0
        /// When it was given the one that it has.
        var began: ContinuousClock.Instant?
        /// When it is taken to hang.
        var overdue: ContinuousClock.Instant?
        /// When it is looked at whether it works on its message, and how it was the last time.
        var lookAt: ContinuousClock.Instant?
        var glance: ProcessGlance?

        mutating func begin(_ job: ScanJob, _ now: ContinuousClock.Instant, overdue: ContinuousClock.Instant, lookAt: ContinuousClock.Instant) {
            (self.job, began, self.overdue, self.lookAt) = (job, now, overdue, lookAt)
            scans += 1
        }

        mutating func finish() { (job, began, overdue, lookAt, glance) = (nil, nil, nil, nil, nil) }
    }

    let settings: ScannerSettings
    var masters: [Int: Master] = [:]
    /// By their sockets.
    var children: [Int32: Child] = [:]
    /// Sockets of those of the serving generation that have nothing to do.
    var free: [Int32] = []
    var line = JobLine()
    /// 0 while none serves.
    var serving = 0
    var starts = 0
    /// When the next master is to be started; nil when none is.
    var startAt: ContinuousClock.Instant?
    var failures = 0
    /// The signatures were altered while a new master was loading them.
    var isChangedAgain = false
    /// It is not known when somebody will scan: messages are answered instead of waiting.
    var isHopeless = false
    /// How many signatures the last set had that was not much smaller than the one before.
    var fullest = 0
    /// New signatures wait until the old ones are gone, since there is no memory for both.
    var isDraining = false
    var trouble: String?
    /// Since when there is no scanner where there was one, or might have been; nil where one serves, or the first signatures are being loaded.
    var unservedSince: ContinuousClock.Instant?
    /// When the masters were last looked at.
    var mastersSeen: ContinuousClock.Instant
    var broken = 0
    /// The thread ends at its next step.
    var isAskedToStop = false
    var isStopping = false
    /// Programs whose socket is closed, and by when they must have ended.
    var leaving: [(process: ChildProcess, by: ContinuousClock.Instant)] = []
    private var lastID: UInt64 = 0
    /// Counts the changes of what there is to poll.
    var version = 0
    /// Until when the thread sleeps where nothing comes.
    var sleepsUntil: ContinuousClock.Instant

    init(_ settings: ScannerSettings, now: ContinuousClock.Instant) {
        self.settings = settings
        startAt = now
        sleepsUntil = now
        mastersSeen = now
    }

    /// What a try takes at least.
    static let shortestTry = Duration.milliseconds(20)

    // MARK: - Messages

    /// Takes a message, and gives it to a scanner at once where one is free.
    /// - Returns: whether the thread must be woken, since it would sleep too long.
    mutating func submit(_ file: SealedFile, of ticket: MessageTicket, by deadline: ContinuousClock.Instant, _ answer: CheckedContinuation<ScanReport, Never>, now: ContinuousClock.Instant, _ effects: inout Effects) -> Bool {
        let refusal: String? = if isStopping { "the scanner is being stopped" }
            else if line.count >= settings.limits.waiting || line.octets > settings.limits.waitingOctets - file.count { "too many messages wait for a scanner" }
            else if serving == 0, isHopeless, let trouble { trouble }
            else { nil }
        if let refusal { effects.tell(answer, .notScanned(refusal)); return false }
        lastID &+= 1
        let job = ScanJob(id: lastID, ticket: ticket, file: file, since: now, deadline: deadline, answer: answer)
        line.append(job)
        handOut(now, &effects)
        return min(deadline, now + min(settings.limits.scan, settings.limits.signOfLife)) < sleepsUntil
    }

    /// Gives messages to free scanners. While others wait, no message has all scanners.
    mutating func handOut(_ now: ContinuousClock.Instant, _ effects: inout Effects) {
        if isDraining { return drain(now) }
        let most = max(1, children.values.count { $0.generation == serving } - 1), look = now + settings.limits.signOfLife
        while let socket = free.first, line.count > 0 {
            let running = children.values.reduce(into: [MessageTicket: Int]()) { if let job = $1.job { $0[job.ticket, default: 0] += 1 } }
            guard let job = line.takeFirst(where: { running[$0, default: 0] < most }) else { return }
            // A scan that can only be broken off would cost its scanner.
            guard job.deadline - now >= Self.shortestTry else { effects.tell(job.answer, Self.late(job)); continue }
            free.removeFirst()
            let time = min(job.deadline - now, settings.limits.scan + .milliseconds(500))
            let limit = UInt32(time.wholeMilliseconds(1...3_700_000))
            guard sendScanRequest(socket, id: job.id, limit: limit, file: job.file) == 0 else {
                // It is gone, or shall go; the thread is about to see its end.
                shutdown(socket, Int32(SHUT_RDWR))
                line.putBack(job)
                continue
            }
            children[socket]?.begin(job, now, overdue: now + .milliseconds(Int(limit) + 250), lookAt: look)
        }
    }

    static func late(_ job: ScanJob) -> ScanOutcome {
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
                children[socket]?.finish()
                if child.scans > settings.limits.scansOfOne { return remove(socket, "", now, &effects) }
                if child.generation == serving { free.append(socket) } else { retire(child.generation, now) }
                handOut(now, &effects)
            case .end: return remove(socket, "a scanner that ended", now, &effects)
            }
        }
    }

    /// Takes a scanner out; its message goes to another, or is not scanned.
    /// - Parameter counts: whether the message has had a try.
    mutating func remove(_ socket: Int32, _ how: String, counts: Bool = true, _ now: ContinuousClock.Instant, _ effects: inout Effects) {
        guard let child = children.removeValue(forKey: socket) else { return }
        free.removeAll { $0 == socket }
        _ = postern_signal(child.handle, SIGKILL)
        close(child.handle)
        close(socket)
        version += 1
        if var job = child.job {
            if counts { job.attempts += 1 }
            if counts { job.trouble = child.overdue.map { $0 <= now } == true ? "a scanner that did not come to an end" : how }
            if isStopping { effects.tell(job.answer, .notScanned("the scanner is being stopped")) }
            else if job.deadline - now < Self.shortestTry { effects.tell(job.answer, Self.late(job)) }
            else if job.attempts >= settings.limits.attempts { effects.tell(job.answer, .notScanned("\(job.attempts) scanners tried it, the last was \(job.trouble)")) }
            else { line.putBack(job) }
        }
        if child.generation != serving {
            retire(child.generation, now)
        } else if !children.values.contains(where: { $0.generation == serving }) {
            let due = now + settings.limits.starting
            masters[serving]?.awaited = due
            unservedSince = unservedSince ?? now
        }
        handOut(now, &effects)
    }
}
