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

    /// Parties and subjects in memory, about 500 octets each.
    private static let most = 50_000
    /// Subjects in one question: messages ask over the same connection.
    private static let atOnce = 200

    /// - Parameter wanted: which of a message's subjects are of interest.
    init(_ definitions: any LimitStore, _ hierarchy: LimitHierarchy, tenant: String, wanted: @escaping @Sendable (LimitSubject) -> Bool) {
        self.definitions = definitions; self.hierarchy = hierarchy; self.tenant = tenant; self.wanted = wanted
    }

    /// The subjects of each party that are wanted.
    /// - Throws: `StoreTrouble`.
    mutating func subjects(of parties: [SendingParty], by deadline: ContinuousClock.Instant) async throws -> [[LimitSubject]] {
        if known.count + asked.count > Self.most { (known, asked, said) = ([:], [], [:]) }
        let new = Set(parties.filter { known[$0] == nil })
        if !new.isEmpty {
            let own = Dictionary(uniqueKeysWithValues: new.map { ($0, $0.subjects) })
            try await learn(Set(own.values.joined()), by: deadline)
            for (party, subjects) in own { known[party] = hierarchy.family(of: subjects) { said[$0] }.filter(wanted) }
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
                    if let parent = definition.parent { above.insert(parent) }
                }
            }
            asked.formUnion(open)
            open = Array(above.subtracting(asked))
        }
    }
}
