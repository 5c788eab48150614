import DNS
import Foundation
import Limiting
import Logging
import Logs
import Postgres
import ServiceLifecycle
import Storage
import Verdicts
import Watching

/// Those who look at what senders do, put together after the settings.
struct WatchHouse: Sendable {
    let watch: SenderWatch
    private let limits: SendingLimits
    /// Of its own: what is noted beside a message's way keeps no message waiting.
    private let pool: PostgresPool

    init(_ settings: WatchSettings, _ limits: SendingLimits, internals: [IPNetwork]?, database: PostgresSettings) {
        pool = PostgresPool(database, size: 2)
        self.limits = limits
        watch = SenderWatch(PostgresWatch(pool), limits, rules: settings.rules, listed: Set(settings.listed), form: settings.form, internals: internals.map { NetworkSet($0) } ?? .privateUse)
    }

    /// What was seen last is noted still.
    func close(_ logger: Logger) async {
        do { try await watch.note(by: .now + .seconds(5)) } catch { logger.warning("what senders did last could not be noted", metadata: ["error": "\(error)"]) }
        await pool.close()
    }

    func keepers(_ logger: Logger) -> [any Service] {
        [Self.repeated(every: .milliseconds(500), "what senders do could not be noted; it is tried again", logger) { try await watch.note(by: .now + .seconds(10)) },
         Self.repeated(every: .seconds(2), "who is restrained could not be read; what was known holds", logger) { try await limits.refreshRestraints(by: .now + .seconds(10)) },
         Self.repeated(every: .seconds(3600), "what senders did long ago could not be removed", logger) {
             let gone = try await watch.store.removeOld(by: .now + .seconds(300))
             if gone > 0 { logger.info("senders forgotten that sent nothing for long", metadata: ["senders": "\(gone)"]) }
         }]
    }

    private static func repeated(every pause: Duration, _ complaint: Logger.Message, _ logger: Logger, _ work: @escaping @Sendable () async throws -> Void) -> any Service {
        Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { return }
                do { try await work() } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning(complaint, metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
            }
        }
    }

    func families() -> [MetricFamily] { watch.families(at: .now) }
}
