internal import TransportSecurity
internal import Verdicts

/// What the encryption of the session says, and whether it was required.
/// Source: RFC 8996 §4 and §5 for deprecated versions, RFC 9325 §4.1 for ciphers.
func transportFindings(_ transport: TransportOutcome) -> [Finding] {
    var findings: [Finding] = []
    if !transport.encrypted {
        findings.append(Finding("transport.none", "the session was not encrypted"))
    } else if let version = transport.version {
        findings.append(transport.deprecated == true
            ? Finding("transport.deprecated", "\(version.rawValue) is deprecated (RFC 8996)")
            : Finding("transport.encrypted", version.rawValue))
    }
    if let weakness = transport.weakness { findings.append(Finding("transport.weak_cipher", "\(transport.cipher ?? "the cipher"): \(weakness.rawValue)")) }
    guard let rule = transport.required else { return findings }
    let domains = rule.domains.description
    switch (transport.satisfied, transport.action) {
    case (false?, .reject?): findings.append(Finding("transport.required.reject", "mail for or from \(domains) needs TLS \(rule.minimumVersion?.rawValue ?? "1.2 or later")"))
    case (false?, _): findings.append(Finding("transport.required.defer", "mail for or from \(domains) needs TLS \(rule.minimumVersion?.rawValue ?? "1.2 or later")"))
    case (true?, _): findings.append(Finding("transport.required.met", "TLS as \(domains) requires it"))
    case (nil, _):
        findings.append(Finding(unknown: "transport.required.unknown", transport.problem ?? "whether the session was encrypted as required is not known",
                                couldBe: ["transport.required.\(rule.action.rawValue)"], passing: true))
    }
    return findings
}
