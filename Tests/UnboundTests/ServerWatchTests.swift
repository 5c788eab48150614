import DNS
import TestSupport
import Testing
import Unbound

@Suite(.longWork) struct ServerWatchTests {
    /// With a minute's deadline, the end of the wait can only come from the watch.
    @Test func aDeadServerIsNoticedAndItsReturnToo() async throws {
        let server = try ScriptedNameServer { _, _ in .silence }
        let places = [NameServer(IPAddress.v4(0x7f00_0001), port: server.port)]
        let resolver = try UnboundResolver(settings: UnboundSettings(servers: places))
        let watch = ServerWatch(resolver, servers: places)
        let (events, heard) = AsyncStream<String>.makeStream()
        let watching = Task { await watch.run { heard.yield($0) } }
        defer { watching.cancel() }
        let name = DomainName(trusted: "www.example.org"), deadline = ContinuousClock.now + .seconds(240)   // other tests share the threads
        // libunbound may give up on the server before the watch has looked.
        try await eventually("the silence is told", by: deadline) { await resolver.answer(name, .a, by: deadline) == .trouble(ServerWatch.silence) }
        #expect(await resolver.answer(DomainName(trusted: "other.example.org"), .a, by: deadline) == .trouble(ServerWatch.silence))
        server.change { _, _ in .code(3) }
        var lines = events.makeAsyncIterator()
        #expect(await lines.next()?.hasPrefix("no name server answers") == true)
        #expect(await lines.next() == "a name server answers again")
        var answer = await resolver.answer(DomainName(trusted: "third.example.org"), .a, by: deadline)
        // libunbound itself remembers the trouble for some seconds, and nothing tells when it trusts the server again.
        while answer != .nameError(.indeterminate), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
            answer = await resolver.answer(DomainName(trusted: "third.example.org"), .a, by: deadline)
        }
        #expect(answer == .nameError(.indeterminate))
    }
}
