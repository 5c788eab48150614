package import RateLimits
internal import Synchronization
internal import Threads
package import Verdicts

/// How far a trial looks.
package struct SendingTrialLimits: Sendable {
    /// Messages that are read, 1…; those before the time that is told of, and those that came again, count too. 16 octets of each that is put off are kept.
    package var messages = 1_000_000
    /// Subjects that are told apart, times limits, 1…: about 2 kB each.
    package var states = 40_000
    /// For all of it.
    package var patience = Duration.seconds(20)
    /// Messages in one page, 1…5000.
    package var page = 2000
    /// Seconds of history that one question goes through at most, whatever is in it.
    package var stretch = 3 * 3600
    /// Names of accounts that are looked through for those of one, 1…100,000: where a tenant has more, all messages are looked through.
    package var accounts = 10_000
    /// Messages that are shown as examples, and subjects that were hit most.
    package var examples = 20
    /// Messages that were put off, by which it is seen that they came again: 16 octets of each, twice as many at most.
    package var names = 100_000

    package init() {}
}

/// Another trial is under way.
package struct TrialUnderWay: Error, Sendable { package init() {} }

/// Tries limits on what was sent.
package final class SendingTrials: Sendable {
    /// What is asked.
    package struct Question: Sendable {
        package var tenant: String
        package var scope: LimitScope
        /// One of them; nil: each of them by itself.
        package var subject: LimitSubject?
        /// 1…``LimitDefinition/limitsInList``, without ``RateLimit/youth``.
        package var limits: [RateLimit]
        package var since: Timestamp
        package var until: Timestamp

        package init(tenant: String, scope: LimitScope, subject: LimitSubject?, limits: [RateLimit], since: Timestamp, until: Timestamp) {
            self.tenant = tenant; self.scope = scope; self.subject = subject; self.limits = limits; self.since = since; self.until = until
        }
    }

    private let history: any SendingHistory
    private let definitions: any LimitStore
    private let hierarchy: LimitHierarchy
    private let limits: SendingTrialLimits
    /// A trial reckons for seconds: no connection's thread does that.
    private let readers = QueueRound(label: "postern.trial", width: 1)
    private let isBusy = Mutex(false)

    package init(_ history: any SendingHistory, _ definitions: any LimitStore, _ hierarchy: LimitHierarchy, limits: SendingTrialLimits = SendingTrialLimits()) {
        self.history = history; self.definitions = definitions; self.hierarchy = hierarchy; self.limits = limits
    }

    /// Goes through what was sent, from the longest window before the question's `since` on.
    /// - Returns: what was found, as far as was looked: ``SendingTrialReport/stoppedBy`` says where that is not all.
    /// - Throws: `TrialUnderWay`, `StoreTrouble`, `CancellationError`.
    package func answer(_ question: Question) async throws -> SendingTrialReport {
        guard isBusy.withLock({ busy in defer { busy = true }; return !busy }) else { throw TrialUnderWay() }
        defer { isBusy.withLock { $0 = false } }
        return try await withTaskExecutorPreference(readers.next) { @concurrent in
            var run = SendingTrialRun(question, self.limits, SendingLineage(self.definitions, self.hierarchy, tenant: question.tenant) { question.wants($0) })
            try await run.go(through: self.history, accounts: try await self.accounts(question, from: run.from))
            return run.report
        }
    }

    /// How an account's name was written, where nothing but its own messages can count for the subject of a question: an index finds these alone.
    /// - Returns: nil where others may count for it, or where that is not soon known.
    private func accounts(_ question: Question, from: Timestamp) async throws -> [String]? {
        // Of who did not log in: `<anna@example.org>`.
        guard question.scope == .mailbox, let subject = question.subject, !subject.name.hasPrefix("<") else { return nil }
        do {
            // What is said to be below it counts for it too.
            for scope in LimitScope.allCases where scope > .mailbox {
                let said = try await definitions.page(tenant: question.tenant, scope: scope, after: nil, limit: Self.saidBelow)
                if said.count == Self.saidBelow || said.contains(where: { $0.definition.parent == subject }) { return nil }
            }
            let names = try await history.accounts(of: question.tenant, since: from, until: question.until, limit: limits.accounts, by: .now + limits.patience / 4)
            return names?.filter { (try? LimitSubject(.mailbox, $0)) == subject }
        } catch StoreTrouble.timeout { return nil }
    }

    /// Definitions of one scope that are looked through.
    private static let saidBelow = 1000
}

extension SendingTrials.Question {
    /// Whether a subject is tried.
    fileprivate func wants(_ other: LimitSubject) -> Bool { subject.map { $0 == other } ?? (other.scope == scope) }
}
