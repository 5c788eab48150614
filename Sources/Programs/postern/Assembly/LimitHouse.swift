import Foundation
import Limiting
import Logging
import Logs
import Postgres
import RateLimits
import ServiceLifecycle
import Storage
import Synchronization
import Verdicts

/// The limits on sending, put together after the settings.
struct LimitHouse: Sendable {
    let limits: SendingLimits
    /// Messages that wait for them.
    let holds: HoldDesk
    private let seen = Seen()
    let trials: SendingTrials
    let restraints: PostgresRestraints
    private let store: PostgresAllowances
    /// Of its own: who reads history for long keeps no message waiting.
    private let pool: PostgresPool
    /// Of messages alone: who says something of a million subjects keeps none waiting.
    private let reading: PostgresPool
    /// Of trials alone, which read history for seconds: tokens, readiness and verdicts have connections of their own.
    private let history: PostgresPool

    /// - Parameter throttle: limits of who is throttled.
    init(_ settings: LimitSettings, replies: LimitReplies, throttle: [RateLimit], database: PostgresSettings) {
        pool = PostgresPool(database, size: 2)
        reading = PostgresPool(database, size: 1)
        store = PostgresAllowances(database.plannedOnce, pool: pool, limits: settings.limits)
        history = PostgresPool(database, size: 1)
        let definitions = PostgresLimits(reading: reading, pool, limits: settings.limits)
        restraints = PostgresRestraints(pool)
        limits = SendingLimits(store, definitions, settings.hierarchy, holds: store.holds, restraints: RestraintBook(restraints, throttle: throttle), longestHold: settings.limits.longestHold, replies: replies)
        holds = HoldDesk(store.holds, limits) { .now }
        trials = SendingTrials(PostgresSendingHistory(history), definitions, settings.hierarchy)
    }

    func close() async {
        await store.close()
        await pool.close()
        await reading.close()
        await history.close()
    }

    /// Removes what counts no more.
    func keepers(_ logger: Logger) -> [any Service] {
        [Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(600)) } catch { return }
                do {
                    let gone = try await store.removeOld(by: .now + .seconds(120))
                    _ = try await store.holds.removeEnded(by: .now + .seconds(120))
                    if gone.subjects > 0 { logger.info("subjects removed that sent nothing for long", metadata: ["subjects": "\(gone.subjects)"]) }
                } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning("what was sent long ago could not be removed", metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
            }
        },
        Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
                do {
                    if let trouble = try await holds.putInOrder().values.compactMap({ $0 }).first { throw trouble }
                } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning("messages that wait could not be put in order", metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
            }
        },
        Keeper {
            while !Task.isCancelled {
                // What cannot be read now is read a little later; meanwhile the metrics say what was.
                if let usage = try? await holds.store.usage(by: .now + .seconds(10)) { seen.usage.withLock { $0 = usage } }
                do { try await Task.sleep(for: .seconds(15)) } catch { return }
            }
        }]
    }

    /// What waits, as it was seen last.
    private final class Seen: Sendable { let usage = Mutex(HoldUsage(waiting: 0, granted: 0, lateness: 0)) }

    func families() -> [MetricFamily] {
        let usage = seen.usage.withLock { $0 }
        return limits.families() + holds.families() + [
            MetricFamily("postern_holds_waiting", .gauge, "Messages that wait for limits on sending.", value: Double(usage.waiting)),
            MetricFamily("postern_holds_granted", .gauge, "Messages that may go, of which no agent said yet that they went.", value: Double(usage.granted)),
            MetricFamily("postern_holds_lateness_seconds", .gauge, "For how long the message is due that is due for longest and that no agent fetched.", value: Double(usage.lateness) / 1000),
        ]
    }
}
