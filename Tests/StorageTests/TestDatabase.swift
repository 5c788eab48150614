import Foundation
import Postgres
import Storage
import TestStores
import Verdicts

/// A database of this version in a cluster of its own, for as long as one test runs.
func withDatabase(migrated: Bool = true, _ body: (EmbeddedCluster, PostgresSettings) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let cluster = EmbeddedCluster(ClusterSettings(folder: folder + "/db"))
        let settings = try await cluster.start()
        do {
            if migrated {
                _ = try await Migrator(folder: migrations).migrate(settings, by: soon)
                _ = try await PartitionKeeper(settings, retentionDays: 90).keep(now: .present, by: soon)
            }
            try await body(cluster, settings)
            await cluster.stop()
        } catch {
            await cluster.stop()
            throw error
        }
    }
}

func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/postern-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

/// The folder `migrations` of the project.
let migrations = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/migrations"

/// Long enough for a busy machine; nothing is timed by it.
var soon: ContinuousClock.Instant { .now + .seconds(240) }
