import DNS
import Glibc
import Testing
import TestSupport
import Unbound

/// Deadlines, shared questions, limits and trouble, against servers that do as they are told.
@Suite(.serialized, .longWork) struct UnboundResolverTests {
    static let one: [UInt8] = [192, 0, 2, 1]
    static let answer = DNSAnswer.records([.address(.v4(0xc000_0201))], .indeterminate)

    @Test func deadResolverEndsAtTheDeadline() async throws {
        let hole = try #require(LoopbackSocket(type: SOCK_DGRAM, port: 0))
        let resolver = try UnboundResolver(settings: .local(hole.port))
        let deadline = ContinuousClock.now + .milliseconds(300)
        let answers = await withTaskGroup(of: DNSAnswer.self) { group in
            for number in 0..<200 { group.addTask { await resolver.answer(name("n\(number).example"), .a, by: deadline) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ContinuousClock.now >= deadline)
        #expect(answers.count == 200 && answers.allSatisfy { $0 == .trouble(.timeout) })
        #expect(resolver.statistics.timeouts == 200)
        withExtendedLifetime(hole) {}
    }

    @Test func pastDeadlineAsksNobody() async throws {
        let server = try ScriptedNameServer { _, _ in .records([Self.one], ttl: 60) }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        #expect(await resolver.answer(name("a.example"), .a, by: .now) == .trouble(.timeout))
        #expect(resolver.statistics.questions == 0)
    }

    @Test func equalQuestionsAreAskedOnce() async throws {
        let server = try ScriptedNameServer { _, _ in .hold }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        let answers = await withTaskGroup(of: DNSAnswer.self) { group in
            for _ in 0..<50 { group.addTask { await resolver.answer(name("same.example"), .a, by: .now + .seconds(20)) } }
            await until { resolver.statistics.merged == 49 && server.held >= 1 }
            server.release(.records([Self.one], ttl: 60))
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: Self.answer, count: 50))
        #expect(resolver.statistics.questions == 1)
        #expect(resolver.statistics.underWay == 0)
    }

    @Test func everyCallerKeepsItsOwnDeadline() async throws {
        let server = try ScriptedNameServer { _, _ in .hold }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        async let patient = resolver.answer(name("same.example"), .a, by: .now + .seconds(20))
        await until { server.held >= 1 }
        #expect(await resolver.answer(name("same.example"), .a, by: .now + .milliseconds(30)) == .trouble(.timeout))
        server.release(.records([Self.one], ttl: 60))
        #expect(await patient == Self.answer)
    }

    @Test func abandonedQuestionIsJoined() async throws {
        let server = try ScriptedNameServer { _, _ in .hold }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        let first = Task { await resolver.answer(name("late.example"), .a, by: .now + .seconds(3600)) }
        await until { server.held >= 1 }
        first.cancel()
        _ = await first.value
        #expect(resolver.statistics.underWay == 1)
        async let second = resolver.answer(name("late.example"), .a, by: .now + .seconds(20))
        await until { resolver.statistics.merged == 1 && server.held >= 1 }
        server.change { _, _ in .records([Self.one], ttl: 60) }
        server.release(.records([Self.one], ttl: 60))
        #expect(await second == Self.answer)
        #expect(resolver.statistics.questions == 1)
        #expect(resolver.statistics.underWay == 0)
    }

    @Test func cancelledCallerGoesAloneAndAtOnce() async throws {
        let server = try ScriptedNameServer { _, _ in .hold }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        async let other = resolver.answer(name("same.example"), .a, by: .now + .seconds(20))
        let task = Task { await resolver.answer(name("same.example"), .a, by: .now + .seconds(3600)) }
        await until { resolver.statistics.merged == 1 && server.held >= 1 }
        task.cancel()
        #expect(await task.value == .trouble(.local("the question was cancelled")))
        server.release(.records([Self.one], ttl: 60))
        #expect(await other == Self.answer)
        #expect(resolver.statistics.cancelled == 1)
        let before = await Task { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }; return await resolver.answer(name("b.example"), .a, by: .now + .seconds(20)) }.value
        #expect(before == .trouble(.local("the question was cancelled")))
        #expect(resolver.statistics.questions == 1)
    }

    @Test func numberOfQuestionsIsBounded() async throws {
        let server = try ScriptedNameServer { name, _ in name.hasPrefix("held") ? .hold : .records([Self.one], ttl: 60) }
        defer { server.end() }
        var settings = UnboundSettings.local(server.port)
        settings.questionsUnderWay = 20
        let resolver = try UnboundResolver(settings: settings)
        let answers = await withTaskGroup(of: DNSAnswer.self) { group in
            for number in 0..<20 { group.addTask { await resolver.answer(name("held\(number).example"), .a, by: .now + .seconds(20)) } }
            await until { resolver.statistics.underWay == 20 }
            #expect(await resolver.answer(name("one.more.example"), .a, by: .now + .seconds(20)) == .trouble(.local("too many DNS questions under way")))
            server.change { _, _ in .records([Self.one], ttl: 60) }
            server.release(.records([Self.one], ttl: 60))
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0 == Self.answer })
        #expect(resolver.statistics.refused == 1)
        for number in 0..<50 {
            #expect(await resolver.answer(name("after\(number).example"), .a, by: .now + .seconds(20)) == Self.answer)
        }
        #expect(resolver.statistics.underWay == 0)
    }

    @Test(arguments: [(row: "SERVFAIL", code: 2), (row: "REFUSED", code: 5), (row: "NOTIMP", code: 4)] as [(row: String, code: UInt8)])
    func serverTroubleIsTrouble(row: String, code: UInt8) async throws {
        let server = try ScriptedNameServer { _, _ in .code(code) }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        // libunbound asks again and then says SERVFAIL whatever the server's reason.
        #expect(await resolver.answer(name("a.example"), .txt, by: .now + .seconds(20)) == .trouble(.responseCode(2)))
        #expect(server.asked("a.example") >= 1)
        #expect(resolver.statistics.failures == 1)
    }

    @Test(arguments: [(row: "NXDOMAIN without SOA", code: 3, answer: DNSAnswer.nameError(.indeterminate)), (row: "nothing without SOA", code: 0, answer: .noData(.indeterminate))]
        as [(row: String, code: UInt8, answer: DNSAnswer)])
    func bareNegativeAnswerIsAnAnswer(row: String, code: UInt8, answer: DNSAnswer) async throws {
        let server = try ScriptedNameServer { _, _ in .code(code) }
        defer { server.end() }
        let resolver = try UnboundResolver(settings: .local(server.port))
        #expect(await resolver.answer(name("a.example"), .a, by: .now + .seconds(20)) == answer)
    }

    /// What was answered with a TTL of an hour, positive or negative, is asked for again.
    @Test func withoutKeepingAnswersEveryQuestionGoesOut() async throws {
        let server = try ScriptedNameServer { name, _ in name.hasPrefix("none") ? .code(3) : .records([Self.one], ttl: 3600) }
        defer { server.end() }
        var settings = UnboundSettings.local(server.port)
        settings.keepsAnswers = false
        let resolver = try UnboundResolver(settings: settings), end = ContinuousClock.now + .seconds(60)
        for text in ["none.example", "one.example"] { _ = await resolver.answer(name(text), .a, by: end) }
        server.change { _, _ in .records([[192, 0, 2, 2]], ttl: 3600) }
        for text in ["none.example", "one.example"] {
            #expect(await resolver.answer(name(text), .a, by: end) == .records([.address(.v4(0xc000_0202))], .indeterminate), "\(text)")
        }
        // A resolver beside it in the same process keeps what it learns, whichever was there first.
        let other = try UnboundResolver(settings: .local(server.port))
        #expect(await other.timedAnswer(name("two.example"), .a, by: end).ttl == 3600)
        #expect(await resolver.answer(name("three.example"), .a, by: end) != .trouble(.timeout))
        #expect(await other.timedAnswer(name("four.example"), .a, by: end).ttl == 3600)
    }

    @Test func secondServerIsAskedWhenTheFirstIsDead() async throws {
        let hole = try #require(LoopbackSocket(type: SOCK_DGRAM, port: 0))
        let server = try ScriptedNameServer { _, _ in .records([Self.one], ttl: 60) }
        defer { server.end() }
        let loopback = IPAddress.v4(0x7f00_0001)
        let resolver = try UnboundResolver(settings: UnboundSettings(servers: [NameServer(loopback, port: hole.port), NameServer(loopback, port: server.port)]))
        for number in 0..<5 { #expect(await resolver.answer(name("n\(number).example"), .a, by: .now + .seconds(20)) == Self.answer) }
        withExtendedLifetime(hole) {}
    }

    @Test func comesBackAfterAnOutage() async throws {
        let server = try ScriptedNameServer { _, _ in .silence }
        defer { server.end() }
        // More questions than there is room for, and more than there are ports for: all that could be clogged is.
        var settings = UnboundSettings.local(server.port)
        settings.questionsUnderWay = 100
        settings.outgoingPorts = 16
        let resolver = try UnboundResolver(settings: settings)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<300 { group.addTask { _ = await resolver.answer(name("out\(number).example"), .a, by: .now + .seconds(3600)) } }
            await until { resolver.statistics.refused == 200 }
            group.cancelAll()
        }
        #expect(resolver.statistics.underWay == 100)
        server.change { _, _ in .records([Self.one], ttl: 60) }
        var answer = DNSAnswer.trouble(.timeout), number = 0
        let limit = ContinuousClock.now + .seconds(60)
        while answer != Self.answer, .now < limit {
            // On a full table the answer is trouble at once, until the questions of the outage are through.
            answer = await resolver.answer(name("back\(number).example"), .a, by: .now + .seconds(2))
            number += 1
        }
        #expect(answer == Self.answer)
        await until { resolver.statistics.underWay == 0 }
    }

    @Test func endsWithQuestionsUnderWay() async throws {
        let hole = try #require(LoopbackSocket(type: SOCK_DGRAM, port: 0))
        weak var gone: UnboundResolver?
        do {
            let resolver = try UnboundResolver(settings: .local(hole.port))
            gone = resolver
            let task = Task { await resolver.answer(name("a.example"), .a, by: .now + .seconds(3600)) }
            await until { resolver.statistics.underWay == 1 }
            task.cancel()
            _ = await task.value
            #expect(resolver.statistics.underWay == 1)
        }
        await until { gone == nil }
        withExtendedLifetime(hole) {}
    }

    @Test func wrongSettingIsNamed() {
        var settings = UnboundSettings.local(53)
        settings.trustAnchorFile = "/nonexistent/anchor"
        #expect(throws: UnboundTrouble.self) { _ = try UnboundResolver(settings: settings) }
    }
}

func name(_ text: String) -> DomainName { DomainName(trusted: text) }

/// Waits for something that the test's own server or resolver will do.
func until(_ holds: () -> Bool) async {
    while !holds() { try? await Task.sleep(for: .milliseconds(20)) }
}
