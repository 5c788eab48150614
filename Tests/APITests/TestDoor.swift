import API
import Cryptography
import DKIM
import DNS
import Foundation
import Learning
import Limiting
import Logging
import Notices
import RateLimits
import Reporting
import ServiceLifecycle
import Signing
import Synchronization
import TestStores
import TestSupport
import Testing
import Threads
import TransportSecurity
import Verdicts
import Watching

/// A door with real listeners on free ports, fakes behind it, and a token for each scope.
final class TestDoor: Sendable {
    let judge = FakeJudge()
    let sealer = FakeSealer()
    let verdicts = MemoryVerdictStore()
    /// What a tenant may have here.
    static let tenantLimits = { var limits = TenantLimits(); limits.tokens = 4; limits.localEntries = 3; return limits }()
    let tokens = CountingTokens(limits: tenantLimits)
    let localList = MemoryLocalList(limits: tenantLimits)
    let keys = MemorySigningKeyStore()
    let received = MemoryReceivedReports()
    let outbox = MemoryReportOutbox()
    let tally = ReportTally()
    let relay: FakeRelay
    /// nil without a master key.
    let quarantine: QuarantineDesk?
    let training: TrainingDesk
    let allowances = MemoryAllowances { Int(Date().timeIntervalSince1970 * 1000) }
    let sending: SendingLimits
    let notices = MemoryNotices(now: Int(Date().timeIntervalSince1970 * 1000))
    let trials: SendingTrials
    let watching = MemoryWatch { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
    let watch: SenderWatch
    /// Keys sign as soon as their records are here.
    let dns = MemoryResolver()
    let log = RecordedLines()
    let door: APIDoor
    /// Port of the first listener.
    let port: Int
    let ports: [Int?]
    private let group: ServiceGroup
    private let running: Task<Void, any Error>
    private let state: State

    /// What the test changes while the door runs.
    final class State: Sendable {
        let ready = Mutex(Readiness([.init("database", .ok)]))
        let changes = Mutex(0)
        let relayed = Mutex(RelayOutcome.accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 ok")))
    }

    private static var hour: LimitWindow { get throws { try #require(LimitWindow(seconds: 3600)) } }

    static let contract = Array(((try? String(contentsOfFile: repository + "/openapi/postern.yaml", encoding: .utf8)) ?? "").utf8)
    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    private static var notes: Notes { get throws { try Notes(["en": NoteTemplate("removed: {file} {found}"), "ru": NoteTemplate("удалено: {file}")], language: "en", languages: ["blue": "ru"]) } }

    init(_ listeners: [Listener] = [.tcp(host: "127.0.0.1", port: 0)], masterKey: Bool = true, _ adjust: (inout APILimits) -> Void = { _ in }) async throws {
        var limits = APILimits()
        adjust(&limits)
        let state = State()
        self.state = state
        var schedule = KeySchedule()
        schedule.settle = 0
        let key = masterKey ? MasterKey([UInt8](repeating: 7, count: 32)) : nil, relay = FakeRelay { _ in state.relayed.withLock { $0 } }
        self.relay = relay
        let quarantine = key.map { QuarantineDesk(Quarantine(MemoryQuarantine(), seal: MessageSeal($0), sealers: QueueRound(label: "test.sealers", width: 1)), relay: relay) }
        self.quarantine = quarantine
        let training = TrainingDesk(MemoryTraining(limits: { var limits = TrainingLimits(); limits.globalBits = 12; limits.layerBits = 12; limits.tenantEvents = 12; limits.requestMessages = 5; return limits }()))
        try await training.start()
        self.training = training
        let definitions = MemoryLimits(limits: { var limits = AllowanceLimits(); limits.definitions = 3; return limits }())
        trials = SendingTrials(verdicts, definitions, LimitHierarchy())
        sending = SendingLimits(allowances, definitions, LimitHierarchy(defaults: [.mailbox: [try RateLimit(counts: .recipients, most: 100, window: try Self.hour)]]), holds: allowances, restraints: RestraintBook(watching, throttle: []))
        watch = SenderWatch(watching, sending, rules: WatchRules(thresholds: [.bounces: .init(share: nil, least: 3, window: try Self.hour, weight: 2)]), listed: [])
        let secret = try #require(WebhookSecret("abcdefghijklmnopqrstuvwxyz"))
        let webhooks = [Webhook(WebhookSubscription(name: "panel"), base: "https://panel.example.org:8443", path: "/hook/a?key=hidden", secret: secret),
                        Webhook(WebhookSubscription(name: "blue", tenant: "blue", kinds: [.senderFrozen, .webhookTest]), base: "http://127.0.0.1", path: "/", secret: secret)]
        let seal = key.map { KeySeal($0) }, ring = KeyRing(seal: seal, schedule: schedule)
        let house = APIDoor.House(
            judge: judge, verdicts: verdicts, tokens: tokens, localList: localList, localListChanged: { state.changes.withLock { $0 += 1 } },
            signingKeys: KeyDesk(store: keys, seal: seal, resolvers: [dns], schedule: schedule, ring: ring), ring: ring, sealer: sealer,
            reports: ReportDesk(received: received, outbox: outbox, intake: ReportIntake { try JSONDecoder().decode(TLSReport.self, from: Data($0)) }, tally: tally), quarantine: quarantine, training: training, limits: sending, holds: HoldDesk(allowances, sending) { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }, trials: trials, watch: watch, restraints: watching, notices: NoticeDesk(notices, webhooks: webhooks), notes: try Self.notes, blockLists: { Array(#"{"zones":[]}"#.utf8) }, readiness: { state.ready.withLock { $0 } },
            metrics: { [MetricFamily("postern_test_total", .counter, "A test's \"own\"\nmetric.", [.init(labels: [("name", "a\"b\\c\nd")], value: 2)])] },
            contract: Self.contract, clock: { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) })
        let lines = log
        let logger = Logger(label: "postern.test") { _ in RecordingLog(lines: lines) }
        let (bound, sink) = AsyncStream.makeStream(of: (Listener, Int?).self)
        door = APIDoor(house, listeners: listeners, limits: limits, logger: logger) { sink.yield(($0, $1)) }
        let group = ServiceGroup(configuration: .init(services: [door], logger: logger))
        self.group = group
        running = Task {
            defer { sink.finish() }
            try await group.run()
        }
        var found: [(Listener, Int?)] = []
        for await one in bound {
            found.append(one)
            if found.count == listeners.count { break }
        }
        if found.count < listeners.count { try await running.value }
        ports = listeners.map { listener in found.first { $0.0 == listener }?.1 }
        port = ports.compactMap { $0 }.first ?? 0
    }

    var changes: Int { state.changes.withLock { $0 } }
    func relayAnswers(_ outcome: RelayOutcome) { state.relayed.withLock { $0 = outcome } }
    func set(_ readiness: Readiness) { state.ready.withLock { $0 = readiness } }

    /// A new token's text.
    func token(_ scopes: Scope..., tenant: String? = nil, expires: Timestamp? = nil) async throws -> String {
        let (text, made) = try TokenText.make()
        try await tokens.save(AccessToken(id: made.id, tenant: tenant, name: "test", scopes: scopes, digest: made.digest, createdAt: Timestamp(microseconds: 1), expiresAt: expires))
        return text
    }

    func stopping() { Task { await group.triggerGracefulShutdown() } }

    func stop() async throws {
        await group.triggerGracefulShutdown()
        try await running.value
    }

    func ended() async throws { try await running.value }

    /// One request on a connection of its own.
    func ask(_ method: String, _ target: String, token: String? = nil, type: String? = nil, body: [UInt8]? = nil, fields: [String] = []) async throws -> RawAnswer {
        let port = port
        return try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(Self.request(method, target, token: token, type: type, body: body, fields: fields + ["Connection: close"]))
            return try connection.answer(bodyless: method == "HEAD")
        }
    }

    static func request(_ method: String, _ target: String, token: String? = nil, type: String? = nil, body: [UInt8]? = nil, fields: [String] = []) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"]
        if let token { lines.append("Authorization: Bearer \(token)") }
        if let type { lines.append("Content-Type: \(type)") }
        if let body { lines.append("Content-Length: \(body.count)") }
        return Array((lines + fields).joined(separator: "\r\n").utf8) + Array("\r\n\r\n".utf8) + (body ?? [])
    }
}

let message = Array("From: a@example.org\r\nTo: b@example.net\r\nSubject: x\r\n\r\nHello\r\n".utf8)
let raw = "message/rfc822"
let judged = "/v1/verdicts?client_ip=192.0.2.1&helo=mx.example.org&mail_from=a@example.org&rcpt=b@example.net"
