internal import BlockLists
internal import DNS
internal import JSON
internal import Learning
package import Limiting
internal import Mail
internal import Synchronization
package import Verdicts
package import Watching

/// Judges messages in a bounded set of workers and keeps every verdict before its caller has it.
package final class MessageJudge: Judge {
    package struct Settings: Sendable {
        /// For one message, all checks together; what is left of one that is made harmless is scanned for half as long again.
        package var patience: Duration
        /// What a caller is told who finds the line full: seconds.
        package var retryAfter: Int

        package init(patience: Duration = .seconds(8), retryAfter: Int = 2) { self.patience = patience; self.retryAfter = retryAfter }
    }

    let pipeline: Pipeline
    private let workers: Workers
    let store: any VerdictStore
    let settings: Settings
    /// Where messages are kept that go into quarantine; nil where the MTA keeps them.
    let quarantine: Quarantine?
    /// Counts what goes out; nil where nothing is counted.
    let limits: SendingLimits?
    /// Looks at what goes out; nil where nobody does.
    let watch: SenderWatch?
    /// What takes the place of parts that are removed; nil where no message is made harmless.
    let notes: Notes?
    /// Who puts off what lies in the middle of the scale; nil where nobody does, whatever the policy says.
    private let greylist: Greylist?
    private let policies: Mutex<Policies>
    /// What was judged since the start.
    package let tally = Tally()

    package init(pipeline: Pipeline, workers: Workers, store: any VerdictStore, policies: Policies, quarantine: Quarantine? = nil, notes: Notes? = nil, greylist: Greylist? = nil, limits: SendingLimits? = nil, watch: SenderWatch? = nil, settings: Settings = Settings()) {
        self.pipeline = pipeline; self.workers = workers; self.store = store; self.quarantine = quarantine; self.notes = notes; self.greylist = greylist; self.limits = limits; self.watch = watch; self.settings = settings
        self.policies = Mutex(policies)
        limits?.enforce(policies.outbound)
    }

    package var places: Int { workers.limit + workers.lineLimit }
    package var isFull: Bool { workers.isFull }
    package func turnedAway() { workers.turnedAway() }

    /// Puts other policies in force for the messages that come from now on.
    package func replace(policies new: Policies) {
        policies.withLock { $0 = new }
        limits?.enforce(new.outbound)
    }

    /// Takes no more messages; those under way are brought to their end.
    package func close() { workers.close() }

    package func judge(_ submission: Submission) async throws(JudgeTrouble) -> Judgement {
        let deadline = ContinuousClock.now + settings.patience
        let policy = policies.withLock { $0 }[submission.envelope.direction]
        let id = VerdictID(at: submission.receivedAt)
        let begin = ContinuousClock.now
        let kept = await workers.run { () async -> Result<Judgement, JudgeTrouble> in
            let judged = await pipeline.judge(submission, id: id, policy: policy, by: deadline), examined = await greylist?.look(judged, policy, after: deadline, of: settings.patience) ?? judged
            do throws(JudgeTrouble) { return .success(try await keep(examined, policy, by: deadline)) } catch { return .failure(error) }
        }
        guard let kept else { throw .full(retryAfter: settings.retryAfter) }
        let judgement = try kept.get()
        tally.add(judgement.record, octets: submission.octets.count, took: begin.duration(to: ContinuousClock.now))
        return judgement
    }

    /// Keeps the verdict. An earlier one for the same message stands, unless it put the message off or had it kept back: then this one takes its place.
    private func keep(_ examined: Examination, _ policy: Policy, by deadline: ContinuousClock.Instant) async throws(JudgeTrouble) -> Judgement {
        do {
            let safe = await withMessageSafe(examined, policy, by: deadline), counted = await counted(safe, policy, after: deadline)
            let (first, earlier) = try await first(examined, safe, counted, policy, by: deadline)
            guard let earlier else { stands(first.examined, policy, isFirst: true); return Judgement(record: first.record, answer: first.answer) }
            if first.record.id != earlier.id { await takeBack(first.examined) }
            if earlier.id == safe.verdict.id { return try await own(safe, counted, policy) }
            if earlier.action.isForNow, await !waits(examined, earlier, counted, by: deadline) {
                // Under its own name: notes in a harmless message have the verdict's, and what goes out is signed with them.
                let safe = await withMessageSafe(examined.renamed(earlier.id), policy, by: deadline), again = Draft(counted.map { safe.limited($0.evidence, policy) } ?? safe)
                if try await store.replace(again.record) {
                    stands(again.examined, policy, isFirst: false)
                    await keepAnew(again.examined)
                    // What a try left there whose verdict cannot come to stand any more, or this one, which puts the message off.
                    if again.examined.verdict.quarantine == nil { if again.record.action.isForNow { await takeBackUnlessKept(safe) } else { await withdraw(earlier.id, again.examined) } }
                    return Judgement(record: again.record, answer: again.answer)
                }
                // Another try of the same message was quicker, and what it decided stands.
                let standing = try await standing(earlier.id, examined)
                if !standing.isMessageKept { await takeBackUnlessKept(safe) }
                return Judgement(record: standing, answer: VerdictDocument.history(standing))
            }
            let kept = try await standing(earlier.id, examined)
            return Judgement(record: kept, answer: VerdictDocument.history(kept))
        } catch let trouble as StoreTrouble {
            throw .store(trouble)
        } catch {
            throw .store(.refused("\(error)"))
        }
    }

    /// What follows from a verdict that came to stand.
    /// - Parameter isFirst: false for a message that came before and was put off, or kept back.
    func stands(_ examined: Examination, _ policy: Policy, isFirst: Bool) {
        greylist?.credit(examined, policy)
        watched(examined, isFirst: isFirst)
        if let features = examined.features { pipeline.spam?.note(features, of: examined) }
    }

    /// Keeps the verdict; where it is known that it does not stand, its message is not kept either.
    func append(_ draft: Draft) async throws -> EarlierVerdict? {
        do { return try await store.append(draft.record) } catch StoreTrouble.refused(let reason) {
            // Refused is also an answer about other records that were kept with this one, which then may stand.
            do { if try await store.verdict(draft.record.id, tenant: draft.record.tenant) == nil { await takeBack(draft.examined) } } catch {}
            throw StoreTrouble.refused(reason)
        }
    }

    /// The verdict that stands for a message.
    func standing(_ id: VerdictID, _ examined: Examination) async throws -> VerdictRecord {
        // Claimed but gone: the next try finds what stands.
        guard let kept = try await store.verdict(id, tenant: examined.submission.envelope.tenant) else { throw StoreTrouble.unavailable("the earlier verdict of this message is being replaced") }
        return kept
    }
}

extension VerdictRecord {
    /// Domains of one record: those of the session are first, so that no number of authors or links pushes them out.
    private static let maximumDomains = 64

    /// - Parameter document: that of the examination.
    init(_ examined: Examination, _ document: VerdictDocument.Texts) {
        let verdict = examined.verdict, envelope = examined.submission.envelope, message = examined.message, parties = examined.parties
        let domains = (([parties.sender, parties.helo].compactMap { $0 } + parties.authors).map(\.text) + message.urls.compactMap { $0.domain?.text }).withoutRepetition
        self.init(id: verdict.id, tenant: envelope.tenant, receivedAt: examined.submission.receivedAt, action: verdict.action, messageClass: verdict.messageClass,
                  score: verdict.score, direction: envelope.direction, clientIP: envelope.clientIP, helo: envelope.helo,
                  mailFrom: envelope.mailFrom.map { HistoryPath($0) }, recipients: envelope.recipients.map { HistoryPath($0) }, authUser: envelope.authUser,
                  queueID: envelope.queueID, serverName: envelope.serverName, messageID: message.bareMessageID?.cut(to: 998),
                  subject: message.subject?.cut(to: 255), domains: Array(domains.prefix(Self.maximumDomains)),
                  codes: verdict.findings.map(\.code).withoutRepetition, size: message.octets.count, digest: message.digest,
                  envelope: jsonOctets(envelope), findings: document.findings, evidence: document.evidence, decision: document.decision)
    }
}
