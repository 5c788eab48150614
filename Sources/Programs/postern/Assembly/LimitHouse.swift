import Foundation
import Limiting
import Logging
import Logs
import Postgres
import ServiceLifecycle
import Storage

/// The limits on sending, put together after the settings.
struct LimitHouse: Sendable {
    let limits: SendingLimits
    let trials: SendingTrials
    private let store: PostgresAllowances
    /// Of its own: who reads history for long keeps no message waiting.
    private let pool: PostgresPool
    /// Of messages alone: who says something of a million subjects keeps none waiting.
    private let reading: PostgresPool

    /// - Parameter history: connections for what is read of history.
    init(_ settings: LimitSettings, database: PostgresSettings, history: PostgresPool) {
        pool = PostgresPool(database, size: 2)
        reading = PostgresPool(database, size: 1)
        store = PostgresAllowances(database, pool: pool, limits: settings.limits)
        let definitions = PostgresLimits(reading: reading, pool, limits: settings.limits)
        limits = SendingLimits(store, definitions, settings.hierarchy)
        trials = SendingTrials(PostgresSendingHistory(history), definitions, settings.hierarchy)
    }

    func close() async {
        await store.close()
        await pool.close()
        await reading.close()
    }

    /// Removes what counts no more.
    func keepers(_ logger: Logger) -> [any Service] {
        [Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(600)) } catch { return }
                do {
                    let gone = try await store.removeOld(by: .now + .seconds(120))
                    if gone.subjects > 0 { logger.info("subjects removed that sent nothing for long", metadata: ["subjects": "\(gone.subjects)"]) }
                } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning("what was sent long ago could not be removed", metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
            }
        }]
    }
}
