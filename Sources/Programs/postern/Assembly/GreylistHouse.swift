import Checks
import Foundation
import Logging
import Logs
import Postgres
import ServiceLifecycle
import Storage
import Verdicts

/// The greylist, put together after the settings; whether it is asked says the policy, which may change.
struct GreylistHouse: Sendable {
    let greylist: Greylist
    /// Of its own: who reads history for long keeps no message waiting.
    private let pool: PostgresPool

    init(_ settings: Greylist.Settings, database: PostgresSettings) {
        pool = PostgresPool(database, size: 2)
        greylist = Greylist(PostgresGreylist(pool), settings: settings)
    }

    /// Writes what is left to be written.
    func close() async {
        try? await greylist.write(by: .now + .seconds(2))
        await pool.close()
    }

    /// Writes what authors have sent.
    func keepers(_ logger: Logger) -> [any Service] {
        [Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(10)) } catch { return }
                do { try await greylist.write(by: .now + .seconds(10)) } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning("the history of authors could not be written for the greylist", metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
            }
        }]
    }
}
