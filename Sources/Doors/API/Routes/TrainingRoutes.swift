internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Learning
internal import Mail
internal import SpamFilter
internal import Threads
internal import Verdicts

/// `/v1/training` and what is below it: what the spam filter is taught.
struct TrainingRoutes: Sendable {
    /// nil where there is no spam filter.
    let desk: TrainingDesk?
    let limits: APILimits
    private let readers = QueueRound(label: "postern.training.reader")
    private let features = FeatureReader()

    init(desk: TrainingDesk?, limits: APILimits) { self.desk = desk; self.limits = limits }

    static let types = ["message/rfc822", "application/mbox", "application/json"]

    var routes: [Route] {
        [
            Route(.post, "/v1/training", .scope(.training), learn),
            Route(.delete, "/v1/training", .scope(.training), unlearnSource),
            Route(.delete, "/v1/training/{id}", .scope(.training), unlearnOne),
            Route(.get, "/v1/training/status", .scope(.training), status),
            Route(.get, "/v1/training/model", .scope(.training), export),
            Route(.put, "/v1/training/model", .scope(.training), replace),
        ]
    }

    private struct Wish: Decodable {
        var `class`: String
        var verdicts: [String]
        var tenant: String?
        var domain: String?
        var source: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case `class`, verdicts, tenant, domain, source }
    }

    // MARK: - Learning

    @Sendable private func learn(_ call: Call) async throws -> Answer {
        guard let type = MediaType(call.request), Self.types.contains(type.name) else { throw Problem.mediaType(Self.types) }
        return type.name == "application/json" ? try await learnVerdicts(call) : try await learnMessages(call, isMailbox: type.name == "application/mbox")
    }

    private func learnMessages(_ call: Call, isMailbox: Bool) async throws -> Answer {
        let query = try TrainingQuery(call, allowed: ["class", "tenant", "domain", "source"]), layer = try query.layer(), desk = try there()
        guard let isSpam = query.isSpam else { throw Problem.parameter("class", "is missing") }
        let declared = try call.declaredLength(limit: limits.bodyOctets)
        if declared == 0 { throw Problem.body("There is no message.") }
        let octets = try await call.body(declared: declared, limit: limits.bodyOctets)
        defer { call.load.release(octets.count) }
        if octets.isEmpty { throw Problem.body("There is no message.") }
        let features = features, most = desk.limits.requestMessages, limit = limits.bodyOctets
        let items = await withTaskExecutorPreference(readers.next) { @concurrent () -> [TrainingItem]? in
            let messages = isMailbox ? Self.messages(octets, limit: limit) : [octets]
            if messages.count > most { return nil }
            return messages.map { octets in
                let message = Message(octets: octets)
                return TrainingItem(digest: message.digest, features: PackedFeatures(features.features(of: message)), isSpam: isSpam, origin: .message)
            }
        }
        guard let items else { throw Problem(.contentTooLarge, "too-many", "There are too many messages", "The mailbox has more than \(most) messages.", limit: most) }
        if items.isEmpty { throw Problem.body("The mailbox has no message: none begins with a line such as \"From a@example.org Mon Nov 23 10:00:00 2026\".") }
        return try await learn(items, in: layer, query, call, missing: [])
    }

    private static func messages(_ octets: [UInt8], limit: Int) -> [[UInt8]] {
        var cutter = MailboxCutter(limit: limit)
        let found = cutter.take(octets)
        return found + (cutter.finish().map { [$0] } ?? [])
    }

    private func learnVerdicts(_ call: Call) async throws -> Answer {
        try call.noParameters()
        let desk = try there(), wish = try SmallDocument.read(Wish.self, try await call.document(), members: Wish.CodingKeys.allCases.map(\.rawValue)), most = desk.limits.requestMessages
        let query = try TrainingQuery([("class", wish.class), ("tenant", wish.tenant), ("domain", wish.domain), ("source", wish.source)], call), layer = try query.layer()
        guard (1...most).contains(wish.verdicts.count) else { throw Problem.parameter("verdicts", "is not a list of 1 to \(most) ids") }
        var items: [TrainingItem] = [], missing: [String] = []
        for text in wish.verdicts {
            guard let id = VerdictID(text) else { throw Problem.parameter("verdicts", "has what is no id: \(text.prefix(100))") }
            // A tenant's layers learn that tenant's mail.
            guard let kept = try await desk.store.features(of: id, tenant: query.tenant) else { missing.append(text); continue }
            items.append(TrainingItem(digest: kept.digest, features: kept.features, isSpam: query.isSpam ?? false, origin: .verdict(id)))
        }
        if items.isEmpty { throw Problem.notFound("The features of none of these messages are kept, or not any more; hand the message in.") }
        return try await learn(items, in: layer, query, call, missing: missing)
    }

    private func learn(_ items: [TrainingItem], in layer: TrainingLayer, _ query: TrainingQuery, _ call: Call, missing: [String]) async throws -> Answer {
        let desk = try there(), note = Self.note(call, source: query.source ?? "")
        let results = try await Self.told { try await desk.learn(items, in: layer, by: note) }
        return Self.answer { json in
            TrainingDocument.write(layer, to: &json)
            json.key("items")
            json.openArray()
            for (item, result) in zip(items, results) { TrainingDocument.write(result, of: item, to: &json) }
            json.closeArray()
            json.key("missing")
            json.openArray()
            for id in missing { json.string(id) }
            json.closeArray()
        }
    }

    // MARK: - Unlearning

    @Sendable private func unlearnSource(_ call: Call) async throws -> Answer {
        let query = try TrainingQuery(call, allowed: ["source", "tenant", "domain", "dry_run"]), desk = try there()
        guard let source = query.source else { throw Problem.parameter("source", "is missing") }
        let choice = try query.choice(.source(source))
        let count = query.isDryRun ? try await desk.store.count(choice) : try await desk.unlearn(choice, by: Self.note(call, source: source))
        return Self.unlearned(count, isDryRun: query.isDryRun)
    }

    @Sendable private func unlearnOne(_ call: Call) async throws -> Answer {
        let query = try TrainingQuery(call, allowed: ["tenant", "domain"]), desk = try there(), which: TrainingChoice.Which
        if let id = VerdictID(call.name) { which = .event(id) } else if let digest = TrainingDocument.digest(call.name) { which = .digest(digest) } else { throw Problem.notLearned }
        let count = try await desk.unlearn(query.choice(which), by: Self.note(call, source: ""))
        if count == 0 { throw Problem.notLearned }
        return Self.unlearned(count, isDryRun: false)
    }

    private static func unlearned(_ count: Int, isDryRun: Bool) -> Answer {
        answer { json in
            json.key("messages"); json.integer(count)
            json.key("dry_run"); json.bool(isDryRun)
        }
    }

    // MARK: - State and models

    @Sendable private func status(_ call: Call) async throws -> Answer {
        let query = try TrainingQuery(call, allowed: ["tenant"]), desk = try there()
        let layers = try await desk.store.layers(tenant: query.tenant, limit: 1_000), sources = try await desk.store.sources(tenant: query.tenant, limit: 100)
        return Self.answer { json in
            json.key("needed"); json.integer(LayerMixture.fewest)
            json.key("layers")
            json.openArray()
            // What the operator's layer knows is of use to everybody.
            if query.tenant != nil, let learned = desk.learned(.global) { TrainingDocument.write(LayerCount(layer: .global, spam: learned.spam, ham: learned.ham, events: 0), limit: nil, to: &json) }
            for layer in layers { TrainingDocument.write(layer, limit: desk.limits.events(of: layer.layer.tenant), to: &json) }
            json.closeArray()
            json.key("sources")
            json.openArray()
            for source in sources { TrainingDocument.write(source, to: &json) }
            json.closeArray()
        }
    }

    @Sendable private func export(_ call: Call) async throws -> Answer {
        let query = try TrainingQuery(call, allowed: ["tenant", "domain"]), desk = try there()
        return Answer(try await desk.export(query.layer()), mediaType: "application/octet-stream")
    }

    @Sendable private func replace(_ call: Call) async throws -> Answer {
        let query = try TrainingQuery(call, allowed: ["tenant", "domain", "source"]), layer = try query.layer(), desk = try there()
        guard MediaType(call.request)?.name == "application/octet-stream" else { throw Problem.mediaType(["application/octet-stream"]) }
        let limit = min(desk.limits.modelOctets, limits.bodyOctets), declared = try call.declaredLength(limit: limit)
        let octets = try await call.body(declared: declared, limit: limit)
        defer { call.load.release(octets.count) }
        try await Self.told { try await desk.replace(layer, with: octets, by: Self.note(call, source: query.source ?? "")) }
        return .nothing
    }

    // MARK: -

    private func there() throws(Problem) -> TrainingDesk {
        guard let desk else { throw .unavailable("no-spam-filter", "There is no spam filter here: it is switched off (spam.filter).", retryAfter: 300) }
        return desk
    }

    private static func note(_ call: Call, source: String) -> TrainingNote { TrainingNote(by: QuarantineRoutes.who(call), at: call.time, source: source) }

    private static func answer(_ members: (inout JSONWriter) -> Void) -> Answer {
        var json = JSONWriter(capacity: 2048)
        json.openObject()
        members(&json)
        json.closeObject()
        return Answer(json: json.octets)
    }

    /// Tells a caller why nothing was learned.
    private static func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let trouble as TrainingTrouble {
            switch trouble {
            case .tooManyEvents(let limit): throw Problem(.conflict, "tenant-limit", "The tenant has as many as it may", "\(trouble)".sentence, limit: limit)
            case .contended: throw Problem.unavailable("contended", "\(trouble)".sentence, retryAfter: 1)
            case .noModel: throw Problem.body("\(trouble)".sentence)
            }
        }
    }
}

extension Problem {
    fileprivate static var notLearned: Problem { .notFound("No message that is learned has this id or digest.") }
}

extension String {
    fileprivate var sentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
