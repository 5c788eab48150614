internal import Cryptography
internal import RateLimits
internal import Verdicts

/// One trial while it goes through the history.
struct SendingTrialRun {
    private let question: SendingTrials.Question
    private let limits: SendingTrialLimits
    private var lineage: SendingLineage
    private var trial: LimitTrial
    private var repeats: RepeatedMessages
    private var examples: [SendingTrialReport.Example] = []
    private var messages = 0
    /// From when on messages are counted.
    let from: Timestamp
    /// nil: of whoever it is.
    private var accounts: [String]?
    private var looked: Timestamp
    private var stoppedBy: SendingTrialReport.Stop?

    init(_ question: SendingTrials.Question, _ limits: SendingTrialLimits, _ lineage: SendingLineage) {
        self.question = question; self.limits = limits; self.lineage = lineage
        trial = LimitTrial(question.limits, since: question.since.milliseconds, subjects: limits.states / max(question.limits.count, 1))
        repeats = RepeatedMessages(limits.names)
        from = question.since.adding(seconds: -trial.memory / 1000)
        looked = from
    }

    /// - Parameter accounts: names of those whose messages alone can count; nil: all are read.
    mutating func go(through history: any SendingHistory, accounts: [String]?) async throws {
        self.accounts = accounts
        let deadline = ContinuousClock.now + limits.patience
        do {
            while looked < question.until, stoppedBy == nil { try await stretch(of: history, by: deadline) }
        } catch let trouble as StoreTrouble {
            // Too late for this trial: what was found by then is told.
            guard trouble == .timeout, deadline <= .now else { throw trouble }
            stoppedBy = .time
        }
    }

    /// Goes through the next hours, page by page.
    private mutating func stretch(of history: any SendingHistory, by deadline: ContinuousClock.Instant) async throws {
        // Of one account a day has no more than of all a few hours.
        let begin = looked, end = min(begin.adding(seconds: accounts == nil ? limits.stretch : max(limits.stretch, 86_400)), question.until)
        var after: VerdictID?
        while true {
            try Task.checkCancellation()
            guard deadline > .now else { stoppedBy = .time; return }
            let page = try await history.sent(by: question.tenant, since: begin, until: end, accounts: accounts, after: after, limit: limits.page, by: deadline)
            let subjects = try await lineage.subjects(of: page.map(\.party), by: deadline)
            for (message, subjects) in zip(page, subjects) {
                guard take(message, subjects) else { return }
                looked = max(looked, message.receivedAt)
            }
            guard page.count == limits.page, let last = page.last else { break }
            after = last.id
        }
        looked = end
    }

    /// - Returns: false where no more is looked at.
    private mutating func take(_ message: SentMessage, _ subjects: [LimitSubject]) -> Bool {
        guard messages < limits.messages else { stoppedBy = .messages; return false }
        messages += 1
        if subjects.isEmpty || repeats.isRepeated(message) { return true }
        // The time of a message is that of its id, but for the clocks of nodes.
        let time = max(message.receivedAt.milliseconds, looked.milliseconds)
        let outcome: LimitTrial.Outcome
        do { outcome = try trial.send(message.amounts, for: subjects, at: time) } catch { stoppedBy = .subjects; return false }
        if outcome != .goes, time >= trial.since, examples.count < limits.examples {
            examples.append(.init(id: message.id, subjects: subjects, receivedAt: message.receivedAt, recipients: message.amounts.recipients, outcome: outcome))
        }
        return true
    }

    var report: SendingTrialReport {
        SendingTrialReport(question: question, warmUpFrom: from, lookedUntil: looked, stoppedBy: stoppedBy, trial: trial, examples: examples, hit: question.subject == nil ? trial.hit(limits.examples) : [])
    }
}

/// Remembers messages that were put off, so that they count once however often they came again.
private struct RepeatedMessages {
    /// By which a message is known again: the same words of the same sender to the same recipients, in 16 octets. The queue id is another one at each attempt.
    private struct Name: Hashable {
        let high: UInt64, low: UInt64

        init(_ message: SentMessage) {
            var hash = SHA256()
            hash.update(message.digest)
            let who = message.party.authUser ?? message.party.mailFrom
            let recipients = (0..<8).map { UInt8(truncatingIfNeeded: message.recipients >> ($0 * 8)) }
            hash.update(recipients + [message.party.authUser == nil ? 0 : 1] + Array((who ?? "").utf8))
            let octets = hash.finish()
            high = octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            low = octets.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private let most: Int
    private var names: Set<Name> = []
    private var older: Set<Name> = []

    /// - Parameter most: of so many at least, the last ones are remembered.
    init(_ most: Int) { self.most = most }

    /// Whether it was put off when it came before. Once it went, the same words again are another message.
    mutating func isRepeated(_ message: SentMessage) -> Bool {
        if !message.isPutOff, names.isEmpty, older.isEmpty { return false }
        let name = Name(message)
        if names.contains(name) || older.contains(name) {
            if !message.isPutOff {
                names.remove(name)
                older.remove(name)
            }
            return true
        }
        if message.isPutOff {
            if names.count >= most { (older, names) = (names, []) }
            names.insert(name)
        }
        return false
    }
}
