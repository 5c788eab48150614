import DNS

/// What was found at the names of the tree that one message made us look at; every name is asked about once.
/// Source: RFC 9989 §4.10.
struct DMARCTree: Sendable {
    /// What one name of the tree holds.
    enum Node: Sendable, Equatable {
        case record(DMARCRecord)
        /// No record, or more than one; `nameError` where not even `_dmarc` below the name exists.
        case none(nameError: Bool)
    }

    /// A record, and the domain it stands at.
    struct Step: Sendable, Equatable {
        let domain: DomainName
        let record: DMARCRecord
    }

    private let resolver: any Resolver
    private let limits: DMARCLimits
    private var known: [DomainName: Node] = [:]
    /// Questions asked so far.
    private(set) var questions = 0

    init(resolver: any Resolver, limits: DMARCLimits) {
        self.resolver = resolver
        self.limits = limits
    }

    /// What stands at `_dmarc` below a domain.
    /// - Throws: why that could not be known.
    mutating func node(_ domain: DomainName, by deadline: ContinuousClock.Instant) async throws(DMARCTrouble) -> Node {
        if let known = known[domain] { return known }
        // A name too long to be asked about cannot exist.
        guard let name = DomainName(trusted: "_dmarc").prepended(to: domain) else { return .none(nameError: true) }
        questions += 1
        let node: Node
        switch await resolver.texts(at: name, by: deadline) {
        case .trouble(let trouble): throw DMARCTrouble("\(name.text): the TXT look-up failed: \(trouble)")
        case .none(let nameError): node = .none(nameError: nameError)
        case .some(let texts):
            // RFC 9989 §4.10 step 2: of several records at one name, none counts.
            let records = texts.compactMap { DMARCRecord($0, limits: limits) }
            node = records.count == 1 ? .record(records[0]) : .none(nameError: false)
        }
        known[domain] = node
        return node
    }

    /// The records from a domain upwards, the longest name first, as far as psd= does not end the walk.
    mutating func walk(from start: DomainName, by deadline: ContinuousClock.Instant) async throws(DMARCTrouble) -> [Step] {
        var steps: [Step] = [], at: DomainName? = start
        while let domain = at, !domain.isRoot {
            if case .record(let record) = try await node(domain, by: deadline) {
                steps.append(Step(domain: domain, record: record))
                if record.suffixRole != .unspecified { break }
            }
            at = next(after: domain, isStart: domain == start)
        }
        return steps
    }

    /// RFC 9989 §4.10 steps 4 and 7.
    private func next(after domain: DomainName, isStart: Bool) -> DomainName? {
        let labels = domain.labels
        guard isStart, labels.count > limits.walkLabels else { return domain.parent }
        return DomainName(trusted: labels.suffix(limits.walkLabels).joined(separator: "."))
    }

    /// The organizational domain that a walk from `start` tells.
    /// Source: RFC 9989 §4.10.2.
    static func organizationalDomain(of start: DomainName, _ steps: [Step]) -> DomainName {
        for step in steps {
            if step.record.suffixRole == .organization { return step.domain }
            if step.record.suffixRole == .publicSuffix, step.domain != start {
                return DomainName(trusted: start.labels.suffix(step.domain.labels.count + 1).joined(separator: "."))
            }
        }
        return steps.last?.domain ?? start
    }

    /// Whether two different domains belong to one organization.
    /// Source: RFC 9989 §4.10.2 (relaxed alignment).
    ///
    /// The organizational domain is the domain itself or one above it. Where two have none above them in common they need no question; and where
    /// no record stands at what they have in common or above, neither rule of selection can lead both there: one question for each common label,
    /// and mostly the only common label is that of the top-level domain.
    mutating func sameOrganization(_ one: DomainName, _ other: DomainName, by deadline: ContinuousClock.Instant) async throws(DMARCTrouble) -> Bool {
        if one == other { return true }
        let common = zip(one.labels.reversed(), other.labels.reversed()).prefix { $0 == $1 }.count
        guard common > 0 else { return false }
        if common <= limits.walkLabels {
            let shared = DomainName(trusted: one.labels.suffix(common).joined(separator: "."))
            guard let first = try await walk(from: shared, by: deadline).first else { return false }
            // What a public suffix has in common is not common: no question to the servers of either.
            if first.domain == shared, first.record.suffixRole == .publicSuffix { return false }
        }
        let first = try await walk(from: one, by: deadline), second = try await walk(from: other, by: deadline)
        return Self.organizationalDomain(of: one, first) == Self.organizationalDomain(of: other, second)
    }
}

/// A look-up that DMARC needed failed: a temperror.
struct DMARCTrouble: Error, Sendable, Equatable {
    let why: String

    init(_ why: String) { self.why = why }
}
