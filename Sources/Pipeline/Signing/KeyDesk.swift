package import Cryptography
package import DKIM
package import DNS
internal import Threads
package import Verdicts

/// Where keys are made, taken, looked for in the DNS, rotated and withdrawn: by the API, by the command line, by the keeper.
package struct KeyDesk: Sendable {
    package let store: any SigningKeyStore
    /// nil where there is no master key.
    package let seal: KeySeal?
    /// Each is asked by itself: what one of them sees, others may not.
    package let resolvers: [any Resolver]
    package let schedule: KeySchedule
    package let limits: SigningLimits
    /// Follows at once what is changed here.
    let ring: KeyRing?
    /// Making an RSA key takes a good part of a second of a core.
    private let makers = QueueRound(label: "postern.keys", width: 1)

    package init(store: any SigningKeyStore, seal: KeySeal?, resolvers: [any Resolver], schedule: KeySchedule = KeySchedule(), limits: SigningLimits = SigningLimits(), ring: KeyRing? = nil) {
        self.store = store; self.seal = seal; self.resolvers = resolvers; self.schedule = schedule; self.limits = limits; self.ring = ring
    }

    /// Makes keys: one of each kind, under selectors of one name.
    /// - Parameters:
    ///   - kinds: each once.
    ///   - bits: of an RSA modulus.
    ///   - who: for the record.
    /// - Throws: `KeyTrouble`, `StoreTrouble`, `NoRandomness`.
    package func make(_ place: KeyPlace, kinds: [KeyKind] = [.rsa, .ed25519], bits: Int = 2048, by who: String, at now: Timestamp) async throws -> [SigningKey] {
        try await make(place, kinds.map { ($0, bits) }, by: who, at: now)
    }

    private func make(_ place: KeyPlace, _ wanted: [(kind: KeyKind, bits: Int)], by who: String, at now: Timestamp) async throws -> [SigningKey] {
        guard let seal else { throw KeyTrouble.noMasterKey }
        let present = try await room(in: place, for: wanted.count)
        let day = String(now.description.prefix(10).filter { $0 != "-" })
        guard let selectors = SelectorName.next(wanted.map(\.kind), day: day, taken: Set(present.map(\.selector))) else { throw KeyTrouble.noSelectorLeft }
        let bounds = limits.rsaBits
        let made = try await withTaskExecutorPreference(makers.next) { @concurrent in
            try wanted.map { try PrivateKey.generate($0.kind, bits: min(max($0.bits, bounds.lowerBound), bounds.upperBound)) }
        }
        return try await keep(zip(selectors, made).map { ($0, $1) }, in: place, seal, isImported: false, by: who, at: now)
    }

    /// Takes a private key that exists already, once a signature of it verifies.
    /// - Parameters:
    ///   - pem: PKCS #8, PKCS #1 or SEC 1 in PEM, without a pass phrase (RFC 7468).
    ///   - selector: that of its published record; nil for a new one.
    package func take(_ pem: [UInt8], selector: DomainName?, in place: KeyPlace, by who: String, at now: Timestamp) async throws -> SigningKey {
        guard let seal else { throw KeyTrouble.noMasterKey }
        guard pem.count <= limits.privateKeyOctets, let key = PrivateKey.pem(pem) else { throw KeyTrouble.unusableKey("this is no private key of RSA or Ed25519 in PEM without a pass phrase") }
        guard key.kind != .rsa || limits.rsaBits.contains(key.bits) else {
            throw KeyTrouble.unusableKey("an RSA key has \(limits.rsaBits.lowerBound) to \(limits.rsaBits.upperBound) bits here; this one has \(key.bits)")
        }
        do throws(KeyFault) { try key.prove() } catch { throw KeyTrouble.unusableKey("this key \(error)") }
        let present = try await room(in: place, for: 1)
        let day = String(now.description.prefix(10).filter { $0 != "-" })
        guard let selector = selector ?? SelectorName.next([key.kind], day: day, taken: Set(present.map(\.selector)))?.first else { throw KeyTrouble.noSelectorLeft }
        guard let kept = try await keep([(selector, key)], in: place, seal, isImported: true, by: who, at: now).first else { throw KeyTrouble.contended }
        return kept
    }

    /// Makes successors for the keys in use: they sign once their records are seen, and those they follow retire some days after.
    /// - Throws: `KeyTrouble.nothingToRotate` where there is no key that signs, or successors are on their way.
    package func rotate(_ place: KeyPlace, by who: String, at now: Timestamp) async throws -> [SigningKey] {
        let family = KeyFamily(try await store.keys(tenant: place.tenant, domain: place.domain))
        let wanted = family.successors
        if wanted.isEmpty {
            let waiting = family.keys.filter { $0.state == .pending || $0.state == .published }.map(\.selector.text)
            throw KeyTrouble.nothingToRotate(waiting.isEmpty ? "the domain has no key that signs; make one" : "successors are on their way already: \(waiting.joined(separator: ", "))")
        }
        return try await make(place, wanted, by: who, at: now)
    }

    /// Takes a key out of use at once; its private half is removed.
    package func withdraw(_ selector: DomainName, of place: KeyPlace, by who: String, at now: Timestamp) async throws {
        _ = try await change(place, by: who, at: now) { family in
            guard family.withdraw(selector, at: now.seconds, schedule: schedule) else { throw KeyTrouble.noSuchKey }
        }
    }

    /// Asks the DNS for the records of a domain's keys now, and follows what it says.
    /// - Returns: every change of a key that somebody may want to hear of.
    @discardableResult
    package func look(at place: KeyPlace, by who: String = "DNS", at now: Timestamp) async throws -> [KeyChange] {
        let keys = try await store.keys(tenant: place.tenant, domain: place.domain).filter { $0.state != .retired }
        if keys.isEmpty { return [] }
        let sightings = await sightings(of: keys, by: .now + limits.lookPatience)
        return try await change(place, by: who, at: now) { $0.advance(sightings, at: now.seconds, schedule: schedule) }
    }

    // MARK: -

    /// - Returns: all keys of the domain.
    private func room(in place: KeyPlace, for more: Int) async throws -> [SigningKey] {
        let present = try await store.keys(tenant: place.tenant, domain: place.domain)
        guard present.count(where: { $0.state != .retired }) + more <= limits.keysOfDomain else { throw KeyTrouble.domainFull(limits.keysOfDomain) }
        return present
    }

    private func keep(_ made: [(DomainName, PrivateKey)], in place: KeyPlace, _ seal: KeySeal, isImported: Bool, by who: String, at now: Timestamp) async throws -> [SigningKey] {
        var keys: [SealedSigningKey] = []
        for (selector, key) in made {
            let one = SigningKey(tenant: place.tenant, domain: place.domain, selector: selector, kind: key.kind, bits: key.bits, publicKey: key.publicOctets, isImported: isImported,
                                 createdAt: now.seconds, createdBy: who)
            guard one.owner != nil else { throw KeyTrouble.nameTooLong }
            keys.append(SealedSigningKey(one, sealed: try seal.seal(key, tenant: place.tenant, domain: place.domain, selector: selector)))
        }
        do { try await store.add(keys) } catch let taken as SelectorTaken { throw KeyTrouble.selectorTaken(taken.selector) } catch let full as TenantLimitReached {
            throw KeyTrouble.tenantFull(full.limit)
        }
        try await ring?.refresh(from: store)
        return keys.map(\.key)
    }

    private func sightings(of keys: [SigningKey], by deadline: ContinuousClock.Instant) async -> [DomainName: RecordSighting] {
        await withTaskGroup(of: (DomainName, RecordSighting).self) { group in
            var seen: [DomainName: [RecordSighting]] = [:]
            for key in keys {
                seen[key.selector] = []
                guard let owner = key.owner else { continue }
                for resolver in resolvers { group.addTask { (key.selector, key.sighting(in: await resolver.texts(at: owner, by: deadline))) } }
            }
            for await (selector, sighting) in group { seen[selector, default: []].append(sighting) }
            return seen.mapValues { RecordSighting.together($0) }
        }
    }

    /// Tries to change keys so often, when others change them at the same time.
    private static let tries = 5

    private func change(_ place: KeyPlace, by who: String, at now: Timestamp, _ body: (inout KeyFamily) throws -> Void) async throws -> [KeyChange] {
        for _ in 0..<Self.tries {
            let old = KeyFamily(try await store.keys(tenant: place.tenant, domain: place.domain))
            var new = old
            try body(&new)
            var changes: [(was: SigningKey, is: SigningKey)] = []
            for (was, key) in zip(old.keys, new.keys) where was != key {
                var key = key
                if key.saysOther(than: was) { (key.changedAt, key.changedBy) = (now.seconds, who) }
                changes.append((was, key))
            }
            guard try await store.replace(changes) else { continue }
            if changes.contains(where: { $0.is.saysOther(than: $0.was) }) { try await ring?.refresh(from: store) }
            return changes.compactMap { KeyChange(was: $0.was, is: $0.is, schedule) }
        }
        throw KeyTrouble.contended
    }
}
