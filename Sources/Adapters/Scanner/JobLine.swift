internal import Malware

/// Jobs that wait: messages take turns, and of one message they go in the order in which they came.
///
/// Taking one is cheap however long the line is; what is costly in the number of a message's own parts, or of messages, is rare.
struct JobLine {
    /// Of each message that waits; none is empty.
    private var jobs: [MessageTicket: [ScanJob]] = [:]
    /// Whose turn is next; what is taken leaves nil behind.
    private var turns: [MessageTicket?] = []
    private var head = 0
    private(set) var count = 0
    private(set) var octets = 0
    /// No job's deadline is before this; nil where none waits.
    private(set) var nextDeadline: ContinuousClock.Instant?

    mutating func append(_ job: ScanJob) {
        if jobs[job.ticket] == nil { turns.append(job.ticket) }
        jobs[job.ticket, default: []].append(job)
        add(job)
    }

    /// For one that has had its turn already: its message is the next.
    mutating func putBack(_ job: ScanJob) {
        if jobs[job.ticket] != nil { turns[head...].removeAll { $0 == job.ticket } }
        jobs[job.ticket, default: []].insert(job, at: 0)
        if head > 0 { head -= 1; turns[head] = job.ticket } else { turns.insert(job.ticket, at: 0) }
        add(job)
    }

    /// Takes the next job: the first of the message whose turn it is.
    /// - Parameter mayRun: whether a message may have one more scanner while others wait; where none may, the first one does.
    mutating func takeFirst(where mayRun: (MessageTicket) -> Bool = { _ in true }) -> ScanJob? {
        guard head < turns.count else { return nil }
        let place = turns[head...].firstIndex { $0.map(mayRun) == true } ?? head
        guard let ticket = turns[place], let job = jobs[ticket]?.removeFirst() else { return nil }
        if place == head { turns[head] = nil; head += 1 } else { turns.remove(at: place) }
        if jobs[ticket]?.isEmpty == true { jobs[ticket] = nil } else { turns.append(ticket) }
        if head == turns.count { turns.removeAll(keepingCapacity: true); head = 0 }
        else if head > 64, head > turns.count / 2 { turns.removeFirst(head); head = 0 }
        remove(job)
        return job
    }

    /// Takes out all whose deadline is over.
    mutating func takeLate(_ now: ContinuousClock.Instant) -> [ScanJob] {
        guard let next = nextDeadline, next <= now else { return [] }
        let late = take { $0.deadline <= now }
        nextDeadline = least(\.deadline)
        return late
    }

    /// Takes out all that a rule names.
    mutating func take(where isMeant: (ScanJob) -> Bool) -> [ScanJob] {
        var taken: [ScanJob] = []
        for (ticket, waiting) in jobs where waiting.contains(where: isMeant) {
            taken += waiting.filter(isMeant)
            let left = waiting.filter { !isMeant($0) }
            jobs[ticket] = left.isEmpty ? nil : left
        }
        if taken.isEmpty { return [] }
        turns = turns[head...].filter { $0.map { jobs[$0] != nil } == true }
        head = 0
        for job in taken { remove(job) }
        return taken
    }

    /// The least of all jobs' values; nil where none has one.
    func least(_ value: (ScanJob) -> ContinuousClock.Instant?) -> ContinuousClock.Instant? { jobs.values.joined().compactMap(value).min() }

    private mutating func add(_ job: ScanJob) {
        count += 1
        octets += job.file.count
        nextDeadline = min(nextDeadline ?? job.deadline, job.deadline)
    }

    private mutating func remove(_ job: ScanJob) {
        count -= 1
        octets -= job.file.count
        if count == 0 { nextDeadline = nil }
    }
}
