internal import Cryptography
internal import DKIM
internal import DNS
internal import HTTPTypes
internal import JSON
internal import Signing
internal import Verdicts

/// `/v1/domains/{domain}/dkim-keys` and what is below it: the keys that sign mail of a domain.
struct SigningKeyRoutes: Sendable {
    let desk: KeyDesk

    private static let all = "/v1/domains/{domain}/dkim-keys"

    var routes: [Route] {
        [
            Route(.get, Self.all, .scope(.dkim), list),
            Route(.post, Self.all, .scope(.dkim), make),
            Route(.post, Self.all + "/rotate", .scope(.dkim), rotate),
            Route(.post, Self.all + "/check", .scope(.dkim), check),
            Route(.get, Self.all + "/{selector}", .scope(.dkim), one),
            Route(.delete, Self.all + "/{selector}", .scope(.dkim), withdraw),
        ]
    }

    private struct Wish: Decodable {
        var kinds: [String]?
        var bits: Int?
        var privateKey: String?
        var selector: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case kinds, bits, privateKey = "private_key", selector }
    }

    @Sendable private func list(_ call: Call) async throws -> Answer {
        let domain = try Self.keptDomain(call), tenant = try SmallDocument.tenantMeant(by: call)
        return answer(try await desk.store.keys(tenant: tenant, domain: domain))
    }

    @Sendable private func make(_ call: Call) async throws -> Answer {
        let place = try Self.place(call)
        let wish = try call.declaredLength(limit: call.limits.documentOctets) == 0 ? Wish() : SmallDocument.read(Wish.self, try await call.document(), members: Wish.CodingKeys.allCases.map(\.rawValue))
        let selector = try wish.selector.map { text throws(Problem) -> DomainName in
            guard let name = SelectorName.read(text) else { throw .parameter("selector", "is not made of labels of letters, digits, hyphens and underscores, or is a reserved word") }
            return name
        }
        let made: [SigningKey]
        if let privateKey = wish.privateKey {
            for (name, isThere) in [("kinds", wish.kinds != nil), ("bits", wish.bits != nil)] where isThere { throw Problem.parameter(name, "is that of the private key") }
            made = [try await told { try await desk.take(Array(privateKey.utf8), selector: selector, in: place, by: Self.who(call), at: call.time) }]
        } else {
            if selector != nil { throw Problem.parameter("selector", "is given with a private key only; other keys get the next name of the day") }
            let kinds = try Self.kinds(wish.kinds), bits = wish.bits ?? 2048
            guard desk.limits.rsaBits.contains(bits) else { throw Problem.parameter("bits", "is not a number from \(desk.limits.rsaBits.lowerBound) to \(desk.limits.rsaBits.upperBound)") }
            made = try await told { try await desk.make(place, kinds: kinds, bits: bits, by: Self.who(call), at: call.time) }
        }
        return answer(made, status: .created)
    }

    @Sendable private func rotate(_ call: Call) async throws -> Answer {
        let place = try Self.place(call)
        return answer(try await told { try await desk.rotate(place, by: Self.who(call), at: call.time) }, status: .created)
    }

    @Sendable private func check(_ call: Call) async throws -> Answer {
        let place = try Self.place(call)
        try await told { try await desk.look(at: place, at: call.time) }
        return answer(try await desk.store.keys(tenant: place.tenant, domain: place.domain))
    }

    @Sendable private func one(_ call: Call) async throws -> Answer {
        let place = try Self.keptPlace(call), keys = try await desk.store.keys(tenant: place.tenant, domain: place.domain)
        guard let selector = Query.decoded(Array(call.name.utf8)[...]).flatMap({ DomainName($0) }),
              let found = SigningKeyDocument.all(keys, schedule: desk.schedule).first(where: { $0.key.selector == selector }) else { throw Problem.noKey }
        return Answer(json: jsonOctets(found))
    }

    @Sendable private func withdraw(_ call: Call) async throws -> Answer {
        let place = try Self.keptPlace(call)
        guard let selector = Query.decoded(Array(call.name.utf8)[...]).flatMap({ DomainName($0) }) else { throw Problem.noKey }
        try await told { try await desk.withdraw(selector, of: place, by: Self.who(call), at: call.time) }
        return .nothing
    }

    // MARK: -

    private func answer(_ keys: [SigningKey], status: HTTPResponse.Status = .ok) -> Answer {
        var writer = JSONWriter(capacity: 64 + keys.count * 2048)
        writer.openObject()
        writer.key("items"); SigningKeyDocument.all(keys, schedule: desk.schedule).write(to: &writer)
        writer.closeObject()
        return Answer(json: writer.octets, status: status)
    }

    private static func who(_ call: Call) -> String { call.token.map { "token \($0.id)" } ?? "nobody" }

    private static func domain(_ call: Call) throws(Problem) -> DomainName {
        guard let text = call.names.first.flatMap({ Query.decoded(Array($0.utf8)[...]) }), let domain = SigningDomain.read(text) else {
            throw .parameter("domain", SigningDomain.problem)
        }
        return domain
    }

    /// A name that keys may be kept of: they were made for more than host names once, and are to be seen and withdrawn.
    private static func keptDomain(_ call: Call) throws(Problem) -> DomainName {
        guard let text = call.names.first.flatMap({ Query.decoded(Array($0.utf8)[...]) }), let domain = DomainName(text), !domain.isRoot else {
            throw .parameter("domain", "is not a domain name")
        }
        return domain
    }

    private static func keptPlace(_ call: Call) throws(Problem) -> KeyPlace { KeyPlace(tenant: try SmallDocument.tenantMeant(by: call) ?? "default", domain: try keptDomain(call)) }

    /// The caller's own tenant; for a caller that is confined to none the one that the query names.
    private static func place(_ call: Call) throws(Problem) -> KeyPlace { KeyPlace(tenant: try SmallDocument.tenantMeant(by: call) ?? "default", domain: try domain(call)) }

    private static func kinds(_ words: [String]?) throws(Problem) -> [KeyKind] {
        guard let words else { return [.rsa, .ed25519] }
        let kinds = words.compactMap { KeyKind(rawValue: $0) }
        guard !kinds.isEmpty, kinds.count == words.count, Set(kinds).count == kinds.count else { throw .parameter("kinds", "is not a list of rsa and ed25519, each at most once") }
        return kinds
    }

    /// Tells a caller why keys are not changed as he wished.
    @discardableResult
    private func told<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let trouble as KeyTrouble { throw Problem(trouble) }
    }
}

extension Problem {
    fileprivate static var noKey: Problem { .notFound("There is no key with this selector.") }

    fileprivate init(_ trouble: KeyTrouble) {
        func conflict(_ kind: String, _ title: String, limit: Int? = nil) -> Problem { Problem(.conflict, kind, title, "\(trouble)", limit: limit) }
        switch trouble {
        case .noMasterKey: self = .unavailable("no-master-key", "\(trouble)", retryAfter: 300)
        case .contended: self = .unavailable("busy", "\(trouble)", retryAfter: 1)
        case .unusableKey(let why): self = .parameter("private_key", "cannot be taken: \(why)")
        case .nameTooLong: self = .parameter("domain", "is too long: \(trouble)")
        case .selectorTaken: self = conflict("selector-taken", "The selector is taken")
        case .noSelectorLeft: self = conflict("selector-taken", "No selector is left")
        case .domainFull(let limit), .tenantFull(let limit): self = conflict("tenant-limit", "There are as many keys as there may be", limit: limit)
        case .nothingToRotate: self = conflict("nothing-to-rotate", "There is nothing to rotate")
        case .noSuchKey: self = .noKey
        }
    }
}
