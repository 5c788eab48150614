package import DNS
package import Mail

extension SPFOutcome {
    /// The value of a Received-SPF field: the result, a sentence for people, and what it was made of.
    /// Source: RFC 7208 §9.1.
    ///
    /// ASCII only; nothing that came from outside ends the line, the comment or a quoted string: control characters and what is beyond ASCII
    /// become question marks.
    /// - Parameters:
    ///   - receiver: the name of the host that checked; empty for "unknown".
    ///   - client: the client that was checked.
    ///   - helo: the HELO or EHLO argument as it came; left out when empty.
    ///   - mailFrom: the reverse-path without its angle brackets; empty for the null reverse-path, which is written as such; nil to leave it out.
    /// - Limits: `ReceivedSPFLimits`.
    package func receivedSPF(receiver: String, client: IPAddress, helo: String, mailFrom: String?, limits: ReceivedSPFLimits = ReceivedSPFLimits()) -> FieldText {
        let receiver = receiver.isEmpty ? "unknown" : receiver
        var pieces = [self.result.rawValue]
        pieces += FieldText.comment(FieldText.visible("\(receiver): \(sentence(client.unmapped))", limit: limits.commentOctets, isASCII: true))
        var pairs = [("client-ip", client.unmapped.description)]
        if let mailFrom { pairs.append(("envelope-from", mailFrom)) }
        if !helo.isEmpty { pairs.append(("helo", helo)) }
        pairs += [("receiver", receiver), ("identity", identity.rawValue)]
        if let mechanism = self.mechanism { pairs.append(("mechanism", mechanism)) } else if self.result == .neutral { pairs.append(("mechanism", "default")) }
        if let problem = self.problem { pairs.append(("problem", problem)) }
        for (key, value) in pairs {
            let value = FieldText.visible(value, limit: limits.valueOctets, isASCII: true)
            pieces.append("\(key)=\(FieldText.isDotAtom(value) ? value : FieldText.quoted(value));")
        }
        return FieldText(visible: pieces)
    }

    /// In the words of RFC 7208 §9.1 and of those who went before.
    private func sentence(_ client: IPAddress) -> String {
        switch self.result {
        case .pass: "domain of \(sender) designates \(client) as permitted sender"
        case .fail: "domain of \(sender) does not designate \(client) as permitted sender"
        case .softfail: "domain of transitioning \(sender) does not designate \(client) as permitted sender"
        case .neutral: "\(client) is neither permitted nor denied by domain of \(sender)"
        case .none: "domain of \(sender) does not designate permitted sender hosts"
        case .temperror: "error in processing during lookup of \(domain)"
        case .permerror: "the policy of \(domain) cannot be evaluated"
        }
    }
}
