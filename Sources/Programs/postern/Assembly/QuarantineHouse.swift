import Foundation
import Logging
import Logs
import Postgres
import Relay
import ServiceLifecycle
import Storage
import Threads
import Verdicts

/// The quarantine, put together after the settings.
struct QuarantineHouse: Sendable {
    let desk: QuarantineDesk
    /// Of its own: what is large does not keep others from the database.
    private let pool: PostgresPool

    /// - Returns: nil where nothing is kept: the settings say so, or there is no master key.
    init?(_ configuration: Configuration, database: PostgresSettings) {
        guard configuration.quarantine.keeps, let key = configuration.masterKey else { return nil }
        pool = PostgresPool(database, size: 4)
        let store = PostgresQuarantine(pool, limits: configuration.quarantine.limits)
        desk = QuarantineDesk(Quarantine(store, seal: MessageSeal(key), sealers: QueueRound(label: "postern.sealer")), relay: configuration.quarantine.relay.map { SMTPRelay($0) })
    }

    func close() async { await pool.close() }

    /// Removes what expired.
    func keepers(_ logger: Logger) -> [any Service] {
        [Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do {
                    let gone = try await desk.store.remove(expiredBefore: .now)
                    if gone > 0 { logger.info("messages removed from quarantine that had expired", metadata: ["messages": "\(gone)"]) }
                } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning("expired messages could not be removed from quarantine", metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
                do { try await Task.sleep(for: .seconds(600)) } catch { return }
            }
        }]
    }
}
