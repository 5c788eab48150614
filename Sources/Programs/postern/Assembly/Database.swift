import Foundation
import Postgres
import Storage
import Verdicts

/// The database that the settings name, or the private one in the state folder.
struct Database: Sendable {
    let settings: PostgresSettings
    let pool: PostgresPool
    /// nil where the database is somebody else's.
    let cluster: EmbeddedCluster?

    /// Reaches the database; makes and starts the private one where none is named.
    /// - Throws: `ClusterError`, `StateFolder.Trouble`.
    static func open(_ configuration: Configuration, report: @escaping @Sendable (String) -> Void) async throws -> Database {
        if let url = configuration.database.url {
            let settings = PostgresSettings(url)
            return Database(settings: settings, pool: PostgresPool(settings, size: configuration.database.readers), cluster: nil)
        }
        let folder = try StateFolder(configuration.stateFolder)
        // Whoever makes the database makes its key.
        if configuration.masterKey == nil { _ = try folder.masterKey(makingIt: true) }
        var wanted = ClusterSettings(folder: folder.path + "/postgres")
        wanted.user = configuration.database.user
        let cluster = EmbeddedCluster(wanted, report: report)
        let settings = try await cluster.start()
        return Database(settings: settings, pool: PostgresPool(settings, size: configuration.database.readers), cluster: cluster)
    }

    /// Brings the tables to this version and makes the partitions of the next days.
    /// - Returns: the names of the steps that were applied.
    func migrate(share: String) async throws -> [String] {
        try await Migrator(folder: share + "/migrations").migrate(settings, by: .now + .seconds(600))
    }

    /// Whether the database answers: nil, or why not.
    func trouble() async -> String? {
        do {
            _ = try await pool.execute("SELECT 1", by: .now + .seconds(2))
            return nil
        } catch {
            return "\(error)"
        }
    }

    func close() async {
        await pool.close()
        await cluster?.stop()
    }
}
