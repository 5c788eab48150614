internal import Dispatch
internal import Synchronization
internal import Threads
package import Verdicts

/// The configured relay, spoken with by libcurl: a session for each message, one after the other, on a thread of its own.
package final class SMTPRelay: MailRelay {
    package let settings: RelaySettings
    private let executor = QueueExecutor(label: "postern.relay")
    /// Rings for those whose deadline passes while they wait; the other thread is busy then.
    private let bell = DispatchQueue(label: "postern.relay.bell")
    private let waiting = Mutex(0)

    package init(_ settings: RelaySettings) { self.settings = settings }

    package func send(_ mail: OutgoingMail, by deadline: ContinuousClock.Instant) async -> RelayOutcome {
        guard enter() else { return .deferred(nil, why: "\(settings.limits.waiting) messages already wait for the relay") }
        let turn = Turn(SMTPTransfer(settings, mail))
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                turn.wait(continuation)
                executor.queue.async {
                    self.leave()
                    guard let transfer = turn.begin() else { return }
                    turn.end(transfer.run(by: deadline))
                }
                bell.asyncAfter(deadline: .now() + .milliseconds(max(0, (deadline - .now).roundedMilliseconds))) {
                    turn.giveUp("the relay was busy with other messages until the deadline")
                }
            }
        } onCancel: {
            turn.cancel()
        }
    }

    private func enter() -> Bool {
        waiting.withLock { waiting in
            guard waiting < settings.limits.waiting else { return false }
            waiting += 1
            return true
        }
    }

    private func leave() { waiting.withLock { $0 -= 1 } }
}

/// One caller's place in the line.
private final class Turn: Sendable {
    private enum Place {
        case new
        case waiting(CheckedContinuation<RelayOutcome, Never>)
        case running(CheckedContinuation<RelayOutcome, Never>)
        case left
    }

    private let transfer: SMTPTransfer
    private let place = Mutex(Place.new)
    private let isCancelled = Mutex(false)

    init(_ transfer: SMTPTransfer) { self.transfer = transfer }

    func wait(_ continuation: CheckedContinuation<RelayOutcome, Never>) {
        place.withLock { $0 = .waiting(continuation) }
        if isCancelled.withLock({ $0 }) { giveUp(Self.wasCancelled) }
    }

    /// nil where the caller did not wait so long.
    func begin() -> SMTPTransfer? {
        place.withLock { place in
            guard case .waiting(let continuation) = place else { return nil }
            place = .running(continuation)
            return transfer
        }
    }

    func end(_ outcome: RelayOutcome) {
        let continuation = place.withLock { place -> CheckedContinuation<RelayOutcome, Never>? in
            guard case .running(let continuation) = place else { return nil }
            place = .left
            return continuation
        }
        continuation?.resume(returning: outcome)
    }

    /// Lets a caller go whose session has not begun.
    func giveUp(_ why: String) {
        let continuation = place.withLock { place -> CheckedContinuation<RelayOutcome, Never>? in
            guard case .waiting(let continuation) = place else { return nil }
            place = .left
            return continuation
        }
        continuation?.resume(returning: .deferred(nil, why: why))
    }

    func cancel() {
        isCancelled.withLock { $0 = true }
        transfer.cancel()
        giveUp(Self.wasCancelled)
    }

    private static let wasCancelled = "the task that sent it was cancelled"
}

extension Duration {
    fileprivate var roundedMilliseconds: Int { Int(clamping: components.seconds) &* 1000 &+ Int(components.attoseconds / 1_000_000_000_000_000) }
}
