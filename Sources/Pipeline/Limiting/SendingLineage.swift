internal import RateLimits
internal import Verdicts

/// For which subjects messages of the past would count today: the parents that are said now hold for what was sent then.
struct SendingLineage {
    private let definitions: any LimitStore
    private let hierarchy: LimitHierarchy
    private let tenant: String
    private let wanted: @Sendable (LimitSubject) -> Bool
    private var said: [LimitSubject: LimitDefinition] = [:]
    private var asked: Set<LimitSubject> = []
    private var known: [SendingParty: [LimitSubject]] = [:]

    /// Octets of all that is in memory.
    private var octets = 0

    /// Octets that may be in memory; beyond these, all is asked for again. What one page adds comes on top.
    private static let most = 32 << 20
    /// Subjects in one question: messages ask over the same connection.
    private static let atOnce = 200

    /// - Parameter wanted: which of a message's subjects are of interest.
    init(_ definitions: any LimitStore, _ hierarchy: LimitHierarchy, tenant: String, wanted: @escaping @Sendable (LimitSubject) -> Bool) {
        self.definitions = definitions; self.hierarchy = hierarchy; self.tenant = tenant; self.wanted = wanted
    }

    /// The subjects of each party that are wanted.
    /// - Throws: `StoreTrouble`.
    mutating func subjects(of parties: [SendingParty], by deadline: ContinuousClock.Instant) async throws -> [[LimitSubject]] {
        if octets > Self.most { (known, asked, said, octets) = ([:], [], [:], 0) }
        let new = Set(parties.filter { known[$0] == nil })
        if !new.isEmpty {
            let own = Dictionary(uniqueKeysWithValues: new.map { ($0, $0.subjects) })
            try await learn(Set(own.values.joined()), by: deadline)
            for (party, subjects) in own {
                let family = hierarchy.family(of: subjects) { said[$0] }.filter(wanted)
                known[party] = family
                octets += party.octets + family.reduce(0) { $0 + $1.octets }
            }
        }
        return parties.map { known[$0] ?? [] }
    }

    /// Reads what is said of some, and of all above them.
    private mutating func learn(_ subjects: Set<LimitSubject>, by deadline: ContinuousClock.Instant) async throws {
        var open = Array(subjects.subtracting(asked))
        for _ in LimitScope.allCases where !open.isEmpty {
            var above: Set<LimitSubject> = []
            for begin in stride(from: 0, to: open.count, by: Self.atOnce) {
                let part = open[begin..<min(begin + Self.atOnce, open.count)].map { TenantSubject(tenant: tenant, $0) }
                for (name, definition) in try await definitions.definitions(of: part, by: deadline) {
                    said[name.subject] = definition
                    octets += name.subject.octets + definition.octets
                    if let parent = definition.parent { above.insert(parent) }
                }
            }
            asked.formUnion(open)
            octets += open.reduce(0) { $0 + $1.octets }
            open = Array(above.subtracting(asked))
        }
    }
}

// About so much of memory each takes, places in tables that are half full included.

extension SendingParty {
    fileprivate var octets: Int {
        var octets = 400
        for name in names { octets += name?.utf8.count ?? 0 }
        return told.reduce(octets) { $0 + $1.octets }
    }
}

extension LimitSubject {
    fileprivate var octets: Int { 80 + name.utf8.count }
}

extension LimitDefinition {
    fileprivate var octets: Int {
        let limits = (limits?.count ?? 0) + (override?.limits.count ?? 0) + defaults.values.reduce(0) { $0 + $1.count }
        return 300 + limits * MemoryLayout<RateLimit>.stride + (parent?.octets ?? 0) + (override?.reason?.utf8.count ?? 0)
    }
}
