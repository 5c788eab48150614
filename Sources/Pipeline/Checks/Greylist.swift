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
        /// How long a message waits for the store at most, beside its deadline.
        package var patience: Duration = .seconds(2)

        package init() {}
    }

    private struct State {
        var credits: [GreylistCredit.Author: Int] = [:]
        var answers: [GreylistEvidence.Result: Int] = [:]
        var dropped = 0
    }

    private let store: any GreylistStore
    private let settings: Settings
    private let state = Mutex(State())

    /// Authors whose messages wait to be written; those of others are not counted then.
    private static let creditsAtMost = 10_000

    package init(_ store: any GreylistStore, settings: Settings = Settings()) { self.store = store; self.settings = settings }

    /// Looks whether a message is put off. The time for that is beside the message's deadline: else slow name servers of a sender would leave none, and he would pass.
    /// - Returns: the examination decided anew; the same where the policy has it not in the middle of the scale.
    func look(_ examined: Examination, _ policy: Policy) async -> Examination {
        guard policy.greylists(examined.verdict) else { return examined }
        if let reason = exemption(examined) { return counted(examined.greylisted(GreylistEvidence(.exempt, reason: reason), nil, policy)) }
        let begin = ContinuousClock.now, keys = GreylistKeys(examined, .init(v4: settings.prefixV4, v6: settings.prefixV6))
        let (evidence, finding) = await ask(keys, by: .now + settings.patience)
        return counted(examined.greylisted(evidence, finding, policy, took: begin.duration(to: .now)))
    }

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

    /// Counts a message that was taken without a doubt for its author, where his domain is proved. It is written by ``write()``.
    /// - Parameter kept: the verdict that was answered; an earlier one of the same message was counted before.
    func credit(_ examined: Examination, _ kept: VerdictRecord, _ policy: Policy) {
        guard let threshold = policy.thresholds.greylist, kept.id == examined.verdict.id, kept.action == .accept, kept.messageClass == .legitimate, kept.score < threshold else { return }
        guard kept.direction == .inbound, kept.authUser == nil, let author = examined.evidence.author, author.standing == .aligned, let domain = author.domain else { return }
        let name = GreylistCredit.Author(tenant: kept.tenant, key: GreylistKeys.key(ofAuthor: domain, tenant: kept.tenant))
        add([(name, 1)])
    }

    private func add(_ credits: [(GreylistCredit.Author, Int)]) {
        state.withLock { state in
            for (name, messages) in credits {
                guard state.credits[name] != nil || state.credits.count < Self.creditsAtMost else { state.dropped += 1; continue }
                state.credits[name, default: 0] += messages
            }
        }
    }

    /// Writes what was counted since the last time; what could not be written is kept for the next time.
    package func write(by deadline: ContinuousClock.Instant) async throws {
        let credits = state.withLock { state in
            defer { state.credits = [:] }
            return state.credits
        }
        if credits.isEmpty { return }
        do { try await store.add(credits.map { GreylistCredit(tenant: $0.key.tenant, author: $0.key.key, messages: $0.value) }, settings.terms, by: deadline) } catch {
            add(credits.map { ($0.key, $0.value) })
            throw error
        }
    }

    package func families() -> [MetricFamily] {
        let state = state.withLock { $0 }
        return [
            MetricFamily("postern_greylist_total", .counter, "Messages in the middle of the scale, by what the greylist said.",
                         GreylistEvidence.Result.allCases.map { .init(labels: [("result", $0.rawValue)], value: Double(state.answers[$0] ?? 0)) }),
            MetricFamily("postern_greylist_credits_waiting", .gauge, "Authors whose messages are not written yet.", value: Double(state.credits.count)),
            MetricFamily("postern_greylist_credits_dropped_total", .counter, "Times that an author's messages found no room to wait.", value: Double(state.dropped)),
        ]
    }
}

extension GreylistCredit {
    fileprivate struct Author: Hashable { let tenant: String, key: [UInt8] }
}
