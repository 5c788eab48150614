import BlockLists
import DMARC
import DNS
import Reporting
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// A relay that keeps what it gets and answers as it is told.
final class FakeRelay: MailRelay {
    private let mails = Mutex<[OutgoingMail]>([])
    private let outcome: @Sendable (OutgoingMail) -> RelayOutcome

    init(_ outcome: @escaping @Sendable (OutgoingMail) -> RelayOutcome = { _ in .accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 ok")) }) { self.outcome = outcome }

    var taken: [OutgoingMail] { mails.withLock { $0 } }

    func send(_ mail: OutgoingMail, by deadline: ContinuousClock.Instant) async -> RelayOutcome {
        mails.withLock { $0.append(mail) }
        return outcome(mail)
    }
}

/// Everything that reports need, in memory; the clock stands where the test puts it.
final class ReportBench: Sendable {
    let resolver = MemoryResolver()
    let outbox: MemoryReportOutbox
    let relay: FakeRelay
    let local: LocalLists
    let pacing: ReportPacing
    private let zones: [ListZone]
    /// What the delivery asks; the same as the day where nothing else is said.
    private let asked: (any Resolver)?
    private let limits: ReportDeliveryLimits
    /// Asked which hosts take mail.
    private let exchanges: (any Resolver)?
    private let hands: Mutex<Timestamp>

    /// Noon of a day.
    static let noon = Timestamp(microseconds: 1_795_521_600_000_000)
    static let yesterday = noon.adding(seconds: -86_400)

    init(relay: FakeRelay = FakeRelay(), zones: [ListZone] = [], local entries: [LocalEntry] = [], pacing: ReportPacing = ReportPacing(), resolver asked: (any Resolver)? = nil,
         limits: ReportDeliveryLimits = ReportDeliveryLimits(), exchanges: (any Resolver)? = nil) {
        self.relay = relay
        self.asked = asked
        self.pacing = pacing
        self.limits = limits
        self.exchanges = exchanges
        self.zones = zones
        outbox = MemoryReportOutbox(pacing: pacing)
        local = LocalLists(entries)
        hands = Mutex(Self.noon)
    }

    var now: Timestamp {
        get { hands.withLock { $0 } }
        set { hands.withLock { $0 = newValue } }
    }

    func reporter() throws -> Reporter {
        Reporter(organization: "Receiver", email: "dmarc@mx.receiver.test", host: try #require(DomainName("mx.receiver.test")), generator: "postern")
    }

    func day(_ other: (any Resolver)? = nil, limits: DayReportLimits = DayReportLimits()) throws -> DayReports {
        DayReports(days: outbox, maker: ReportMaker(reporter: try reporter()), evaluator: DMARCEvaluator(resolver: other ?? resolver), limits: limits, now: { self.now })
    }

    func delivery() throws -> ReportDelivery {
        let clock = ListClock(instant: { .now }, time: { self.now.microseconds }), limits = { var limits = ListLimits(); limits.unaskedTopNames = []; return limits }()
        return ReportDelivery(outbox: outbox, relay: relay, evaluator: DMARCEvaluator(resolver: asked ?? resolver), resolver: exchanges ?? resolver,
                              blockLists: BlockListChecker(resolver: resolver, health: BlockListHealth(zones: zones, clock: clock, limits: limits), local: local, limits: limits),
                              reporter: try reporter(), pacing: pacing, limits: self.limits, now: { self.now })
    }

    /// Sends what is due; the pauses pass at once.
    func send() async throws -> [ReportEnd] {
        var ends: [ReportEnd] = []
        _ = try await delivery().sendDue(pause: { self.now = self.now.adding(seconds: Int($0.components.seconds)) }, tell: { ends.append($1) })
        return ends
    }

    /// A verdict of yesterday on mail of a domain with this record.
    /// - Parameter areThere: whether the hosts of its mailboxes take mail.
    func judge(_ domain: String, record: String, tenant: String = "acme", areThere: Bool = true, _ change: (inout VerdictRecord) -> Void = { _ in }) throws {
        var verdict = VerdictRecord.sample(tenant: tenant, at: Self.yesterday)
        let outcome = #"{"result":"fail","domain":"\#(domain)","policy_domain":"\#(domain)","record":"\#(record)","policy":"reject","policy_tag":"p","testing":false,"disposition":"reject","spf_aligned":false,"dkim_aligned":false,"identifiers":[{"mechanism":"spf","domain":"bounce.example","result":"softfail","mode":"relaxed","aligned":false}]}"#
        verdict.evidence = Array(#"{"dmarc":\#(outcome)}"#.utf8)
        verdict.action = .reject
        change(&verdict)
        for host in Set(areThere ? record.lowercased().split(separator: "@").dropFirst().map { String($0.prefix { !",;!".contains($0) }) } : []) { resolver.mx(host, 10, "mx.\(host)") }
        try outbox.judge(verdict)
    }

    func rows() async throws -> [ReportRow] { try await outbox.reports(matching: ReportFilter(), before: nil, limit: 1000) }
}

/// Names another address whenever it is asked where reports may go.
final class RestlessResolver: Resolver {
    private let times = Mutex(0)

    func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let memory = MemoryResolver()
        if name.text.contains("._report._dmarc.") {
            let time = times.withLock { $0 += 1; return $0 }
            memory.txt(name.text, "v=DMARC1; rua=mailto:r\(time)@vendor.test,mailto:s\(time)@vendor.test")
        }
        return await memory.answer(name, type, by: deadline)
    }
}

/// Knows of no name, and says nothing once it is too late.
struct PunctualResolver: Resolver {
    func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let memory = MemoryResolver()
        if deadline <= .now { memory.fail(name.text) }
        return await memory.answer(name, type, by: deadline)
    }
}

/// Answers like another one once it was asked for a name.
final class ChangingResolver: Resolver {
    private let state: Mutex<(now: any Resolver, next: (any Resolver)?, name: String)>

    init(_ first: any Resolver) { state = Mutex((first, nil, "")) }

    func change(to next: any Resolver, after name: String) { state.withLock { ($0.next, $0.name) = (next, name) } }

    func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let resolver = state.withLock { state in
            let resolver = state.now
            if let next = state.next, name.text == state.name, type == .txt { (state.now, state.next) = (next, nil) }
            return resolver
        }
        return await resolver.answer(name, type, by: deadline)
    }
}

extension CountedResult {
    static func sample(_ count: Int = 1, action: Action = .accept, override: AuthorEvidence.Override? = nil, last: VerdictID = VerdictID(at: ReportBench.yesterday),
                       _ change: (inout DMARCOutcome) -> Void = { _ in }) -> CountedResult {
        var outcome = DMARCOutcome(result: .fail, domain: "news.example.org", organizationalDomain: "example.org", policyDomain: "example.org",
                                   record: "v=DMARC1; p=reject; rua=mailto:r@example.org", policy: .reject, policyTag: .p, disposition: .reject,
                                   identifiers: [DMARCIdentifier(mechanism: .spf, domain: "bounce.example", result: "softfail", mode: .relaxed, isAligned: false),
                                                 DMARCIdentifier(mechanism: .dkim, domain: "esp.example", selector: "s1", result: "pass", mode: .relaxed, isAligned: false)])
        change(&outcome)
        return CountedResult(count: count, last: last, clientIP: .v4(0xc000_0201), envelopeFrom: "bounce.example", envelopeTo: "receiver.test", action: action, outcome: outcome, override: override)
    }
}
