import DNS
import SPF
import Synchronization
import TestSupport
import Testing

/// How questions are asked: how many, at once or not, and what becomes of them when the time is up.
@Suite struct SPFResolvingTests {
    /// Holds questions about some names back until something else has been asked, or for ever.
    final class Gate: Resolver {
        private struct State {
            var asked: [DomainName] = []
            var cancelled = 0
            var waiting: [(DomainName, CheckedContinuation<Void, Never>)] = []
        }

        let inner: MemoryResolver
        /// A question about the key is answered once the value was asked for; nil: only cancelling ends it.
        let held: [DomainName: DomainName?]
        private let state = Mutex(State())

        init(_ inner: MemoryResolver, held: [String: String?]) throws {
            self.inner = inner
            self.held = Dictionary(uniqueKeysWithValues: held.map { (DomainName(trusted: $0.key), $0.value.map { DomainName(trusted: $0) }) })
        }

        var cancelled: Int { state.withLock { $0.cancelled } }

        func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
            let ready = state.withLock { state in
                state.asked.append(name)
                let ready = state.waiting.filter { held[$0.0] == .some(.some(name)) }.map(\.1)
                state.waiting.removeAll { held[$0.0] == .some(.some(name)) }
                return ready
            }
            for each in ready { each.resume() }
            if let key = held[name] {
                if let key { await wait(name, key) } else { try? await Task.sleep(for: .seconds(3600)); state.withLock { $0.cancelled += 1 } }
            }
            if Task.isCancelled { return .trouble(.timeout) }
            return await inner.answer(name, type, by: deadline)
        }

        private func wait(_ name: DomainName, _ key: DomainName) async {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.asked.contains(key) { return true }
                    state.waiting.append((name, continuation))
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    static let exchanges = """
        hub.zone.example MX 1 h1.zone.example
        hub.zone.example MX 2 h2.zone.example
        hub.zone.example MX 3 h3.zone.example
        hub.zone.example MX 4 dead.zone.example
        h1.zone.example A 203.0.113.1
        h2.zone.example A 203.0.113.2
        h3.zone.example A 192.0.2.10
        """

    @Test("Exchanges after the first are asked for at once: the second waits here until the third was asked for", .timeLimit(.minutes(10)))
    func atOnce() async throws {
        let gate = try Gate(try SPFZone.resolver("v=spf1 mx:hub.zone.example -all", Self.exchanges), held: ["h2.zone.example": "h3.zone.example"])
        #expect(try await SPFZone.evaluate(gate).mailfrom.result == .pass)
    }

    @Test("What comes after a match is cancelled, and its trouble does not count", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        let gate = try Gate(try SPFZone.resolver("v=spf1 mx:hub.zone.example -all", Self.exchanges), held: ["dead.zone.example": nil])
        let outcome = try await SPFZone.evaluate(gate).mailfrom
        #expect(outcome.result == .pass && outcome.problem == nil)
        #expect(gate.cancelled == 1)
    }

    @Test("A match that comes early waits for the exchanges before it: trouble there comes first", .timeLimit(.minutes(10)))
    func inOrder() async throws {
        let resolver = try SPFZone.resolver("v=spf1 mx:hub.zone.example -all", Self.exchanges)
        resolver.fail("h2.zone.example", .a, .timeout)
        let gate = try Gate(resolver, held: ["h2.zone.example": "dead.zone.example"])
        let outcome = try await SPFZone.evaluate(gate).mailfrom
        #expect(outcome.result == .temperror && outcome.problem == "h2.zone.example: the A look-up failed: no answer by the deadline")
    }

    @Test func matchedFirstExchangeAsksNoMore() async throws {
        let resolver = try SPFZone.resolver("v=spf1 mx:hub.zone.example -all", Self.exchanges)
        #expect(try await SPFZone.evaluate(resolver, client: "203.0.113.1", helo: "").mailfrom.result == .pass)
        #expect(resolver.asked.map(\.name.text) == ["sender.example", "hub.zone.example", "h1.zone.example"])
    }

    @Test func clientNamesAreAskedForOnce() async throws {
        let resolver = try SPFZone.resolver("v=spf1 exists:%{p}.g1.example exists:%{p}.g2.example -all exp=why.zone.example")
        #expect(try await SPFZone.evaluate(resolver, helo: "").mailfrom.explanation?.contains("four.sender.example") == true)
        #expect(resolver.asked.count { $0.type == .ptr } == 1)
    }

    @Test("No more than ten names of a client are looked at")
    func manyNames() async throws {
        var zone = ""
        for host in 1...30 {
            zone += "99.100.51.198.in-addr.arpa PTR p\(host).sender.example\n"
            if host == 10 || host > 10 { zone += "p\(host).sender.example A 198.51.100.\(host == 10 ? 98 : 99)\n" }
        }
        let resolver = try SPFZone.resolver("v=spf1 ptr -all", zone)
        let outcome = try await SPFZone.evaluate(resolver, client: "198.51.100.99", helo: "").mailfrom
        #expect(outcome.result == .fail && resolver.asked.count { $0.type == .a } == 10)
    }

    struct Trouble: CustomTestStringConvertible, Sendable {
        let policy: String, name: String, result: SPFResult
        var testDescription: String { "\(policy), trouble at \(name)" }
    }

    @Test("Trouble", arguments: [
        Trouble(policy: "v=spf1 -all", name: "sender.example", result: .temperror),
        Trouble(policy: "v=spf1 include:yes.zone.example -all", name: "yes.zone.example", result: .temperror),
        Trouble(policy: "v=spf1 redirect=yes.zone.example", name: "yes.zone.example", result: .temperror),
        Trouble(policy: "v=spf1 a:four.zone.example -all", name: "four.zone.example", result: .temperror),
        Trouble(policy: "v=spf1 mx:mail.zone.example -all", name: "mail.zone.example", result: .temperror),
        Trouble(policy: "v=spf1 mx:mail.zone.example -all", name: "four.zone.example", result: .temperror),
        Trouble(policy: "v=spf1 exists:four.zone.example -all", name: "four.zone.example", result: .temperror),
        Trouble(policy: "v=spf1 ptr -all", name: "10.2.0.192.in-addr.arpa", result: .fail),
        Trouble(policy: "v=spf1 ptr -all", name: "four.sender.example", result: .fail),
        Trouble(policy: "v=spf1 exists:%{p}.names.example -all", name: "10.2.0.192.in-addr.arpa", result: .fail),
        Trouble(policy: "v=spf1 ip4:192.0.2.10 a:four.zone.example -all", name: "four.zone.example", result: .pass),
        Trouble(policy: "v=spf1 -all exp=why.zone.example", name: "why.zone.example", result: .fail),
    ] as [Trouble])
    func trouble(_ row: Trouble) async throws {
        for trouble in [DNSTrouble.timeout, .responseCode(2), .responseCode(5), .bogus("no signature"), .local("no resolver")] {
            let resolver = try SPFZone.resolver(row.policy)
            resolver.fail(row.name, nil, trouble)
            let outcome = try await SPFZone.evaluate(resolver).mailfrom
            #expect(outcome.result == row.result, "\(trouble)")
            if row.result == .temperror { #expect(outcome.problem?.contains(row.name) == true && outcome.problem?.contains("\(trouble)") == true) }
        }
    }

    @Test("When the whole time is up, ptr is a temperror too")
    func noTimeLeft() async throws {
        let resolver = try SPFZone.resolver("v=spf1 ptr -all")
        resolver.fail("10.2.0.192.in-addr.arpa", .ptr, .timeout)
        let evidence = await SPFEvaluator(resolver: resolver, receiver: "").evaluate(client: .v4(0xc000_020a), helo: "", mailFrom: "ann@sender.example",
                                                                                    deadline: .now, at: 0)
        #expect(evidence.mailfrom.result == .temperror && evidence.mailfrom.problem?.contains("PTR") == true)
    }

    @Test("Kept records answer for changed ones by their octets, and are forgotten in the end")
    func cache() async throws {
        var limits = SPFLimits()
        limits.cachedRecords = 4
        let resolver = MemoryResolver()
        for number in 0..<20 { resolver.txt("s\(number).example", number % 3 == 0 ? "v=spf1 nonsense\(number)" : "v=spf1 ip4:192.0.2.\(number) -all") }
        let evaluator = SPFEvaluator(resolver: resolver, limits: limits, receiver: "")
        for _ in 0..<3 {
            for number in 0..<20 {
                let outcome = await evaluator.evaluate(client: .v4(0xc000_0200 + UInt32(number)), helo: "", mailFrom: "a@s\(number).example",
                                                       deadline: .now + .seconds(60), at: 0).mailfrom
                #expect(outcome.result == (number % 3 == 0 ? .permerror : .pass))
            }
        }
    }
}
