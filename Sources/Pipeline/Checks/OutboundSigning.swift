internal import Mail
internal import Signing
internal import Verdicts

/// What signing a message came to: what is remembered of it, and the fields for the MTA to add.
struct OutboundSigning {
    let evidence: SigningEvidence
    let fields: [HeaderToAdd]

    init(_ outcome: SigningOutcome) {
        evidence = SigningEvidence(signed: outcome.signatures.map { .init(domain: $0.domain, selector: $0.selector, algorithm: $0.algorithm) },
                                   unsigned: outcome.unsigned.map { .init(domain: $0.domain, reason: $0.reason.rawValue, detail: $0.detail) },
                                   wrongRecords: outcome.wrong.map { .init(domain: $0.domain, selector: $0.selector, detail: $0.detail) })
        fields = outcome.signatures.map { HeaderToAdd(name: SigningOutcome.fieldName, value: $0.field) }
    }
}

/// What there is to say of a message that goes out: why it is not signed, and which key's record is wrong.
func signingFindings(_ signing: SigningEvidence) -> [Finding] {
    var findings: [Finding] = []
    if !signing.signed.isEmpty {
        findings.append(Finding("signing.signed", signing.signed.map { "\($0.domain) (\($0.selector), \($0.algorithm))" }.joined(separator: "; ")))
    }
    findings += signing.unsigned.map { Finding("signing.\($0.reason)", "\($0.domain ?? "the message") is not signed: \($0.detail)") }
    findings += signing.wrongRecords.map { Finding("signing.wrong_record", "\($0.selector) of \($0.domain): \($0.detail)") }
    return findings
}
