import BlockLists
import DNS
import Synchronization
import TestSupport
import Testing

/// A clock whose hands the test turns.
final class Hands: Sendable {
    private let passed = Mutex(Duration.zero)
    private let start = ContinuousClock.now
    private let waits = Mutex<(@Sendable () async throws -> Void)?>(nil)

    /// From now on whoever waits turns the hands by it, and then this happens.
    func afterEachWait(_ event: @escaping @Sendable () async throws -> Void) { waits.withLock { $0 = event } }

    func turn(_ duration: Duration) { passed.withLock { $0 += duration } }
    var now: ContinuousClock.Instant { start + passed.withLock { $0 } }
    var clock: ListClock {
        ListClock(instant: { self.now }, time: { 1_700_000_000_000_000 + self.passed.withLock { Int64($0.components.seconds) } * 1_000_000 },
                  wait: { moment in
                      self.turn(max(.zero, moment - self.now))
                      try await self.waits.withLock { $0 }?()
                  })
    }
}

/// Answers at once from what a `MemoryResolver` would say, as a warm cache does.
final class WarmResolver: Resolver {
    private let answers: [DomainName: DNSAnswer]
    let waits = Mutex(0)

    init(_ answers: [DomainName: DNSAnswer]) { self.answers = answers }

    func cachedAnswer(_ name: DomainName, _ type: RecordType) -> DNSAnswer? { answers[name] ?? .nameError(.insecure) }

    func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        waits.withLock { $0 += 1 }
        return cachedAnswer(name, type) ?? .nameError(.insecure)
    }
}

struct Bench {
    let resolver = MemoryResolver()
    let hands = Hands()
    let health: BlockListHealth
    let local: LocalLists
    let checker: BlockListChecker

    init(_ zones: [ListZone], local entries: [LocalEntry] = [], limits: ListLimits = ListLimits()) {
        health = BlockListHealth(zones: zones, clock: hands.clock, limits: limits)
        local = LocalLists(entries)
        checker = BlockListChecker(resolver: resolver, health: health, local: local, limits: limits)
    }

    func check(_ subjects: ListSubjects, tenant: String? = nil) async -> BlockListOutcome {
        await checker.check(subjects, tenant: tenant, at: 1_700_000_000_000_000, by: ContinuousClock.now + .seconds(60))
    }

    func probe() async { await health.probe(with: resolver, by: ContinuousClock.now + .seconds(60)) }

    func zone(_ place: Int = 0) -> ZoneSnapshot { health.snapshot().zones[place] }
}

func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

let zen = SpamhausZones.zen(at: "zen.spamhaus.org")
let dbl = SpamhausZones.dbl(at: "dbl.spamhaus.org")
let key = "abcdefghijklmnopqrstuvwxyz"
