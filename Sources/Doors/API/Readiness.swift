package import JSON

/// Whether this node can judge mail now, part by part.
package struct Readiness: Sendable, Equatable {
    package enum State: String, Sendable, JSONWritable { case ok, failed }

    package struct Component: Sendable, Equatable {
        package var name: String
        package var state: State
        /// Why it failed; shown to anyone who asks, so nothing secret.
        package var reason: String?
        /// Of the malware scanner: what it knows, as a JSON object; nil of the others.
        package var signatures: [UInt8]?

        package init(_ name: String, _ state: State, reason: String? = nil, signatures: [UInt8]? = nil) {
            self.name = name; self.state = state; self.reason = reason; self.signatures = signatures
        }

        fileprivate enum CodingKeys: String, CodingKey { case name, state, reason, signatures }
    }

    package var components: [Component]

    package init(_ components: [Component]) { self.components = components }

    package var isReady: Bool { components.allSatisfy { $0.state == .ok } }
}

extension Readiness.Component: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.state, state)
        json.member(CodingKeys.reason, reason)
        if let signatures {
            json.key(CodingKeys.signatures.rawValue)
            json.raw(signatures)
        }
        json.closeObject()
    }
}
