/// Whether this node can judge mail now, part by part.
package struct Readiness: Sendable, Equatable, Codable {
    package enum State: String, Sendable, Codable { case ok, failed }

    package struct Component: Sendable, Equatable, Codable {
        package var name: String
        package var state: State
        /// Why it failed; shown to anyone who asks, so nothing secret.
        package var reason: String?

        package init(_ name: String, _ state: State, reason: String? = nil) { self.name = name; self.state = state; self.reason = reason }
    }

    package var components: [Component]

    package init(_ components: [Component]) { self.components = components }

    package var isReady: Bool { components.allSatisfy { $0.state == .ok } }
}
