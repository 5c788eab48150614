package import Verdicts

/// Brings notices to one webhook: several at once, the oldest first, each as often as it takes. Webhooks have one each, so that none waits for another.
package struct WebhookDelivery: Sendable {
    package struct Settings: Sendable {
        package var pacing = NoticePacing()
        /// How often is looked for what is due.
        package var pace = Duration.seconds(1)
        /// How long one question to the database may take; a lease lasts for two of them longer than a delivery.
        package var patience = Duration.seconds(20)
        /// For how long what is under way goes on when the service ends; after that it is left to its lease.
        package var grace = Duration.seconds(5)

        package init() {}
    }

    package let webhook: Webhook
    private let store: any NoticeStore
    private let carrier: any WebhookCarrier
    private let settings: Settings
    private let clock: @Sendable () -> Timestamp

    /// - Parameter clock: tells the receiver when something was sent.
    package init(_ webhook: Webhook, _ store: any NoticeStore, _ carrier: any WebhookCarrier, settings: Settings = Settings(), clock: @escaping @Sendable () -> Timestamp) {
        self.webhook = webhook; self.store = store; self.carrier = carrier; self.settings = settings; self.clock = clock
    }

    /// What there is to tell of a delivery.
    package enum Event: Sendable {
        case ended(ClaimedDelivery, DeliveryEnd)
        /// The database did not do what it was asked: it is asked again.
        case trouble(any Error)
    }

    private enum Step { case ended, looked }

    /// Delivers until the task is cancelled; then what is under way ends, or is left to its lease.
    package func run(_ tell: @escaping @Sendable (Event) -> Void) async {
        await withTaskGroup(of: Step.self) { group in
            var underWay = 0, isWaiting = false
            while !Task.isCancelled {
                var pause = settings.pace
                if underWay < webhook.atOnce {
                    do {
                        let claim = try await store.claim(webhook.name, lease: lease, atOnce: webhook.atOnce, by: .now + settings.patience)
                        for delivery in claim.deliveries {
                            underWay += 1
                            group.addTask { await deliver(delivery, tell); return .ended }
                        }
                        // What is due and was not given is in the hands of others.
                        if let next = claim.next, next > 0 { pause = min(pause, .milliseconds(next)) }
                    } catch is CancellationError { break } catch { tell(.trouble(error)) }
                }
                if !isWaiting {
                    isWaiting = true
                    let pause = pause
                    group.addTask { try? await Task.sleep(for: pause); return .looked }
                }
                switch await group.next() {
                case .ended: underWay -= 1
                case .looked, nil: isWaiting = false
                }
            }
            group.cancelAll()
        }
    }

    /// Milliseconds.
    private var lease: Int { Int((webhook.timeout + settings.patience * 2).components.seconds) * 1000 }

    /// One that has begun is not broken off at once when the service ends: its receiver may have it already.
    private func deliver(_ delivery: ClaimedDelivery, _ tell: @escaping @Sendable (Event) -> Void) async {
        let work = Task { await attempt(delivery, tell) }, grace = settings.grace
        await withTaskCancellationHandler { await work.value } onCancel: {
            Task { try? await Task.sleep(for: grace); work.cancel() }
        }
    }

    private func attempt(_ delivery: ClaimedDelivery, _ tell: @Sendable (Event) -> Void) async {
        let end = await post(delivery)
        if Task.isCancelled, end != .delivered { return }
        do {
            try await store.finish(delivery, end, by: .now + settings.patience)
            tell(.ended(delivery, end))
        } catch is CancellationError {} catch { tell(.trouble(error)) }
    }

    private func post(_ delivery: ClaimedDelivery) async -> DeliveryEnd {
        // It was kept for a webhook of this name, which may have been another one.
        guard webhook.subscription.takes(delivery.notice) else { return .givenUp(reason: "this webhook does not take it") }
        let body = delivery.notice.octets, id = delivery.notice.id.description, time = clock().seconds
        guard let signature = webhook.secret.signature(id: id, time: time, body: body) else { return later(delivery, "there is no memory for its signature") }
        switch await carrier.post(body, [("webhook-id", id), ("webhook-timestamp", "\(time)"), ("webhook-signature", signature)], to: webhook) {
        case .status(200...299): return .delivered
        // Source: RFC 9110 §15.5.11; Standard Webhooks, "Delivery success or failure".
        case .status(410): return .givenUp(reason: "status 410: the receiver says that it is gone for good")
        case .status(let status): return later(delivery, "status \(status)")
        case .none(let why): return later(delivery, why)
        }
    }

    private func later(_ delivery: ClaimedDelivery, _ reason: String) -> DeliveryEnd {
        guard let pause = settings.pacing.pause(after: delivery.attempts, age: delivery.age) else { return .givenUp(reason: "tried for too long; the last time: \(reason)") }
        return .later(after: pause, reason: reason)
    }
}
