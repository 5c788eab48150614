import Checks
import Foundation
import Learning
import Logging
import Logs
import Postgres
import ServiceLifecycle
import Storage
import Verdicts

/// The spam filter, put together after the settings.
struct LearningHouse: Sendable {
    let desk: TrainingDesk
    let check: SpamCheck
    /// Of its own: what is learned by thousands does not keep others from the database.
    private let pool: PostgresPool

    /// - Returns: nil where there is none.
    init?(_ configuration: Configuration, database: PostgresSettings) {
        guard configuration.spam.filters else { return nil }
        pool = PostgresPool(database, size: 3)
        let store = PostgresTraining(pool)
        desk = TrainingDesk(store)
        let kept = configuration.spam.featuresKept
        check = SpamCheck(desk: desk, names: configuration.spam.names, keeper: kept > 0 ? FeatureKeeper(store, retention: kept) : nil, keepsOutbound: configuration.spam.keepsOutbound,
                          learner: configuration.spam.learnsAutomatically ? AutomaticLearner(desk) : nil)
    }

    func close() async {
        // What waits is of use, and nobody's answer hangs on it.
        try? await check.keeper?.write()
        await pool.close()
    }

    func families() -> [MetricFamily] {
        let learned = desk.learned(.global) ?? (0, 0)
        return [
            MetricFamily("postern_spam_learned", .gauge, "Messages that the global layer learned, by class.",
                         [.init(labels: [("class", "spam")], value: Double(learned.spam)), .init(labels: [("class", "ham")], value: Double(learned.ham))]),
            MetricFamily("postern_spam_features_left_out_total", .counter, "Judged messages whose features were not kept for want of room.", value: Double(check.keeper?.leftOut ?? 0)),
        ]
    }

    /// Follows what others learn, and keeps and forgets features.
    func keepers(_ logger: Logger) -> [any Service] {
        let failed = Repetition(), desk = desk, keeper = check.keeper, learner = check.learner
        let report = { @Sendable (error: any Error) in
            if let times = failed.count() { logger.warning("the spam filter could not look at what was learned", metadata: ["error": "\(error)", "times": "\(times)"]) }
        }
        var keepers: [any Service] = [Keeper { await desk.run(report: report) }]
        if let learner {
            keepers.append(Keeper {
                while !Task.isCancelled {
                    do { _ = try await learner.learn(at: .now) } catch is CancellationError { return } catch { report(error) }
                    do { try await Task.sleep(for: .seconds(5)) } catch { return }
                }
            })
        }
        guard let keeper else { return keepers }
        keepers.append(Keeper {
            var round = 0
            while !Task.isCancelled {
                do {
                    try await keeper.write()
                    if round % 600 == 0 { _ = try await keeper.forget(at: .now) }
                } catch is CancellationError { return } catch { report(error) }
                round &+= 1
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        })
        return keepers
    }
}
