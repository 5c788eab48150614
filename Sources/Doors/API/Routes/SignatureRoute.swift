internal import DNS
internal import HTTPTypes
internal import JSON
internal import Mail
internal import Signing
internal import Threads
internal import Verdicts

/// `POST /v1/signatures`: signs a message for the domains of its authors.
struct SignatureRoute: Sendable {
    let ring: KeyRing
    let limits: APILimits
    private let readers = QueueRound(label: "postern.signer")

    init(ring: KeyRing, limits: APILimits) { self.ring = ring; self.limits = limits }

    var route: Route { Route(.post, "/v1/signatures", .scope(.judge), sign) }

    @Sendable private func sign(_ call: Call) async throws -> Answer {
        var tenant = call.tenant
        for field in try call.query().fields {
            guard field.name == "tenant" else { throw Problem.parameter(field.name, "is not a parameter here") }
            tenant = try SmallDocument.tenant(field.value, for: call)
        }
        let octets = try await call.message(limits)
        defer { call.load.release(octets.count) }
        let ring = ring, seconds = call.time.seconds, owner = tenant ?? "default"
        let outcome = await withTaskExecutorPreference(readers.next) { @concurrent in
            let message = Message(octets: octets)
            return ring.signatures(for: message, tenant: owner, authors: message.from.compactMap(\.domain), at: seconds)
        }
        return Answer(json: jsonOctets(outcome))
    }
}
