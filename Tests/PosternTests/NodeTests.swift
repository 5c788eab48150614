import Foundation
import Postgres
import TestSupport
import Testing

/// Several nodes on one database, killed at random, as is the database: the limits on sending hold through all of it.
///
/// `POSTERN_SEED` sends and kills as a run before did, as far as the machine does; `POSTERN_NODE_MESSAGES` is how many messages there are.
@Suite(.longWork) struct NodeTests {
    private static func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    @Test func limitsHoldWhoeverDies() async throws {
        let seed = Self.number("POSTERN_SEED") ?? UInt64.random(in: 1...999_999), messages = Int(Self.number("POSTERN_NODE_MESSAGES") ?? 1000)
        print("nodes that are killed: POSTERN_SEED=\(seed) POSTERN_NODE_MESSAGES=\(messages)")
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root + "*.example.org. IN MX 10 mx.example.org.\n"]), folder = try TemporaryFolder()
        var settings = ClusterSettings(folder: folder.path + "/db")
        // Of all nodes together.
        settings.maxConnections = 200
        let cluster = EmbeddedCluster(settings)
        _ = try await cluster.start()
        do {
            let trial = try NodeTrial(SendingPlan(seed: seed, messages: messages), seed: seed, cluster, at: "host='\(folder.path)/db/run' port=5432 user=postern dbname=postern", dns: dns.port)
            do {
                try await trial.run()
                try await trial.check()
            } catch {
                await trial.close()
                throw error
            }
            await trial.close()
        } catch {
            await cluster.stop()
            throw error
        }
        await cluster.stop()
        withExtendedLifetime(dns) {}
    }
}
