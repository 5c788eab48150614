import BlockLists
import DNS
import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

struct ZoneHealthTests {
    private func works(_ bench: Bench) {
        bench.resolver.a("2.0.0.127.zen.spamhaus.org", "127.0.0.2")
        bench.resolver.a("2.0.0.127.zen.spamhaus.org", "127.0.0.10")
    }

    private let client = ListSubjects(client: IPAddress("8.8.4.4"))

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var zone = zen
        var records: @Sendable (MemoryResolver) -> Void
        var state: ZoneState
        /// What a message's question then is: known, or not.
        var isKnown: Bool
    }

    static let rows: [Row] = [
        Row(testDescription: "works", records: { $0.a("2.0.0.127.zen.spamhaus.org", "127.0.0.4") }, state: .working, isKnown: true),
        Row(testDescription: "works, by an answer that the table does not know", records: { $0.a("2.0.0.127.zen.spamhaus.org", "127.0.0.77") }, state: .working, isKnown: true),
        Row(testDescription: "the test entry is missing", records: { _ in }, state: .silent, isKnown: false),
        Row(testDescription: "the test entry leads out of 127/8", records: { $0.a("2.0.0.127.zen.spamhaus.org", "8.8.8.8") }, state: .silent, isKnown: false),
        Row(testDescription: "lists 127.0.0.1 too", records: { $0.a("2.0.0.127.zen.spamhaus.org", "127.0.0.2"); $0.a("1.0.0.127.zen.spamhaus.org", "127.0.0.2") },
            state: .listsEverything, isKnown: false),
        Row(testDescription: "answers every name with a web server", records: { $0.a("2.0.0.127.zen.spamhaus.org", "8.8.8.8"); $0.a("1.0.0.127.zen.spamhaus.org", "8.8.8.8") },
            state: .listsEverything, isKnown: false),
        Row(testDescription: "lists ::FFFF:7F00:1 too", records: {
            $0.a("2.0.0.127.zen.spamhaus.org", "127.0.0.2"); $0.a("1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.zen.spamhaus.org", "127.0.0.2")
        }, state: .listsEverything, isKnown: false),
        Row(testDescription: "refuses", records: { $0.a("2.0.0.127.zen.spamhaus.org", "127.255.255.254"); $0.a("1.0.0.127.zen.spamhaus.org", "127.255.255.254") },
            state: .refused, isKnown: false),
        Row(testDescription: "is out of reach", records: { $0.fail("2.0.0.127.zen.spamhaus.org"); $0.fail("1.0.0.127.zen.spamhaus.org") }, state: .unreachable, isKnown: false),
        Row(testDescription: "domain list works", zone: dbl, records: { $0.a("dbltest.com.dbl.spamhaus.org", "127.0.1.2") }, state: .working, isKnown: true),
        Row(testDescription: "domain list lists INVALID", zone: dbl, records: { $0.a("dbltest.com.dbl.spamhaus.org", "127.0.1.2"); $0.a("invalid.dbl.spamhaus.org", "127.0.1.2") },
            state: .listsEverything, isKnown: false),
        Row(testDescription: "domain list is silent", zone: dbl, records: { _ in }, state: .silent, isKnown: false),
        Row(testDescription: "SURBL works", zone: OtherZones.surbl, records: { $0.a("test.surbl.org.multi.surbl.org", "127.0.0.254") }, state: .working, isKnown: true),
        Row(testDescription: "SURBL refuses", zone: OtherZones.surbl, records: { $0.a("test.surbl.org.multi.surbl.org", "127.0.0.1") }, state: .refused, isKnown: false),
        Row(testDescription: "DNSWL works", zone: OtherZones.dnswl, records: { $0.a("2.0.0.127.list.dnswl.org", "127.0.10.0") }, state: .working, isKnown: true),
        Row(testDescription: "a list without test entries", zone: SpamhausZones.zrd(at: "zrd.test.net"), records: { _ in }, state: .untested, isKnown: true),
    ]

    @Test(arguments: rows) func probe(_ row: Row) async throws {
        let bench = Bench([row.zone])
        #expect(bench.zone().state == .untested)
        row.records(bench.resolver)
        await bench.probe()
        #expect(bench.zone().state == row.state)
        #expect((bench.zone().reason == nil) == row.isKnown)
        let found = await bench.check(ListSubjects(client: try address("8.8.4.4"), urls: [try name("good.com")]))
        #expect(found.unknown.isEmpty == row.isKnown)
        #expect(found.listings.isEmpty)
    }

    @Test func aSilentListIsStillBelievedWhenItLists() async throws {
        let bench = Bench([zen])
        await bench.probe()
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.0.0.2")
        let found = await bench.check(client)
        #expect(found.listings.map(\.code) == ["spamhaus.sbl"] && found.unknown.isEmpty)
    }

    @Test func aListThatListsEverythingIsNotBelievedUntilItRecovers() async throws {
        let bench = Bench([zen])
        works(bench)
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.0.0.2")
        let broken = MemoryResolver()
        for test in ["2.0.0.127", "1.0.0.127"] { broken.a("\(test).zen.spamhaus.org", "127.0.0.2") }
        await bench.health.probe(with: broken, by: .now + .seconds(60))
        let during = await bench.check(client)
        #expect(during.listings.isEmpty && during.unknown.count == 1 && during.asked == 0 && bench.resolver.asked.isEmpty)
        await bench.probe()
        #expect(bench.zone().state == .working)
        #expect(await bench.check(client).listings.count == 1)
    }

    @Test func aRefusalPausesTheZoneAndThePauseDoubles() async throws {
        var limits = ListLimits()
        limits.longestPause = .seconds(1800)
        let bench = Bench([zen, dbl], limits: limits)
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.255.255.254")
        for (round, expected) in [600, 1200, 1800, 1800].enumerated() {
            let first = await bench.check(client)
            #expect(first.asked == 1 && first.unknown.map(\.reason) == ["the list refused: asked through a public or open resolver"], "round \(round)")
            #expect(bench.zone().state == .refused && bench.zone().pausedFor == expected)
            let during = await bench.check(client)
            #expect(during.asked == 0 && during.unknown.count == 1)
            bench.hands.turn(.seconds(expected - 1))
            #expect(await bench.check(client).asked == 0)
            #expect(bench.zone().counters.notAsked == 2 * (round + 1))
            bench.hands.turn(.seconds(1))
            #expect(bench.zone().pausedFor == nil)
        }
        #expect(bench.zone(1).state == .untested && bench.zone(1).pausedFor == nil)
        #expect(bench.zone().lastRefusalReason == "asked through a public or open resolver" && bench.zone().lastRefusal != nil)
    }

    @Test func aGoodAnswerStartsThePausesOver() async throws {
        let bench = Bench([zen])
        let good = ListSubjects(client: try address("9.9.9.9"))
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.255.255.255")
        for _ in 0..<2 { _ = await bench.check(client); bench.hands.turn(.seconds(4 * 3600)) }
        #expect(await bench.check(good).unknown.isEmpty)
        #expect(bench.zone().state == .untested)
        _ = await bench.check(client)
        #expect(bench.zone().pausedFor == 600)
    }

    @Test func manyRefusalsAtOnceAreOne() async throws {
        let bench = Bench([zen])
        let hops = (0..<10).map { IPAddress.v4(0x0808_0800 + $0) }
        for hop in hops { bench.resolver.a("\(hop.reversedLabels).zen.spamhaus.org", "127.255.255.255") }
        let found = await bench.check(ListSubjects(received: hops))
        #expect(found.unknown.count == 10 && bench.zone().pausedFor == 600 && bench.zone().counters.refused == 10)
    }

    @Test func askingForTheWrongThingPausesNothing() async throws {
        let bench = Bench([dbl])
        bench.resolver.a("odd.com.dbl.spamhaus.org", "127.0.1.255")
        let found = await bench.check(ListSubjects(urls: [try name("odd.com")]))
        #expect(found.unknown.count == 1 && bench.zone().pausedFor == nil && bench.zone().state == .untested)
    }

    @Test func aPausedZoneIsNotProbed() async throws {
        let bench = Bench([zen])
        works(bench)
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.255.255.255")
        _ = await bench.check(client)
        let before = bench.resolver.asked.count
        await bench.probe()
        #expect(bench.resolver.asked.count == before && bench.zone().state == .refused)
        bench.hands.turn(.seconds(600))
        await bench.probe()
        #expect(bench.zone().state == .working && bench.zone().pausedFor == nil)
    }

    @Test func aZoneThatDoesNotAnswerIsLeftAloneForAWhile() async throws {
        var limits = ListLimits()
        limits.troubles = 3
        let bench = Bench([zen], limits: limits)
        bench.resolver.fail("4.4.8.8.zen.spamhaus.org", .a)
        for _ in 0..<3 { #expect(await bench.check(client).asked == 1) }
        #expect(bench.zone().state == .unreachable && bench.zone().pausedFor == 30)
        #expect(await bench.check(client).asked == 0)
        bench.hands.turn(.seconds(30))
        #expect(await bench.check(client).asked == 1)
        #expect(bench.zone().pausedFor == 30)
        bench.hands.turn(.seconds(30))
        #expect(await bench.check(ListSubjects(client: try address("9.9.9.9"))).unknown.isEmpty)
        #expect(bench.zone().state == .untested && bench.zone().pausedFor == nil)
    }

    @Test func aPauseEndsWithAProbe() async throws {
        let bench = Bench([zen])
        works(bench)
        await bench.probe()
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.255.255.255")
        _ = await bench.check(client)
        #expect(bench.health.nextProbe == bench.hands.now + .seconds(600))
    }

    /// Nothing is known of a zone in trouble but by asking it: without mail, only the probes do.
    @Test func aZoneInTroubleIsProbedWhenItsPauseIsOver() async throws {
        let bench = Bench([zen])
        for test in ["2.0.0.127", "1.0.0.127"] { bench.resolver.fail("\(test).zen.spamhaus.org", .a) }
        await bench.probe()
        #expect(bench.zone().state == .unreachable && bench.zone().pausedFor == 30)
        #expect(bench.health.nextProbe == bench.hands.now + .seconds(30))
    }

    struct Outage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Whether mail, and not a probe, finds out.
        let byMail: Bool
    }

    /// An hour lies between two probes of zones that work; an outage in it is over for us soon after it is over.
    @Test(arguments: [Outage(testDescription: "found by mail, while the next probe is an hour away", byMail: true), Outage(testDescription: "found by a probe", byMail: false)])
    func anOutageIsOverSoonAfterItsPause(_ outage: Outage) async throws {
        var limits = ListLimits()
        limits.troubles = 1
        let bench = Bench([zen], limits: limits), broken = MemoryResolver(), reported = Mutex<[ZoneState]>([]), began = Mutex<ContinuousClock.Instant?>(nil)
        works(bench)
        if !outage.byMail { for test in ["2.0.0.127", "1.0.0.127"] { broken.fail("\(test).zen.spamhaus.org", .a) } }
        bench.resolver.fail("4.4.8.8.zen.spamhaus.org", .a)
        bench.hands.afterEachWait { [client] in
            if began.withLock({ $0 }) == nil {
                if outage.byMail { _ = await bench.check(client) } else { await bench.health.probe(with: broken, by: .now + .seconds(60)) }
                began.withLock { $0 = bench.hands.now }
                #expect(bench.zone().state == .unreachable)
            } else if bench.zone().state == .working {
                let took = try #require(began.withLock { $0 }).duration(to: bench.hands.now)
                #expect(took >= .seconds(30) && took <= .seconds(45), "\(took)")
                throw CancellationError()
            }
            try #require(bench.hands.now - (began.withLock { $0 } ?? bench.hands.now) < .seconds(3600), "the zone was not probed for an hour")
        }
        await bench.health.keepProbing(with: bench.resolver) { zone in reported.withLock { $0.append(zone.state) } }
        #expect(reported.withLock { $0 } == [.unreachable, .working])
    }

    @Test func aStateThatStaysIsReportedOnce() async throws {
        let bench = Bench([zen, dbl]), reported = Mutex<[String]>([]), rounds = Mutex(0)
        bench.resolver.a("dbltest.com.dbl.spamhaus.org", "127.0.1.2")
        for test in ["2.0.0.127", "1.0.0.127"] { bench.resolver.fail("\(test).zen.spamhaus.org", .a) }
        bench.hands.afterEachWait { if rounds.withLock({ $0 += 1; return $0 }) == 100 { throw CancellationError() } }
        await bench.health.keepProbing(with: bench.resolver) { zone in reported.withLock { $0.append("\(zone.zone) \(zone.state.rawValue)") } }
        #expect(bench.resolver.asked.count { $0.name.text == "2.0.0.127.zen.spamhaus.org" } > 2)
        #expect(reported.withLock { $0 } == ["zen.spamhaus.org unreachable"])
    }

    @Test func aListThatRefusedAndThenDoesNotAnswerIsLeftAlone() async throws {
        var limits = ListLimits()
        limits.troubles = 2
        let bench = Bench([zen], limits: limits)
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.255.255.255")
        bench.resolver.fail("9.9.9.9.zen.spamhaus.org", .a)
        _ = await bench.check(client)
        bench.hands.turn(.seconds(600))
        for _ in 0..<2 { #expect(await bench.check(ListSubjects(client: try address("9.9.9.9"))).asked == 1) }
        #expect(bench.zone().state == .unreachable && bench.zone().pausedFor == 30)
    }

    @Test func oneProbeInTroubleIsNotAZoneInTrouble() async throws {
        let bench = Bench([zen])
        works(bench)
        bench.resolver.fail("1.0.0.127.zen.spamhaus.org", .a)
        await bench.probe()
        #expect(bench.zone().state == .working && bench.zone().pausedFor == nil)
    }

    @Test func probesComeSoonerWhereSomethingIsWrong() async throws {
        let bench = Bench([zen])
        #expect(bench.health.nextProbe <= bench.hands.now)
        await bench.probe()
        #expect(bench.health.nextProbe == bench.hands.now + .seconds(300))
        works(bench)
        await bench.probe()
        #expect(bench.health.nextProbe == bench.hands.now + .seconds(3600))
    }

    @Test func snapshotIsSnakeCaseAndComesBack() async throws {
        let bench = Bench([zen])
        works(bench)
        bench.resolver.a("4.4.8.8.zen.spamhaus.org", "127.255.255.255")
        await bench.probe()
        _ = await bench.check(client)
        let data = Data(jsonOctets(bench.health.snapshot())), text = String(decoding: data, as: UTF8.self)
        for part in ["\"state\":\"refused\"", "\"paused_for_seconds\":600", "\"last_refusal_unix\":1700000000", "\"latency_ms\"", "\"from_cache\":0"] { #expect(text.contains(part)) }
        #expect(try JSONDecoder().decode(BlockListSnapshot.self, from: data) == bench.health.snapshot())
    }
}
