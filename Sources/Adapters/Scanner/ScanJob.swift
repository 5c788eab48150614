internal import Malware

/// A message that is to be scanned.
struct ScanJob {
    let id: UInt64
    let file: SealedFile
    let deadline: ContinuousClock.Instant
    let answer: CheckedContinuation<ScanReport, Never>
    /// Scanners that ended over it.
    var attempts = 0
    /// How the last one did.
    var trouble = ""
}

/// Jobs in the order in which they came; taking one is cheap however long the line is.
struct JobLine {
    private var jobs: [ScanJob?] = []
    private var head = 0
    private(set) var octets = 0

    var count: Int { jobs.count - head }

    mutating func append(_ job: ScanJob) {
        jobs.append(job)
        octets += job.file.count
    }

    /// For one that has waited already.
    mutating func putBack(_ job: ScanJob) {
        if head > 0 { head -= 1; jobs[head] = job } else { jobs.insert(job, at: 0) }
        octets += job.file.count
    }

    mutating func takeFirst() -> ScanJob? {
        guard head < jobs.count, let job = jobs[head] else { return nil }
        jobs[head] = nil
        head += 1
        if head == jobs.count { jobs.removeAll(keepingCapacity: true); head = 0 }
        octets -= job.file.count
        return job
    }

    /// Takes out all whose deadline is over.
    mutating func takeLate(_ now: ContinuousClock.Instant) -> [ScanJob] {
        let waiting = jobs[head...].compactMap { $0 }, late = waiting.filter { $0.deadline <= now }
        if late.isEmpty { return [] }
        jobs = waiting.filter { $0.deadline > now }
        head = 0
        octets -= late.reduce(0) { $0 + $1.file.count }
        return late
    }

    var nextDeadline: ContinuousClock.Instant? { jobs[head...].compactMap { $0?.deadline }.min() }
}
