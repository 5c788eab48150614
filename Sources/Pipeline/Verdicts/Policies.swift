/// The policies in force: one for mail that comes in, one for mail that goes out.
package struct Policies: Sendable, Equatable {
    package var inbound: Policy
    package var outbound: Policy

    package init(inbound: Policy, outbound: Policy) { self.inbound = inbound; self.outbound = outbound }

    /// The one for a message, by its envelope.
    package subscript(_ direction: Direction) -> Policy {
        switch direction {
        case .inbound: inbound
        case .outbound: outbound
        }
    }

    /// Whether either has messages made harmless.
    package var neutralises: Bool { [inbound, outbound].contains { $0.rules.values.contains { $0.action == .neutralise } } }
}
