internal import DNS
internal import ReverseDNS
internal import Verdicts

/// What the reverse name and the greeting of the client say.
/// Source: RFC 8601 §3 for the words of `iprev`; RFC 5321 §4.1.1.1 and §4.1.4 for HELO.
func reverseDNSFindings(_ evidence: ReverseDNSEvidence, authenticated: Bool) -> [Finding] {
    // Someone who logged in sends from where he is: his address and greeting say nothing about mail servers.
    if authenticated { return [Finding("iprev.authenticated", "the client authenticated; its name is not judged")] }
    return iprevFindings(evidence.iprev) + heloFindings(evidence.helo)
}

private func iprevFindings(_ iprev: ReverseDNSOutcome) -> [Finding] {
    if let why = iprev.skipped { return [Finding("iprev.internal", why)] }
    var findings: [Finding] = []
    switch (iprev.result, iprev.pointer) {
    case (.pass?, _):
        findings.append(Finding("iprev.pass", "\(iprev.client) is \(iprev.confirmed.first?.text ?? ""), both ways"))
        if iprev.helo == .different { findings.append(Finding("iprev.helo_mismatch", "the client's confirmed name shares nothing with its HELO name")) }
        if let author = iprev.author, author != .different { findings.append(Finding("iprev.author_match", "the client's confirmed name belongs to the author's domain")) }
    case (.permerror?, .none): findings.append(Finding("iprev.none", iprev.problem ?? "no PTR record"))
    case (.fail?, _): findings.append(Finding("iprev.fail", iprev.problem ?? "the PTR name does not lead back to the client"))
    case (.permerror?, _): findings.append(Finding("iprev.permerror", iprev.problem ?? "the reverse name is not usable"))
    case (.temperror?, _), (nil, _):
        findings.append(Finding(unknown: "iprev.temperror", iprev.problem ?? "the reverse name could not be looked up", couldBe: ["iprev."], passing: true))
    }
    if let generic = iprev.generic {
        findings.append(Finding("iprev.generic", "\(generic.name) looks like a name made for a range of addresses (\(generic.rule.rawValue))"))
    }
    return findings
}

private func heloFindings(_ helo: HELOOutcome) -> [Finding] {
    var findings: [Finding] = []
    switch helo.form {
    case .fqdn: break
    case .addressLiteral: if helo.leadsToClient == .no { findings.append(Finding("helo.literal_mismatch", "the literal in HELO is not the client's address")) }
    case .badLiteral: findings.append(Finding("helo.bad_literal", "HELO is a malformed address literal: \(helo.text)"))
    case .bareAddress: findings.append(Finding("helo.bare_address", "HELO is an address without brackets: \(helo.text)"))
    case .singleLabel: findings.append(Finding("helo.single_label", "HELO is not a fully qualified name: \(helo.text)"))
    case .localhost: findings.append(Finding("helo.localhost", "HELO is \(helo.text)"))
    case .invalidCharacters: findings.append(Finding("helo.invalid", "HELO has characters that no host name has"))
    case .ownName: findings.append(Finding("helo.own_name", "HELO is our own name: \(helo.text)"))
    case .missing: findings.append(Finding("helo.missing", "the MTA told no HELO"))
    }
    switch helo.resolves {
    case .no?: findings.append(Finding("helo.unresolvable", "\(helo.text) has neither an address nor a mail exchanger"))
    case .unknown?: findings.append(Finding(unknown: "helo.temperror", helo.problem ?? "\(helo.text) could not be looked up", couldBe: ["helo.unresolvable"], passing: true))
    case .yes?, nil: break
    }
    return findings
}
