internal import DNS
internal import Mail
internal import ReverseDNS
internal import Synchronization
package import Verdicts

/// Puts off what lies in the middle of the scale until its sender comes again, as mail servers do and most of those who send junk do not.
///
/// It looks and counts; what is done with what it finds, policy says.
package final class Greylist: Sendable {
    package struct Settings: Sendable {
        package var terms = GreylistTerms()
        /// Leading bits of an IPv4 address that make a network, 8…32; /24 is the smallest that routers carry from one provider to another.
        package var prefixV4 = 24
        /// Leading bits of an IPv6 address, 16…128; /64 is one line of one customer.
        package var prefixV6 = 64
        /// Tenants for whom nothing is put off.
        package var exemptTenants: Set<String> = []
        /// How long a message waits for the store at most, beside its deadline; see ``Greylist/end(from:after:of:patience:)``.
        package var patience: Duration = .seconds(2)

        package init() {}
    }

    private enum Merit { case messages(Int), end }

    private struct State {
        var authors: [GreylistName: Merit] = [:]
        /// Who stays known, if he is.
        var clients: Set<GreylistName> = []
        var answers: [GreylistEvidence.Result: Int] = [:]
        var dropped = 0
    }

    private let store: any GreylistStore
    private let settings: Settings
    private let state = Mutex(State())

    /// Authors, and as many clients, that wait to be written; others are not counted then.
    private static let waitingAtMost = 10_000

    package init(_ store: any GreylistStore, settings: Settings = Settings()) { self.store = store; self.settings = settings }

    /// Looks whether a message is put off. The time for that is beside the message's deadline: else slow name servers of a sender would leave none, and he would pass.
    /// - Parameters:
    ///   - deadline: of the checks before.
    ///   - whole: the time that they had.
    /// - Returns: the examination decided anew; the same where the policy has it not in the middle of the scale.
    func look(_ examined: Examination, _ policy: Policy, after deadline: ContinuousClock.Instant, of whole: Duration) async -> Examination {
        guard policy.greylists(examined.verdict) else { return examined }
        if let reason = exemption(examined) { return counted(examined.greylisted(GreylistEvidence(.exempt, reason: reason), nil, policy)) }
        let begin = ContinuousClock.now, keys = GreylistKeys(examined, prefixes)
        let (evidence, finding) = await ask(keys, by: Self.end(from: begin, after: deadline, of: whole, patience: settings.patience))
        return counted(examined.greylisted(evidence, finding, policy, took: begin.duration(to: .now)))
    }

    /// Until when the store is waited for: a quarter of the time for the checks, half a second at least and ``Settings/patience`` at most, so whoever waits for the answer knows how long that can take.
    ///
    /// What was worked beyond the deadline is taken off, but for a quarter of it: a message that takes long to read does not pass by that.
    /// - Parameters:
    ///   - begin: when the checks were done.
    ///   - deadline: when they should have been.
    ///   - whole: the time that they had.
    package static func end(from begin: ContinuousClock.Instant, after deadline: ContinuousClock.Instant, of whole: Duration, patience: Duration) -> ContinuousClock.Instant {
        let time = min(patience, max(whole / 4, .milliseconds(500)))
        return max(min(begin, deadline) + time, begin + time / 4)
    }

    private var prefixes: GreylistKeys.Prefixes { .init(v4: settings.prefixV4, v6: settings.prefixV6) }

    private func counted(_ examined: Examination) -> Examination {
        if let result = examined.evidence.greylist?.result { state.withLock { $0.answers[result, default: 0] += 1 } }
        return examined
    }

    private func ask(_ keys: GreylistKeys, by deadline: ContinuousClock.Instant) async -> (GreylistEvidence, Finding) {
        let client = keys.client
        do {
            let answer = try await store.meet(keys.visit, settings.terms, by: deadline)
            return (GreylistEvidence(answer, client: client), Finding(answer, client: client))
        } catch {
            return (GreylistEvidence(.unknown, client: client, reason: "\(error)"), Finding(unknown: "greylist.unknown", "\(error)", couldBe: [], passing: false))
        }
    }

    /// Why a message is never put off; nil where it may be.
    private func exemption(_ examined: Examination) -> String? {
        let envelope = examined.submission.envelope
        if envelope.authUser != nil { return "the client authenticated" }
        if envelope.direction != .inbound { return "the message goes out" }
        if settings.exemptTenants.contains(envelope.tenant) { return "the tenant has it switched off" }
        if let skipped = examined.evidence.reverseDNS?.iprev.skipped { return skipped }
        return examined.verdict.findings.contains { $0.code == "local.allow" } ? "the local list lets the sender through" : nil
    }

    // MARK: - The history of authors

    /// Counts a verdict that was not there before for its author, where his domain is proved, and for the client. It is written by ``write(by:)``.
    ///
    /// A message that was taken without a doubt adds to the author's history, and who is known stays so for it. One that is marked, kept back, refused or put off by the greylist ends the history;
    /// what is put off for want of an answer, and what is taken though in doubt, does neither.
    func credit(_ examined: Examination, _ policy: Policy) {
        let verdict = examined.verdict, envelope = examined.submission.envelope
        guard let threshold = policy.thresholds.greylist, envelope.direction == .inbound, envelope.authUser == nil else { return }
        let author = GreylistKeys.author(examined)
        if verdict.action == .accept {
            guard verdict.messageClass == .legitimate, verdict.score < threshold else { return }
            add(authors: author.map { [$0: .messages(1)] } ?? [:], clients: [GreylistKeys.known(examined, prefixes)])
        } else if let author, verdict.action != .defer || verdict.decidedBy.map({ Policy.greylistCodes.contains($0) }) == true {
            add(authors: [author: .end], clients: [])
        }
    }

    private func add(authors: [GreylistName: Merit], clients: Set<GreylistName>) {
        state.withLock { state in
            for (name, merit) in authors {
                switch (state.authors[name], merit) {
                case (nil, _):
                    if state.authors.count < Self.waitingAtMost { state.authors[name] = merit } else { state.dropped += 1 }
                case (.messages(let had), .messages(let more)): state.authors[name] = .messages(had + more)
                // An end counts for all that was sent since the last time.
                case (.messages, .end): state.authors[name] = .end
                case (.end, _): break
                }
            }
            for name in clients where state.clients.count < Self.waitingAtMost { state.clients.insert(name) }
        }
    }

    /// Writes what was counted since the last time, portion by portion; a portion that could not be written is kept for the next time.
    /// - Throws: the first trouble, after the other portions were tried.
    package func write(by deadline: ContinuousClock.Instant) async throws {
        let (authors, clients) = state.withLock { state in
            defer { state.authors = [:]; state.clients = [] }
            return (state.authors, state.clients)
        }
        var trouble: (any Error)?
        let credits = authors.compactMap { name, merit in if case .messages(let messages) = merit { GreylistCredit(author: name, messages: messages) } else { nil } }
        let ended = authors.compactMap { name, merit in if case .end = merit { name } else { nil } }
        for names in ended.portions {
            do { try await store.end(names, by: deadline) } catch {
                trouble = trouble ?? error
                add(authors: Dictionary(uniqueKeysWithValues: names.map { ($0, .end) }), clients: [])
            }
        }
        for some in credits.portions {
            do { try await store.add(some, settings.terms, by: deadline) } catch {
                trouble = trouble ?? error
                add(authors: Dictionary(uniqueKeysWithValues: some.map { ($0.author, .messages($0.messages)) }), clients: [])
            }
        }
        for names in Array(clients).portions {
            do { try await store.prolong(names, settings.terms, by: deadline) } catch {
                trouble = trouble ?? error
                add(authors: [:], clients: Set(names))
            }
        }
        if let trouble { throw trouble }
    }

    package func families() -> [MetricFamily] {
        let state = state.withLock { $0 }
        return [
            MetricFamily("postern_greylist_total", .counter, "Messages in the middle of the scale, by what the greylist said.",
                         GreylistEvidence.Result.allCases.map { .init(labels: [("result", $0.rawValue)], value: Double(state.answers[$0] ?? 0)) }),
            MetricFamily("postern_greylist_credits_waiting", .gauge, "Authors whose messages are not written yet.", value: Double(state.authors.count)),
            MetricFamily("postern_greylist_credits_dropped_total", .counter, "Times that an author's messages found no room to wait.", value: Double(state.dropped)),
        ]
    }
}

extension Array {
    /// Of a size that is written at once.
    fileprivate var portions: [[Element]] { stride(from: 0, to: count, by: GreylistTerms.writtenAtOnce).map { Array(self[$0..<Swift.min($0 + GreylistTerms.writtenAtOnce, count)]) } }
}
