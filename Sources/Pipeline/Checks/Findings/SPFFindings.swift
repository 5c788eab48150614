internal import DNS
internal import SPF
internal import Verdicts

/// What SPF says of MAIL FROM, and of HELO where it says no.
/// Source: RFC 7208 §2.6 and §8 for the words.
func spfFindings(_ spf: SPFEvidence, authenticated: Bool) -> [Finding] {
    if authenticated { return [Finding("spf.authenticated", "the client authenticated; its address is not the sender's server")] }
    var findings = [finding(spf.mailfrom, prefix: "spf.")]
    if let network = spf.mailfrom.matchedNetwork, let breadth = spf.mailfrom.breadth {
        let how = "\(spf.mailfrom.domain): \(spf.mailfrom.mechanism ?? "the record") passes"
        switch breadth {
        case .everybody: findings.append(Finding("spf.pass_all", "\(how) every IPv\(network.address.isV4 ? 4 : 6) address"))
        case .wide: findings.append(Finding("spf.pass_wide", "\(how) all of \(network), more than any one owner has"))
        }
    }
    if let helo = spf.helo, helo.result != .none, helo.result != .pass || spf.mailfrom.result != .pass {
        findings.append(finding(helo, prefix: "spf.helo."))
    }
    return findings
}

private func finding(_ outcome: SPFOutcome, prefix: String) -> Finding {
    let code = prefix + outcome.result.rawValue
    switch outcome.result {
    case .temperror: return Finding(unknown: code, outcome.problem ?? "the record could not be looked up", couldBe: [prefix], passing: true)
    case .permerror: return Finding(code, outcome.problem ?? "the record of \(outcome.domain) cannot be read")
    case .none: return Finding(code, outcome.problem ?? "\(outcome.domain) has no SPF record")
    default: return Finding(code, outcome.mechanism.map { "\(outcome.domain): \($0)" } ?? "\(outcome.domain): no mechanism matched")
    }
}

/// A pass that lets in more clients than the sender can have, and so says nothing of him.
enum PassBreadth: Sendable {
    /// Every address of the client's family: `all`, `ip4:0.0.0.0/0`, `mx//0`.
    case everybody
    /// A network with fewer leading bits than `leastOwnedBits`: whoever writes `ip4:0.0.0.0/1 ip4:128.0.0.0/1` passes everybody, too.
    case wide

    /// Leading bits of the largest network that one owner may have.
    ///
    /// IPv4: what was ever given to one owner is a /8 at most. IPv6: a regional registry has blocks of /12 for all its members, so that a
    /// prefix of less than 16 bits would be a good part of a registry.
    /// Source: IANA IPv4 Address Space Registry; IANA IPv6 Global Unicast Address Assignments.
    static let leastOwnedBits = (v4: 8, v6: 16)
}

extension SPFOutcome {
    /// nil where the result is no pass, and where the pass is for networks that can be the sender's.
    var breadth: PassBreadth? {
        guard self.result == .pass, let network = self.matchedNetwork else { return nil }
        if network.prefix == 0 { return .everybody }
        return network.prefix < (network.address.isV4 ? PassBreadth.leastOwnedBits.v4 : PassBreadth.leastOwnedBits.v6) ? .wide : nil
    }

    /// Whether the domain stands behind this client: a pass that not everybody gets.
    var vouches: Bool { self.result == .pass && breadth == nil }
}
