import Foundation
import Postgres

/// The database for a command beside the service: the service's private one while it runs, else started for the command.
enum RunningDatabase {
    static func reach(_ configuration: Configuration) async throws -> Database {
        if configuration.database.url == nil {
            let folder = try StateFolder(configuration.stateFolder)
            let settings = ClusterSettings(folder: folder.path + "/postgres").connection
            let pool = PostgresPool(settings, size: 1)
            let database = Database(settings: settings, pool: pool, cluster: nil)
            if await database.trouble() == nil { return database }
            await pool.close()
        }
        return try await Database.open(configuration) { _ in }
    }
}
