import DNS

extension SPFCheck {
    /// The explanation that a record's owner gives for a fail.
    /// Source: RFC 7208 §6.2.
    /// - Returns: nil when there is none, or anything is wrong with it: an explanation never changes the result.
    mutating func explanation(_ ending: SPFEnding) async -> String? {
        guard ending.result == .fail, let domain = ending.domain, let spec = ending.record?.explanation else { return nil }
        // Its look-ups count for nothing (RFC 7208 §4.6.4), so the counters are those of a copy.
        var apart = self
        apart.forgetLookups()
        let target = try? await apart.target(spec, domain)
        if apart.trail.usesLocalPart { trail.usesLocalPart = true }
        guard let name = target else { return nil }
        guard case .some(let texts) = await resolver.texts(at: name, by: session.deadline), texts.count == 1, let text = texts.first,
              text.count <= limits.explanationOctets, let macros = try? SPFMacroString(text[...], in: .explanation) else { return nil }
        if macros.usesLocalPart { trail.usesLocalPart = true }
        let values = await apart.values(for: macros, domain)
        guard let expanded = macros.expanded(values, limit: limits.explanationOctets), !expanded.isEmpty else { return nil }
        // It goes into SMTP replies: US-ASCII, and no line ends that a local-part may have smuggled in.
        for octet in expanded where octet < 0x20 || octet > 0x7e { return nil }
        return String(decoding: expanded, as: UTF8.self)
    }
}
