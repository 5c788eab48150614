internal import DNS
internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Verdicts

/// `POST /v1/seals`: seals a message that goes on with what its verdict found.
struct SealRoute: Sendable {
    let sealer: any Sealer
    let store: any VerdictStore
    let limits: APILimits

    var route: Route { Route(.post, "/v1/seals", .scope(.judge), seal) }

    private struct Wish {
        let domain: DomainName
        let verdict: String
        let tenant: String
    }

    @Sendable private func seal(_ call: Call) async throws -> Answer {
        let wish = try wish(call)
        let octets = try await call.message(limits)
        defer { call.load.release(octets.count) }
        guard let judged = try await judged(wish) else {
            return Answer(json: jsonOctets(SealingOutcome(.verdictUnknown, "there is no verdict with this id, or it does not say what was found")))
        }
        return Answer(json: jsonOctets(await sealer.seal(octets, for: wish.domain, judged: judged, tenant: wish.tenant, at: call.time.seconds)))
    }

    private func wish(_ call: Call) throws -> Wish {
        var tenant = call.tenant, domain: DomainName?, verdict: String?
        for field in try call.query().fields {
            switch field.name {
            case "tenant": tenant = try SmallDocument.tenant(field.value, for: call)
            case "domain" where domain == nil:
                guard let name = DomainName(field.value), name.labels.count >= 2 else { throw Problem.parameter("domain", "is not a domain name of two labels or more") }
                domain = name
            case "verdict" where verdict == nil: verdict = field.value
            case "domain", "verdict": throw Problem.parameter(field.name, "is there twice")
            default: throw Problem.parameter(field.name, "is not a parameter here")
            }
        }
        guard let domain else { throw Problem.parameter("domain", "is missing") }
        guard let verdict else { throw Problem.parameter("verdict", "is missing") }
        return Wish(domain: domain, verdict: verdict, tenant: tenant ?? "default")
    }

    /// An id that cannot be one is an id that does not exist.
    private func judged(_ wish: Wish) async throws -> (record: VerdictRecord, evidence: Evidence)? {
        guard let id = VerdictID(wish.verdict), let record = try await store.verdict(id, tenant: wish.tenant) else { return nil }
        // What an earlier version wrote may not be evidence any more.
        return (try? JSONDecoder().decode(Evidence.self, from: Data(record.evidence))).map { (record, $0) }
    }
}

extension Call {
    /// A message that is the whole body.
    ///
    /// Its octets count against the room for all bodies together until `release` is called with their number.
    func message(_ limits: APILimits) async throws -> [UInt8] {
        guard let type = MediaType(request), JudgeRoute.rawTypes.contains(type.name) else { throw Problem.mediaType(JudgeRoute.rawTypes) }
        let declared = try declaredLength(limit: limits.bodyOctets)
        if declared == 0 { throw Problem.body("There is no message.", parameter: "message") }
        let octets = try await body(declared: declared, limit: limits.bodyOctets)
        if octets.isEmpty { throw Problem.body("There is no message.", parameter: "message") }
        return octets
    }
}
