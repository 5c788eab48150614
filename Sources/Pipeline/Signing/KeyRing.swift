package import Cryptography
package import DKIM
package import DNS
internal import Synchronization
package import Verdicts

/// The keys that sign, opened and in memory: for each tenant and domain who signs, or why nobody does.
///
/// A message of an author at a.example.org is signed by that domain; where it has no key that can sign, by the nearest domain above it that
/// has one, which is as good for DMARC (RFC 9989 §4.4.1, relaxed alignment).
package final class KeyRing: Sendable {
    /// A key that signs.
    package struct Signer: Sendable {
        package let domain: DomainName
        package let selector: DomainName
        package let key: PrivateKey
    }

    /// Who signs for a domain.
    package struct Answer: Sendable {
        /// RSA first; empty where nobody does.
        package var signers: [Signer] = []
        /// Why nobody does.
        package var unsigned: SigningOutcome.Unsigned?
        package var wrong: [SigningOutcome.Wrong] = []
    }

    /// How many keys there are.
    package struct Figures: Sendable, Equatable {
        package var states: [KeyState: Int] = [:]
        /// Active keys whose records are wrong.
        package var wrong = 0
        /// Domains that have keys in use and none that signs.
        package var silent = 0

        package init() {}
    }

    private struct Domain: Sendable {
        var family = KeyFamily([])
        var opened: [DomainName: PrivateKey] = [:]
        /// What a message of the domain gets; put together when a key changes.
        var answer = Answer()
    }

    private struct State {
        var domains: [KeyPlace: Domain] = [:]
        var revision: Int64 = 0
        var counts: [String: Int] = [:]
    }

    private let seal: KeySeal?
    private let schedule: KeySchedule
    let limits: SigningLimits
    private let state = Mutex(State())

    /// - Parameter seal: nil where the service has no master key; then nothing is signed, and the reason says so.
    package init(seal: KeySeal?, schedule: KeySchedule = KeySchedule(), limits: SigningLimits = SigningLimits()) { self.seal = seal; self.schedule = schedule; self.limits = limits }

    /// Takes in what has changed since the last time; of a database that was put back to an earlier state, everything. It may run several times
    /// at once.
    /// - Returns: keys that did not open, which others than signers should hear of.
    /// - Throws: `StoreTrouble`; the keys in memory stay.
    @discardableResult
    package func refresh(from store: any SigningKeyStore) async throws -> [SigningKey] {
        while true {
            let known = state.withLock { $0.revision }
            var (keys, revision) = try await store.changes(since: known)
            // What was here may have been another key of the same name: nothing of it is kept.
            let isAnew = revision < known
            if isAnew { (keys, revision) = try await store.changes(since: 0) }
            let (opened, locked) = open(keys, anew: isAnew)
            let isDone = state.withLock { state in
                if isAnew {
                    guard state.revision == known else { return false }
                    state.domains = [:]
                } else if revision < state.revision {
                    // Another refresh that read later has taken in all of this and more.
                    return true
                }
                for (place, changed) in Dictionary(grouping: keys, by: \.key.place) {
                    state.domains[place] = update(state.domains[place] ?? Domain(), changed.map(\.key), opened[place] ?? [:])
                }
                state.revision = revision
                return true
            }
            if isDone { return locked }
        }
    }

    /// - Parameter anew: without the keys that are open.
    /// - Returns: the private keys, and those that do not open.
    private func open(_ keys: [SealedSigningKey], anew: Bool) -> ([KeyPlace: [DomainName: PrivateKey]], [SigningKey]) {
        var locked: [SigningKey] = [], opened: [KeyPlace: [DomainName: PrivateKey]] = [:]
        for one in keys where one.key.state != .retired {
            let (place, selector) = (one.key.place, one.key.selector)
            let held = anew ? nil : state.withLock { $0.domains[place]?.opened[selector] }
            if let key = held ?? seal?.open(one.sealed, tenant: place.tenant, domain: place.domain, selector: selector) {
                opened[place, default: [:]][selector] = key
            } else if seal != nil { locked.append(one.key) }
        }
        return (opened, locked)
    }

    /// The domain with changed keys; nil where it has none left.
    private func update(_ old: Domain, _ changed: [SigningKey], _ opened: [DomainName: PrivateKey]) -> Domain? {
        var keys = Dictionary(uniqueKeysWithValues: old.family.keys.map { ($0.selector, $0) }), domain = old
        for key in changed {
            keys[key.selector] = key.state == .retired ? nil : key
            domain.opened[key.selector] = key.state == .retired ? nil : opened[key.selector] ?? domain.opened[key.selector]
        }
        if keys.isEmpty { return nil }
        domain.family = KeyFamily(Array(keys.values))
        domain.answer = answer(domain)
        return domain
    }

    private func answer(_ domain: Domain) -> Answer {
        var answer = Answer(), locked: SigningKey? = nil
        answer.wrong = domain.family.broken(schedule).map { .init(domain: $0.domain.text, selector: $0.selector.text, detail: Self.words($0)) }
        for kind in [KeyKind.rsa, .ed25519] {
            guard let key = domain.family.signer(kind, schedule: schedule) else { continue }
            if let opened = domain.opened[key.selector] { answer.signers.append(Signer(domain: key.domain, selector: key.selector, key: opened)) } else { locked = key }
        }
        if answer.signers.isEmpty { answer.unsigned = reason(domain, locked) }
        return answer
    }

    private func reason(_ domain: Domain, _ locked: SigningKey?) -> SigningOutcome.Unsigned? {
        if let locked {
            return seal == nil ? .init(domain: locked.domain.text, reason: .noMasterKey, detail: "no master key: the service cannot open the private keys")
                : .init(domain: locked.domain.text, reason: .keyUnreadable, detail: "key \(locked.selector.text) does not open under this master key")
        }
        if let wrong = domain.family.broken(schedule).last { return .init(domain: wrong.domain.text, reason: .recordWrong, detail: "key \(wrong.selector.text): \(Self.words(wrong))") }
        guard let key = domain.family.keys.last else { return nil }
        return switch key.state {
        case .published: .init(domain: key.domain.text, reason: .keyPending, detail: "key \(key.selector.text): its record was seen in the DNS, and has to settle")
        case .retiring: .init(domain: key.domain.text, reason: .recordWrong, detail: "key \(key.selector.text) is retiring: \(Self.words(key))")
        default: .init(domain: key.domain.text, reason: .keyPending, detail: "key \(key.selector.text) pending: \(Self.words(key))")
        }
    }

    private static func words(_ key: SigningKey) -> String {
        switch key.check?.sighting {
        case nil: "the DNS was not asked for its record yet"
        case .matches: "its record is in the DNS"
        case .missing: "its record is not in the DNS"
        case .other(let how): "its record in the DNS is another one: \(how)"
        case .trouble(let why): "its record could not be looked up: \(why)"
        }
    }

    /// Who signs for an author's domain: the domain, or the nearest one above it that can.
    package func signers(for author: DomainName, tenant: String) -> Answer {
        state.withLock { state in
            var at: DomainName? = author, first: Answer? = nil
            while let domain = at, !domain.isRoot {
                if domain == author || domain.labels.count <= limits.parentLabels, var found = state.domains[KeyPlace(tenant: tenant, domain: domain)]?.answer {
                    if !found.signers.isEmpty {
                        found.wrong = (first?.wrong ?? []) + found.wrong
                        return found
                    }
                    first = first ?? found
                }
                at = domain.parent
            }
            return first ?? Answer(unsigned: .init(domain: author.text, reason: .noKey, detail: "no key for the domain \(author.text)"))
        }
    }

    /// Whether the domain, or one above it, has keys of the tenant, whatever their state.
    package func hasKeys(_ domain: DomainName, tenant: String) -> Bool { signers(for: domain, tenant: tenant).unsigned?.reason != .noKey }

    package var figures: Figures {
        state.withLock { state in
            var figures = Figures()
            for domain in state.domains.values {
                for key in domain.family.keys { figures.states[key.state, default: 0] += 1 }
                figures.wrong += domain.family.broken(schedule).count
                if domain.answer.signers.isEmpty { figures.silent += 1 }
            }
            return figures
        }
    }

    /// Counts an outcome for the metrics.
    func count(_ outcome: SigningOutcome) {
        state.withLock { state in
            state.counts["signed", default: 0] += outcome.signatures.count
            for one in outcome.unsigned { state.counts[one.reason.rawValue, default: 0] += 1 }
        }
    }

    /// What the ring holds and what was signed since the start.
    package func families() -> [MetricFamily] {
        let figures = figures, counts = state.withLock { $0.counts }
        return [
            MetricFamily("postern_dkim_keys", .gauge, "Signing keys by state; retired ones are not counted.",
                         KeyState.allCases.filter { $0 != .retired }.map { .init(labels: [("state", $0.rawValue)], value: Double(figures.states[$0] ?? 0)) }),
            MetricFamily("postern_dkim_wrong_records", .gauge, "Active keys whose record in the DNS is not theirs (any more).", value: Double(figures.wrong)),
            MetricFamily("postern_dkim_silent_domains", .gauge, "Domains that have keys and none that signs.", value: Double(figures.silent)),
            MetricFamily("postern_dkim_signatures_total", .counter, "Signatures made.", value: Double(counts["signed"] ?? 0)),
            MetricFamily("postern_dkim_unsigned_total", .counter, "Author domains of messages that were not signed, by reason.",
                         UnsignedReason.allCases.map { .init(labels: [("reason", $0.rawValue)], value: Double(counts[$0.rawValue] ?? 0)) }),
        ]
    }
}
