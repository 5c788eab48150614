import Foundation
import Postgres

/// A cluster in a temporary folder, for as long as one test runs.
func withCluster<Result: Sendable>(change: (inout ClusterSettings) -> Void = { _ in },
                                   _ body: (EmbeddedCluster, PostgresSettings) async throws -> Result) async throws -> Result {
    try await withTemporaryFolder { folder in
        var settings = ClusterSettings(folder: folder + "/db")
        change(&settings)
        let cluster = EmbeddedCluster(settings)
        let connection = try await cluster.start()
        do {
            let result = try await body(cluster, connection)
            await cluster.stop()
            return result
        } catch {
            await cluster.stop()
            throw error
        }
    }
}

/// A folder that every user may pass, gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = "/tmp/postern-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Long enough for a busy machine; nothing is timed by it.
var soon: ContinuousClock.Instant { .now + .seconds(240) }
