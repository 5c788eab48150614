/// The bounds of a `Batcher`.
package struct BatchLimits: Sendable {
    /// Items written by one statement, 1…10,000.
    package var batch = 256
    /// Items that wait for their turn; beyond it `submit` fails at once, and the message is deferred instead of filling our memory.
    package var waiting = 4096
    /// Octets of all of them together, at least 1; beyond it likewise. One item that is larger by itself is taken when no other waits.
    package var waitingOctets = 64 << 20
    /// The longest that one write may take.
    package var write: Duration = .seconds(10)
    /// How often a write is repeated that was rolled back for another one's sake, or whose connection broke.
    package var attempts = 4

    package init() {}
}
