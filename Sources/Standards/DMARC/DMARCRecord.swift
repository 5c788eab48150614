/// A policy record, read as tolerantly as its standard wants.
/// Source: RFC 9989 §4.7, §4.8 and §4.10.1.
package struct DMARCRecord: Sendable, Hashable {
    /// p=; none where it is missing.
    package var policy: DMARCPolicy = .none
    /// sp= and np=; nil where they are missing.
    package var subdomainPolicy: DMARCPolicy?
    package var nonexistentPolicy: DMARCPolicy?
    package var dkimMode: DMARCAlignmentMode = .relaxed
    package var spfMode: DMARCAlignmentMode = .relaxed
    package var suffixRole: DMARCSuffixRole = .unspecified
    /// t=y, or the pct=0 of an older record, which was used to say the same (RFC 9989 §A.6).
    package var isTesting = false
    /// rua= and ruf=: what of them is a URI.
    package var aggregateURIs: [DMARCReportURI] = []
    package var failureURIs: [DMARCReportURI] = []
    /// What of rua= is refused, and of ruf=: with control characters.
    package var refusedURIs: [RefusedReportURI] = []
    package var refusedFailureURIs: [RefusedReportURI] = []
    package var failureOptions: DMARCFailureOptions = []
    /// The tag among p, sp and np whose value is no policy; nil where all are well. All three then count as none, as far as there is a rua= (RFC 9989 §4.10.1).
    package var faultyTag: DMARCPolicyTag?

    package init(policy: DMARCPolicy) { self.policy = policy }

    /// A policy is broken and nobody is there to be told of it: DMARC does not apply to mail that this record is for.
    /// Source: RFC 9989 §4.10.1.
    package var isUnusable: Bool { faultyTag != nil && aggregateURIs.isEmpty }

    /// Reads a record.
    /// - Parameter octets: one TXT record, its strings joined without anything between them.
    /// - Returns: nil where it does not begin with `v=DMARC1`: it is not a DMARC record.
    /// - Limits: `recordOctets`, `reportURIs`, `uriOctets`.
    package init?(_ octets: [UInt8], limits: DMARCLimits = DMARCLimits()) {
        guard octets.count <= limits.recordOctets else { return nil }
        var pairs = octets.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: true)[...]
        // The name of the tag in any case, its value as it is (RFC 9989 §4.8), and nothing before them.
        guard let first = octets.first, first | 32 == UInt8(ascii: "v"), let version = pairs.popFirst().flatMap(Self.pair),
              version.name == "v", version.value.elementsEqual("DMARC1".utf8) else { return nil }
        var seen: Set<String> = ["v"], isTested: Bool?, percentage: Int?
        for tag in pairs {
            // A tag that is unknown, comes again or breaks the grammar is passed over (RFC 9989 §4.8).
            guard let (name, value) = Self.pair(tag), seen.insert(name).inserted else { continue }
            switch name {
            case "p": policy = take(.p, value) ?? .none
            case "sp": subdomainPolicy = take(.sp, value)
            case "np": nonexistentPolicy = take(.np, value)
            case "adkim": dkimMode = Self.letter(value) == UInt8(ascii: "s") ? .strict : .relaxed
            case "aspf": spfMode = Self.letter(value) == UInt8(ascii: "s") ? .strict : .relaxed
            case "psd": suffixRole = Self.letter(value).flatMap { DMARCSuffixRole(rawValue: String(UnicodeScalar($0))) } ?? .unspecified
            case "t": isTested = Self.letter(value).flatMap { $0 == UInt8(ascii: "y") ? true : $0 == UInt8(ascii: "n") ? false : nil }
            case "pct": percentage = value.count <= 3 ? Int(String(decoding: value, as: UTF8.self)) : nil
            case "rua": (aggregateURIs, refusedURIs) = DMARCReportURI.list(value, limits: limits)
            case "ruf": (failureURIs, refusedFailureURIs) = DMARCReportURI.list(value, limits: limits)
            case "fo": failureOptions = DMARCFailureOptions(value) ?? []
            default: break
            }
        }
        isTesting = isTested ?? (percentage == 0)
        if faultyTag != nil { (policy, subdomainPolicy, nonexistentPolicy) = (.none, nil, nil) }
        // Percent-encoded they are longer: the record is read again as it is written, and what is refused must not cost the others their reports.
        while !(refusedURIs.isEmpty && refusedFailureURIs.isEmpty), text.utf8.count > limits.recordOctets {
            if refusedFailureURIs.popLast() == nil { refusedURIs.removeLast() }
        }
    }

    /// The record as it would be published: tags that say what is assumed anyway are left out, and what is refused stands at the end of its list, percent-encoded.
    package var text: String {
        var tags = ["v=DMARC1", "p=\(policy.rawValue)"]
        if let subdomainPolicy { tags.append("sp=\(subdomainPolicy.rawValue)") }
        if let nonexistentPolicy { tags.append("np=\(nonexistentPolicy.rawValue)") }
        if dkimMode != .relaxed { tags.append("adkim=\(dkimMode.letter)") }
        if spfMode != .relaxed { tags.append("aspf=\(spfMode.letter)") }
        if suffixRole != .unspecified { tags.append("psd=\(suffixRole.rawValue)") }
        if isTesting { tags.append("t=y") }
        if !failureOptions.isEmpty { tags.append("fo=\(failureOptions.text)") }
        for (name, taken, refused) in [("rua", aggregateURIs, refusedURIs), ("ruf", failureURIs, refusedFailureURIs)] where !(taken.isEmpty && refused.isEmpty) {
            tags.append("\(name)=" + (taken.map(\.recordText) + refused.map(\.text)).joined(separator: ","))
        }
        return tags.joined(separator: "; ")
    }

    /// The policy for the record's own domain, or for one below it.
    /// - Parameter exists: whether the domain below exists; asked for only where np= makes a difference.
    /// Source: RFC 9989 §4.10.1.
    func policy(below: Bool, exists: Bool) -> (DMARCPolicy, DMARCPolicyTag) {
        guard below else { return (policy, .p) }
        if !exists, let nonexistentPolicy { return (nonexistentPolicy, .np) }
        return subdomainPolicy.map { ($0, .sp) } ?? (policy, .p)
    }

    private mutating func take(_ tag: DMARCPolicyTag, _ value: ArraySlice<UInt8>) -> DMARCPolicy? {
        let policy = DMARCPolicy(rawValue: Self.lowercased(value))
        if policy == nil, faultyTag == nil { faultyTag = tag }
        return policy
    }

    /// `name = value`, the name in lower case, neither with blanks around it; nil where there is no name, no value or no "=".
    private static func pair(_ tag: ArraySlice<UInt8>) -> (name: String, value: ArraySlice<UInt8>)? {
        guard let equals = tag.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = trimmed(tag[..<equals]), value = trimmed(tag[(equals + 1)...])
        guard !name.isEmpty, !value.isEmpty, name.allSatisfy({ ($0 | 32) &- 97 < 26 }) else { return nil }
        return (lowercased(name), value)
    }

    private static func letter(_ value: ArraySlice<UInt8>) -> UInt8? {
        value.count == 1 ? value.first.map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 } : nil
    }

    private static func lowercased(_ octets: ArraySlice<UInt8>) -> String {
        String(decoding: octets.map { $0 >= 65 && $0 <= 90 ? $0 | 32 : $0 }, as: UTF8.self)
    }

    /// Without blanks at either end.
    static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var octets = octets
        while let first = octets.first, first == 32 || first == 9 { octets.removeFirst() }
        while let last = octets.last, last == 32 || last == 9 { octets.removeLast() }
        return octets
    }
}
