import DKIM
import DNS
import SPF

/// Finds out which authenticated domains are the author's, asking as little as it takes.
/// Source: RFC 9989 §4.4 and §4.10.2.
struct DMARCAlignment {
    private let author: DomainName
    private let record: DMARCRecord
    private let limits: DMARCLimits
    private var tree: DMARCTree
    private var walked: Set<DomainName> = []
    private(set) var identifiers: [DMARCIdentifier] = []

    init(author: DomainName, record: DMARCRecord, tree: DMARCTree, limits: DMARCLimits) {
        self.author = author
        self.record = record
        self.tree = tree
        self.limits = limits
    }

    /// Whether an aligned domain passed.
    func passes(_ mechanism: DMARCMechanism) -> Bool {
        identifiers.contains { $0.mechanism == mechanism && $0.isAligned == true && $0.result == "pass" }
    }

    /// Fills `identifiers`.
    /// - Returns: why it could not be known whether an aligned domain passes; nil where that is known.
    mutating func judge(spf: SPFEvidence?, dkim: DKIMEvidence?, by deadline: ContinuousClock.Instant) async -> String? {
        if let spf = spf?.mailfrom { add(.spf, spf.domain, spf.result.rawValue, record.spfMode) }
        for signature in dkim?.signatures ?? [] {
            if let domain = signature.domain { add(.dkim, domain, signature.result.rawValue, record.dkimMode, selector: signature.selector) }
        }
        var unknown: String?
        for place in identifiers.indices where identifiers[place].result == "pass" && !passes(identifiers[place].mechanism) {
            if let why = await align(place, by: deadline) { unknown = unknown ?? why }
        }
        if passes(.spf) || passes(.dkim) { return nil }
        // RFC 9989 §5.3.6: what could not be verified now decides, where it would have decided as a pass.
        for place in identifiers.indices where identifiers[place].result == "temperror" {
            let trouble = await align(place, by: deadline), identifier = identifiers[place]
            if identifier.isAligned != false {
                unknown = unknown ?? trouble ?? "\(identifier.mechanism.rawValue.uppercased()) of \(identifier.domain) could not be verified now"
            }
        }
        return unknown
    }

    private mutating func add(_ mechanism: DMARCMechanism, _ domain: String, _ result: String, _ mode: DMARCAlignmentMode, selector: String? = nil) {
        var identifier = DMARCIdentifier(mechanism: mechanism, domain: domain, selector: selector, result: result, mode: mode)
        if let name = DomainName(domain) {
            if name == author { identifier.isAligned = true } else if mode == .strict || name.labels.last != author.labels.last { identifier.isAligned = false }
        } else { identifier.isAligned = false }
        identifiers.append(identifier)
    }

    /// Asks what cannot be told from the names alone.
    private mutating func align(_ place: Int, by deadline: ContinuousClock.Instant) async -> String? {
        guard identifiers[place].isAligned == nil, let domain = DomainName(identifiers[place].domain) else { return nil }
        guard walked.contains(domain) || walked.count < limits.walkedIdentifiers else { identifiers[place].isAligned = false; return nil }
        walked.insert(domain)
        do throws(DMARCTrouble) {
            identifiers[place].isAligned = try await tree.sameOrganization(author, domain, by: deadline)
            return nil
        } catch { return error.why }
    }
}
