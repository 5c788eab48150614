import Foundation
import Logging
import Logs
import Notices
import Postgres
import ServiceLifecycle
import Storage
import Verdicts
import Web

/// What happened and the webhooks by which it is told, put together after the settings.
struct NoticeHouse: Sendable {
    let desk: NoticeDesk
    let tally: WebhookTally
    private let settings: NoticeSettings
    private let deliveries: [WebhookDelivery]
    /// Of its own: what is delivered keeps no message waiting.
    private let pool: PostgresPool

    init(_ notices: NoticeSettings, database: PostgresSettings) {
        pool = PostgresPool(PostgresNotices.patientSettings(database), size: 3)
        let store = PostgresNotices(pool), post = WebhookPost()
        settings = notices
        desk = NoticeDesk(store, webhooks: notices.webhooks)
        tally = WebhookTally(notices.webhooks.map(\.name))
        deliveries = notices.webhooks.map { WebhookDelivery($0, store, post) { .now } }
    }

    /// Says which webhooks there are, before anything happens. Where that cannot be said now, it is said again (`look`), and nothing waits for it.
    func start(_ logger: Logger) async {
        for name in settings.unencrypted { logger.warning("the events of a webhook go to another machine unencrypted (http)", metadata: ["webhook": "\(name)"]) }
        do { try await desk.store.register(settings.webhooks.map(\.subscription), by: .now + .seconds(10)) } catch {
            logger.warning("the webhooks could not be registered yet", metadata: ["error": "\(error)"])
        }
    }

    func close() async { await pool.close() }

    func keepers(_ logger: Logger) -> [any Service] {
        [Keeper { await look(logger) }, Keeper { await sweep(logger) }] + deliveries.map { delivery in Keeper { await deliver(delivery, logger) } }
    }

    /// Brings events to one webhook.
    private func deliver(_ delivery: WebhookDelivery, _ logger: Logger) async {
        let failed = Repetition()
        await delivery.run { event in
            switch event {
            case .ended(let one, let end):
                tally.count(end, of: one.webhook)
                let level: Logger.Level = switch end { case .delivered: .debug; case .later: .info; case .givenUp: .warning }
                logger.log(level: level, "webhook", metadata: ["webhook": "\(one.webhook)", "event": "\(one.notice.id)", "type": "\(one.notice.kind.rawValue)", "end": "\(end.word)", "attempts": "\(one.attempts)", "reason": "\(end.reason ?? "")"])
            case .trouble(let error):
                if let times = failed.count() { logger.warning("events could not be delivered: the database", metadata: ["webhook": "\(delivery.webhook.name)", "error": "\(error)", "times": "\(times)"]) }
            }
        }
    }

    /// Says now and then which webhooks there are, and looks how they stand.
    private func look(_ logger: Logger) async {
        guard !settings.webhooks.isEmpty else { return await Self.untilCancelled() }
        let failed = Repetition(), names = settings.webhooks.map(\.name)
        while !Task.isCancelled {
            do {
                try await desk.store.register(settings.webhooks.map(\.subscription), by: .now + .seconds(10))
                tally.stand(try await desk.store.standing(of: names, by: .now + .seconds(10)))
            } catch is CancellationError { return } catch {
                if let times = failed.count() { logger.warning("how webhooks stand could not be read", metadata: ["error": "\(error)", "times": "\(times)"]) }
            }
            do { try await Task.sleep(for: .seconds(15)) } catch { return }
        }
    }

    /// Removes what was kept long enough.
    private func sweep(_ logger: Logger) async {
        let failed = Repetition()
        while !Task.isCancelled {
            do { try await Task.sleep(for: .seconds(600)) } catch { return }
            do {
                let gone = try await desk.store.removeOld(days: settings.retention, by: .now + .seconds(120))
                if gone > 0 { logger.info("old events removed", metadata: ["events": "\(gone)"]) }
            } catch is CancellationError { return } catch {
                if let times = failed.count() { logger.warning("old events could not be removed", metadata: ["error": "\(error)", "times": "\(times)"]) }
            }
        }
    }

    /// A service that ends would end the others.
    private static func untilCancelled() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}
