internal import Foundation
internal import HTTPTypes
internal import Verdicts

/// `POST /v1/verdicts`: judges a message.
struct JudgeRoute: Sendable {
    let judge: any Judge
    let limits: APILimits

    /// What a raw message may call itself.
    static let rawTypes = ["message/rfc822", "message/global", "application/octet-stream"]

    static let path = "/v1/verdicts"

    var route: Route { Route(.post, Self.path, .scope(.judge), answer) }

    @Sendable private func answer(_ call: Call) async throws -> Answer {
        guard let type = MediaType(call.request) else { throw Problem.mediaType(Self.rawTypes + ["multipart/form-data"]) }
        if type.name == "multipart/form-data" { return try await form(call, type) }
        guard Self.rawTypes.contains(type.name) else { throw Problem.mediaType(Self.rawTypes + ["multipart/form-data"]) }
        let declared = try declared(call)
        let envelope = try Self.envelope(call.query().fields, call)
        return try await judged(call, declared) { octets throws(Problem) in
            if octets.isEmpty { throw .noMessage }
            return (octets, envelope)
        }
    }

    private func form(_ call: Call, _ type: MediaType) async throws -> Answer {
        guard let boundary = MultipartForm.boundary(of: type.value) else {
            throw Problem(.badRequest, "invalid-form", "The form is wrong", "Content-Type has no valid boundary.", parameter: "Content-Type")
        }
        let declared = try declared(call)
        if let first = try call.query().fields.first { throw Problem.parameter(first.name, "stands in the query; with a form the envelope is a part of it") }
        return try await judged(call, declared) { octets throws(Problem) in try Self.read(octets, boundary, call) }
    }

    private func declared(_ call: Call) throws(Problem) -> Int? {
        let length = try call.declaredLength(limit: limits.bodyOctets)
        if length == 0 { throw .noMessage }
        return length
    }

    private func judged(_ call: Call, _ declared: Int?, _ read: ([UInt8]) throws(Problem) -> ([UInt8], Envelope)) async throws -> Answer {
        if judge.isFull {
            judge.turnedAway()
            throw Problem.full(retryAfter: limits.retryAfter)
        }
        let octets = try await call.body(declared: declared, limit: limits.bodyOctets)
        defer { call.load.release(octets.count) }
        let (message, envelope) = try read(octets)
        let judgement = try await judge.judge(Submission(octets: message, envelope: envelope, receivedAt: call.time))
        return Answer(json: judgement.answer)
    }

    private static func envelope(_ fields: [Query.Field], _ call: Call) throws(Problem) -> Envelope {
        do {
            return try EnvelopeReader.read(fields, tenant: call.tenant ?? "default")
        } catch {
            throw .parameter(error.parameter, error.problem)
        }
    }

    private static func read(_ octets: [UInt8], _ boundary: [UInt8], _ call: Call) throws(Problem) -> ([UInt8], Envelope) {
        let form: MultipartForm
        do { form = try MultipartForm.parse(octets, boundary: boundary) } catch {
            throw Problem(.badRequest, "invalid-form", "The form is wrong", "The form cannot be read: \(error).")
        }
        var envelope: MultipartForm.Part? = nil, message: MultipartForm.Part? = nil
        for part in form.parts {
            switch part.name {
            case "envelope" where envelope == nil: envelope = part
            case "message" where message == nil: message = part
            case "envelope", "message": throw .body("The form has the part \(part.name) twice.", parameter: part.name)
            default: throw .body("The form has a part \(part.name); envelope and message are wanted.", parameter: part.name)
            }
        }
        guard let envelope else { throw .body("The form has no part envelope.", parameter: "envelope") }
        guard let message else { throw .body("The form has no part message.", parameter: "message") }
        if let type = envelope.mediaType, type != "application/json" { throw .body("The part envelope is \(type); application/json is wanted.", parameter: "envelope") }
        if let type = message.mediaType, !rawTypes.contains(type) { throw .body("The part message is \(type); \(rawTypes.joined(separator: ", ")) are accepted.", parameter: "message") }
        guard envelope.content.count <= call.limits.documentOctets else {
            var problem = Problem.body("The part envelope has more than \(call.limits.documentOctets) octets.", parameter: "envelope")
            problem.limit = call.limits.documentOctets
            throw problem
        }
        if message.content.isEmpty { throw .noMessage }
        let fields = try EnvelopeDocument.fields(Array(octets[envelope.content]))
        return (Array(octets[message.content]), try self.envelope(fields, call))
    }
}

extension Problem {
    fileprivate static var noMessage: Problem { .body("There is no message.", parameter: "message") }
}
