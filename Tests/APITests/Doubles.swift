import BlockLists
import Logging
import Synchronization
import TestStores
import Verdicts

/// A judge that answers what it is told, and remembers what it saw.
final class FakeJudge: Judge {
    private let full = Mutex(false)
    private let count = Mutex(0)
    private let room = Mutex(1000)
    private let trouble = Mutex<JudgeTrouble?>(nil)
    private let seen = Mutex<[Submission]>([])
    private let gate = Mutex<[CheckedContinuation<Void, Never>]?>(nil)

    var isFull: Bool {
        get { full.withLock { $0 } }
        set { full.withLock { $0 = newValue } }
    }

    var places: Int {
        get { room.withLock { $0 } }
        set { room.withLock { $0 = newValue } }
    }

    var refused: Int { count.withLock { $0 } }
    func turnedAway() { count.withLock { $0 += 1 } }

    var fails: JudgeTrouble? {
        get { trouble.withLock { $0 } }
        set { trouble.withLock { $0 = newValue } }
    }

    var submissions: [Submission] { seen.withLock { $0 } }

    /// From now on messages wait until `open`.
    func shut() { gate.withLock { $0 = [] } }

    func open() {
        let waiting = gate.withLock { gate in defer { gate = nil }; return gate ?? [] }
        for one in waiting { one.resume() }
    }

    func judge(_ submission: Submission) async throws(JudgeTrouble) -> Judgement {
        seen.withLock { $0.append(submission) }
        await withCheckedContinuation { continuation in
            let waits = gate.withLock { gate in
                guard gate != nil else { return false }
                gate?.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
        if let fails { throw fails }
        let id = VerdictID(at: submission.receivedAt)
        let verdict = Verdict(id: id, action: .tag, messageClass: .spam, score: 7.5, thresholds: Thresholds(), smtp: SMTPReply(code: 250, enhanced: "2.0.0", text: "OK"),
                              findings: [Finding("spf.fail", "192.0.2.1 may not send for example.org")],
                              headers: HeaderEdits(add: [HeaderToAdd(name: "X-Spam-Flag", value: "YES")], remove: [HeaderToRemove(name: "X-Spam-Flag", place: nil)]), decidedBy: nil)
        let texts = VerdictDocument.answer(verdict: verdict, evidence: Evidence(), timing: [("parse", 0.25), ("total", 3.5)])
        var record = VerdictRecord.sample(at: submission.receivedAt, action: .tag)
        record.id = id
        return Judgement(record: record, answer: texts.answer)
    }
}

/// The operator's list in memory.
final class MemoryLocalList: LocalListStore {
    private let kept = Mutex<[LocalEntry]>([])
    private let limits: TenantLimits

    init(limits: TenantLimits) { self.limits = limits }

    func entries() async throws -> [LocalEntry] { kept.withLock { $0 } }
    func list(tenant: String?) async throws -> [LocalEntry] { kept.withLock { $0.filter { tenant == nil || $0.tenant == tenant } } }

    func add(_ entry: LocalEntry) async throws -> LocalEntry {
        try kept.withLock { kept in
            var entry = entry
            if let old = kept.firstIndex(where: { $0.tenant == entry.tenant && $0.effect == entry.effect && $0.subject == entry.subject }) {
                entry.id = kept[old].id
                kept[old] = entry
            } else {
                guard entry.tenant == nil || kept.count(where: { $0.tenant == entry.tenant }) < limits.localEntries else { throw TenantLimitReached(limit: limits.localEntries) }
                entry.id = "entry\(kept.count + 1)"
                kept.append(entry)
            }
            return entry
        }
    }

    func remove(_ id: String, tenant: String?) async throws -> Bool {
        kept.withLock { kept in
            guard let place = kept.firstIndex(where: { $0.id == id && (tenant == nil || $0.tenant == tenant) }) else { return false }
            kept.remove(at: place)
            return true
        }
    }
}

/// Counts how often it is asked, and fails when it is told to.
final class CountingTokens: TokenStore {
    let inside: MemoryTokenStore
    private let count = Mutex(0)
    private let down = Mutex(false)

    init(limits: TenantLimits) { inside = MemoryTokenStore(limits: limits) }

    var asked: Int { count.withLock { $0 } }
    var isDown: Bool {
        get { down.withLock { $0 } }
        set { down.withLock { $0 = newValue } }
    }

    private func check() throws { if isDown { throw StoreTrouble.unavailable("the test says so") } }

    func save(_ token: AccessToken) async throws { try check(); try await inside.save(token) }
    func token(_ id: String) async throws -> AccessToken? {
        count.withLock { $0 += 1 }
        try check()
        return try await inside.token(id)
    }
    func tokens() async throws -> [AccessToken] { try check(); return try await inside.tokens() }
    func remove(_ id: String) async throws -> Bool { try check(); return try await inside.remove(id) }
}

/// Keeps what is logged from warnings on.
struct RecordingLog: LogHandler {
    let lines: RecordedLines
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add("\(event.level) \(event.message)") }
}

final class RecordedLines: Sendable {
    private let kept = Mutex<[String]>([])

    var all: [String] { kept.withLock { $0 } }
    func add(_ line: String) { kept.withLock { $0.append(line) } }
}

/// What a test did not expect of a connection.
struct Surprise: Error {
    let what: String
}
