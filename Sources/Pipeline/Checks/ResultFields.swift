internal import DKIM
internal import DMARC
internal import DNS
internal import Mail
internal import ReverseDNS
internal import SPF
internal import Verdicts

/// The fields by which later readers of a message learn what was found.
/// Source: RFC 8601, RFC 7208 §9.1.
package struct ResultFields: Sendable {
    /// Who says so (RFC 8601 §2.5): the same on all servers of one administration.
    package var authservID: String
    package var addsAuthenticationResults: Bool
    package var addsReceivedSPF: Bool
    /// The authserv-ids of the servers before this one whose word is taken, when the message comes from an address of ours.
    package var trusted: [String]

    package init(authservID: String, addsAuthenticationResults: Bool = true, addsReceivedSPF: Bool = true, trusted: [String] = []) {
        self.authservID = authservID; self.addsAuthenticationResults = addsAuthenticationResults; self.addsReceivedSPF = addsReceivedSPF; self.trusted = trusted
    }

    /// What the MTA is asked to change: fields that claim to be ours go, since only we may write them (RFC 8601 §5).
    func edits(_ evidence: Evidence, _ envelope: Envelope, _ message: Message) -> HeaderEdits {
        var edits = HeaderEdits()
        // From the bottom up, so that taking one away does not move the others. Where the header was not read whole, all of them go.
        edits.remove = message.has(.limitMet(.headerOctets)) || message.has(.limitMet(.headerFields)) || message.has(.limitMet(.allHeaderFields))
            ? [HeaderToRemove(name: Self.name, place: nil)]
            : message.header.authenticationResultsPlaces(claiming: authservID).reversed().map { HeaderToRemove(name: Self.name, place: $0) }
        guard let spf = evidence.spf else { return edits }
        if addsReceivedSPF {
            let text = spf.mailfrom.receivedSPF(receiver: authservID, client: envelope.clientIP, helo: envelope.helo ?? "", mailFrom: envelope.mailFrom)
            edits.add.append(HeaderToAdd(name: Self.spfName, value: text.folded(name: Self.spfName)))
        }
        if addsAuthenticationResults {
            let text = AuthenticationResults(authservID: authservID, results: results(evidence, client: envelope.clientIP)).text
            edits.add.append(HeaderToAdd(name: Self.name, value: text.folded(name: Self.name)))
        }
        return edits
    }

    /// Fields that claim to be ours to some readers only: the MTA cannot be asked to take away what it does not see.
    func findings(_ message: Message) -> [Finding] {
        let count = message.strangeAuthenticationResults(claiming: authservID)
        return count == 0 ? [] : [Finding("content.forged_results", "some readers see \(count == 1 ? "an Authentication-Results field" : "\(count) Authentication-Results fields") that \(authservID) did not write")]
    }

    /// What servers before this one found: of the topmost field that is theirs.
    /// - Parameter isInternal: whether the message came from an address of ours; elsewhere anyone may have written the field.
    func upstream(_ message: Message, isInternal: Bool) -> UpstreamEvidence? {
        guard isInternal, !trusted.isEmpty, let first = message.header.authenticationResults(trusted: trusted).first else { return nil }
        return UpstreamEvidence(authservID: first.results.authservID, results: first.results.results.prefix(UpstreamEvidence.maximumResults).map {
            .init(method: $0.method, result: $0.result, properties: $0.properties.map { "\($0.type).\($0.name)=\($0.value)" })
        })
    }

    private static let name = "Authentication-Results", spfName = "Received-SPF"

    /// One result for each method, in the words of the IANA registry "Email Authentication Methods".
    func results(_ evidence: Evidence, client: IPAddress) -> [AuthenticationResult] {
        var results: [AuthenticationResult] = []
        if let iprev = evidence.reverseDNS?.iprev, let word = iprev.result {
            results.append(AuthenticationResult(method: "iprev", result: word.rawValue, comment: iprev.confirmed.first?.text,
                                                properties: [.init("policy", "iprev", client.unmapped.description)]))
        }
        if let spf = evidence.spf {
            for outcome in [spf.helo, spf.mailfrom].compactMap({ $0 }) {
                results.append(AuthenticationResult(method: "spf", result: outcome.result.rawValue, reason: outcome.problem,
                                                    properties: [.init("smtp", outcome.identity.rawValue, outcome.identity == .helo ? outcome.domain : outcome.sender)]))
            }
        }
        if let pra = evidence.senderID?.pra {
            results.append(AuthenticationResult(method: "sender-id", result: pra.result.rawValue, reason: pra.problem,
                                                properties: pra.header.map { [.init("header", $0, pra.sender ?? "")] } ?? []))
        }
        if let dkim = evidence.dkim { results += dkim.signatures.isEmpty ? [AuthenticationResult(method: "dkim", result: "none")] : dkim.signatures.map(\.authenticationResult) }
        // The registry has no temperror for a chain; what is not known is not said.
        if let arc = evidence.arc, arc.result != .none, !arc.isTemporary {
            results.append(AuthenticationResult(method: "arc", result: arc.result.rawValue, comment: arc.sets.last.map { "i=\($0.instance) \($0.domain)" }, reason: arc.problem,
                                                properties: arc.oldestPass.map { [.init("header", "oldest-pass", "\($0)")] } ?? []))
        }
        if let dmarc = evidence.dmarc {
            results.append(AuthenticationResult(method: "dmarc", result: dmarc.result.rawValue, comment: dmarc.policy.map { "p=\($0.rawValue) dis=\(dmarc.disposition.rawValue)" },
                                                reason: dmarc.problem,
                                                properties: dmarc.domain.map { [.init("header", "from", $0)] } ?? []))
        }
        return results
    }
}

extension DKIMOutcome {
    /// Source: RFC 8601 §2.7.1, RFC 6008 §4.
    fileprivate var authenticationResult: AuthenticationResult {
        let properties = [("d", domain), ("i", identity), ("s", selector), ("a", algorithm), ("b", signatureHead)]
        return AuthenticationResult(method: "dkim", result: result.rawValue, comment: isTesting ? "testing" : nil, reason: problem,
                                    properties: properties.compactMap { name, value in value.map { .init("header", name, $0) } })
    }
}
