package import DNS
internal import Dispatch
internal import Synchronization
internal import Threads

/// The DNS through libunbound: forwards, follows CNAMEs, validates where there is a trust anchor, and keeps to the caller's deadline.
///
/// Callers with the same question share one, each by its own deadline. libunbound itself may go on for many seconds after the last
/// caller left, and its `ub_cancel` frees nothing where it works in a thread: it only hides the end. So a question keeps its slot until
/// libunbound is done with it, and new callers may join it. That keeps the count of what libunbound holds exact, and bounded.
package final actor UnboundResolver: TimedResolver {
    private struct Waiter {
        let question: Question
        let continuation: CheckedContinuation<TimedAnswer, Never>
    }

    private struct UnderWay {
        let slot: Int
        var tickets: Set<UInt64>
    }

    private nonisolated let executor = QueueExecutor(label: "postern.unbound")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private let context: UnboundContext
    private var watch: QueueWatch?
    private nonisolated let counts = Mutex(QuestionStatistics())
    private nonisolated let lastTicket = Atomic<UInt64>(0)

    private var freeSlots: [Int]
    private var asked: [Question?]
    private var underWay: [Question: UnderWay] = [:]
    private var waiters: [UInt64: Waiter] = [:]
    private var deadlines = DeadlineHeap()
    private var armed: ContinuousClock.Instant?
    private var broken = false
    /// Since when questions had no answer, SERVFAIL aside, which libunbound gives by itself for a server that is silent; nil when
    /// the last thing heard was an answer.
    private var quietSince: ContinuousClock.Instant?
    /// Set while no server answers: then nobody is kept waiting for it.
    private var silence: DNSTrouble?

    /// - Throws: `UnboundTrouble` where there is no server to ask or libunbound refuses a setting.
    package init(settings: UnboundSettings) throws {
        let context = try UnboundContext(settings)
        self.context = context
        let slots = max(1, settings.questionsUnderWay)
        freeSlots = Array((0..<slots).reversed())
        asked = Array(repeating: nil, count: slots)
    }

    package nonisolated var statistics: QuestionStatistics { counts.withLock { $0 } }

    package nonisolated func timedAnswer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> TimedAnswer {
        let ticket = lastTicket.add(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await wait(for: Question(name: name, type: type), by: deadline, ticket)
        } onCancel: {
            // Behind the caller's own step on the queue, or before it, which then finds its task cancelled.
            executor.queue.async { self.assumeIsolated { $0.leave(ticket, as: .local("the question was cancelled")) } }
        }
    }

    private func wait(for question: Question, by deadline: ContinuousClock.Instant, _ ticket: UInt64) async -> TimedAnswer {
        // To wait may be a step of its own on the queue: an answer that came before it would find nobody. So all is done within.
        await withCheckedContinuation { continuation in
            if let trouble = ask(question, by: deadline, ticket) {
                continuation.resume(returning: .trouble(trouble))
            } else {
                waiters[ticket] = Waiter(question: question, continuation: continuation)
            }
        }
    }

    /// Sees to it that the question is under way and that its answer, or the deadline, finds the ticket.
    /// - Returns: nil, or why nothing was asked.
    private func ask(_ question: Question, by deadline: ContinuousClock.Instant, _ ticket: UInt64) -> DNSTrouble? {
        if Task.isCancelled { return refuse(.local("the question was cancelled"), \.cancelled) }
        if broken { return refuse(.local("libunbound stopped"), \.refused) }
        if deadline <= .now { return refuse(.timeout, \.timeouts) }
        if let silence { return refuse(silence, \.refused) }
        if quietSince == nil { quietSince = .now }
        if underWay[question] != nil {
            underWay[question]?.tickets.insert(ticket)
            counts.withLock { $0.merged += 1 }
        } else {
            guard let slot = freeSlots.popLast() else { return refuse(.local("too many DNS questions under way"), \.refused) }
            if let trouble = context.ask(question, slot: slot) {
                freeSlots.append(slot)
                return refuse(trouble, \.refused)
            }
            asked[slot] = question
            underWay[question] = UnderWay(slot: slot, tickets: [ticket])
            counts.withLock { $0.questions += 1; $0.underWay += 1 }
        }
        deadlines.add(deadline, ticket)
        watchQueue()
        arm(for: deadline)
        return nil
    }

    private func refuse(_ trouble: DNSTrouble, _ count: WritableKeyPath<QuestionStatistics, Int>) -> DNSTrouble {
        counts.withLock { $0[keyPath: count] += 1 }
        return trouble
    }

    /// The handlers hold the resolver weakly, so it ends with its last user.
    private func watchQueue() {
        if watch != nil { return }
        watch = QueueWatch(context.descriptor, of: context, on: executor.queue,
                           readable: { [weak self] in self?.assumeIsolated { $0.takeAnswers() } },
                           time: { [weak self] in self?.assumeIsolated { $0.timePassed() } })
    }

    /// libunbound has answers.
    private func takeAnswers() {
        guard let answers = context.takeAnswers() else { return stop() }
        for (slot, answer) in answers {
            guard let question = asked[slot] else { continue }
            asked[slot] = nil
            freeSlots.append(slot)
            let tickets = underWay.removeValue(forKey: question)?.tickets ?? []
            let failed = if case .trouble = answer.answer { true } else { false }
            if !failed { quietSince = nil }
            counts.withLock { $0.underWay -= 1; if failed { $0.failures += 1 } }
            for ticket in tickets { waiters.removeValue(forKey: ticket)?.continuation.resume(returning: answer) }
        }
        // Deadlines of those who got their answer stay in the heap; they must not pile up.
        if deadlines.count > 64, deadlines.count > 2 * waiters.count { deadlines.keep { waiters[$0] != nil } }
    }

    /// A deadline has passed, or may have.
    private func timePassed() {
        armed = nil
        let now = ContinuousClock.now
        while let ticket = deadlines.takeDue(now) { leave(ticket, as: .timeout) }
        deadlines.dropStale { waiters[$0] != nil }
        if let next = deadlines.earliest { arm(for: next) }
    }

    private func arm(for deadline: ContinuousClock.Instant) {
        if let armed, armed <= deadline { return }
        armed = deadline
        watch?.fire(in: ContinuousClock.now.duration(to: deadline))
    }

    /// One caller goes away; the question stays under way.
    private func leave(_ ticket: UInt64, as trouble: DNSTrouble) {
        guard let waiter = waiters.removeValue(forKey: ticket) else { return }
        underWay[waiter.question]?.tickets.remove(ticket)
        counts.withLock { if trouble == .timeout || trouble == silence { $0.timeouts += 1 } else { $0.cancelled += 1 } }
        waiter.continuation.resume(returning: .trouble(trouble))
    }

    /// How long nothing but trouble has been heard since a question was asked.
    package var quiet: Duration { quietSince?.duration(to: .now) ?? .zero }

    /// Tells that no server answers: who waits is let go with this trouble, and who comes is told at once; nil when one answers again.
    package func setSilence(_ trouble: DNSTrouble?) {
        silence = trouble
        quietSince = nil
        if let trouble { for ticket in Array(waiters.keys) { leave(ticket, as: trouble) } }
    }

    /// The background thread is gone: nobody may wait for it.
    private func stop() {
        broken = true
        watch?.stopReading()
        for waiter in waiters.values { waiter.continuation.resume(returning: .trouble(.local("libunbound stopped"))) }
        waiters = [:]
        underWay = [:]
        counts.withLock { $0.underWay = 0 }
    }
}
