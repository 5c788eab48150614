import DNS
import Testing
import TestSupport
import Unbound

/// The same questions to the twin in memory, to libunbound that asks NSD, to libunbound that asks Unbound, and through the cache.
@Suite(.serialized, .longWork) struct ConformanceTests {
    @Test(arguments: ResolverConformance.rows)
    func twin(row: ResolverConformance.Row) async {
        let memory = MemoryResolver()
        ResolverConformance.fill(memory)
        #expect(row.complaint(about: await memory.answer(DomainName(trusted: row.name), row.type, by: .now + .seconds(5))) == nil)
    }

    @Test func libunboundAsksNSD() async throws {
        let server = try await TestNameServer.nsd(zones: [".": ResolverConformance.zoneFile])
        try await check(server)
    }

    @Test func libunboundAsksUnbound() async throws {
        let server = try await TestNameServer.nsd(zones: [".": ResolverConformance.zoneFile])
        let between = try await TestNameServer.unbound(asking: server.port)
        try await check(between)
        withExtendedLifetime(server) {}
    }

    private func check(_ server: TestNameServer) async throws {
        let resolver = try UnboundResolver(settings: .local(server.port))
        let cache = CachingResolver(over: resolver)
        for row in ResolverConformance.rows {
            let name = DomainName(trusted: row.name)
            #expect(row.complaint(about: await resolver.answer(name, row.type, by: .now + .seconds(20))) == nil, "\(row)")
            #expect(row.complaint(about: await cache.answer(name, row.type, by: .now + .seconds(20))) == nil, "\(row), filling the cache")
            #expect(row.complaint(about: await cache.answer(name, row.type, by: .now)) == nil, "\(row), from the cache")
        }
        #expect(cache.statistics.hits == ResolverConformance.rows.count)
        #expect(cache.statistics.misses == ResolverConformance.rows.count)
        #expect(cache.statistics.below.underWay == 0)
    }
}

extension UnboundSettings {
    /// Asks one server on 127.0.0.1.
    static func local(_ port: UInt16) -> UnboundSettings {
        UnboundSettings(servers: [NameServer(.v4(0x7f00_0001), port: port)])
    }
}
