internal import Compression
internal import DNS
internal import XML

extension AggregateReport {
    /// The document as RFC 9990 has it; ``namespace``, ``version``, ``problems`` and what only RFC 7489 knows are not looked at.
    /// Source: RFC 9990 §3.1.1 and appendix A.
    /// - Returns: UTF-8; characters that XML cannot hold are left out of texts.
    /// - Throws: ``AggregateReportError`` that names what a valid report must have and this one has not.
    package func xml() throws(AggregateReportError) -> [UInt8] {
        try check()
        var xml = XMLWriter()
        xml.begin("feedback", [("xmlns", AggregateReport.namespace)])
        xml.element("version", "1.0")
        xml.begin("report_metadata")
        xml.element("org_name", metadata.organization)
        xml.element("email", metadata.email)
        xml.element("extra_contact_info", metadata.extraContact)
        xml.element("report_id", metadata.reportID)
        xml.begin("date_range")
        xml.element("begin", String(metadata.begin))
        xml.element("end", String(metadata.end))
        xml.end()
        xml.element("error", metadata.error)
        xml.element("generator", metadata.generator)
        xml.end()
        xml.begin("policy_published")
        xml.element("domain", policy.domain)
        xml.element("discovery_method", policy.discovery?.rawValue)
        xml.element("p", policy.request?.rawValue)
        xml.element("sp", policy.subdomainRequest?.rawValue)
        xml.element("np", policy.absentRequest?.rawValue)
        xml.element("fo", policy.failureOptions)
        xml.element("adkim", policy.dkimAlignment?.rawValue)
        xml.element("aspf", policy.spfAlignment?.rawValue)
        xml.element("testing", policy.isTesting.map { $0 ? "y" : "n" })
        xml.end()
        for record in records { record.write(to: &xml) }
        xml.end()
        return xml.octets
    }

    /// The document, compressed: what is attached to the mail as application/gzip.
    /// Source: RFC 9990 §3.5.2, RFC 6713.
    /// - Throws: ``AggregateReportError``.
    package func gzip() throws(AggregateReportError) -> [UInt8] {
        let document = try xml()
        do { return try Gzip.compress(document, level: 9) } catch { throw .document(XMLError(.noMemory)) }
    }

    private func check() throws(AggregateReportError) {
        let texts = [("report_metadata/org_name", metadata.organization), ("report_metadata/email", metadata.email), ("policy_published/domain", policy.domain)]
        for (path, text) in texts where text.isEmpty { throw .missing(path) }
        guard Self.isReportID(metadata.reportID) else { throw .invalid("report_metadata/report_id", metadata.reportID) }
        guard metadata.begin >= 0, metadata.end >= metadata.begin else { throw .invalid("report_metadata/date_range", "\(metadata.begin)-\(metadata.end)") }
        if policy.request == nil { throw .missing("policy_published/p") }
        if records.isEmpty { throw .missing("record") }
        // What is not said is inherited (RFC 9989 §4.7).
        let requests = [policy.request, policy.subdomainRequest, policy.absentRequest].compactMap { $0?.rawValue }
        for (place, record) in records.enumerated() { try record.check("record \(place + 1)", requests: requests) }
    }

    /// Source: RFC 9990 §3.5.1 (ridtxt), RFC 5322 §3.2.3 (dot-atom-text).
    static func isReportID(_ text: String) -> Bool {
        var octets = Array(text.utf8)[...]
        if octets.first == UInt8(ascii: "<"), octets.last == UInt8(ascii: ">"), octets.count > 2 { octets = octets.dropFirst().dropLast() }
        let halves = octets.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return halves.count <= 2 && halves.allSatisfy { half in
            half.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtomCharacter) }
        }
    }

    private static func isAtomCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(octet)
        }
    }
}

extension AggregateReport.Record {
    /// - Parameter requests: what the policy may ask for; where something else was done with mail that failed, there must be a reason (RFC 9990 §3.1.1.9).
    fileprivate func check(_ path: String, requests: [String]) throws(AggregateReportError) {
        if count < 1 { throw .invalid("\(path)/row/count", String(count)) }
        if headerFrom.isEmpty { throw .missing("\(path)/identifiers/header_from") }
        guard let disposition = evaluated.disposition else { throw .missing("\(path)/row/policy_evaluated/disposition") }
        if evaluated.dkim == nil { throw .missing("\(path)/row/policy_evaluated/dkim") }
        if evaluated.spf == nil { throw .missing("\(path)/row/policy_evaluated/spf") }
        if evaluated.isPass == false {
            if disposition == .pass { throw .invalid("\(path)/row/policy_evaluated/disposition", "pass") }
            if evaluated.reasons.isEmpty, !requests.contains(disposition.rawValue) { throw .missing("\(path)/row/policy_evaluated/reason") }
        }
        for reason in evaluated.reasons {
            guard let type = reason.type else { throw .missing("\(path)/row/policy_evaluated/reason/type") }
            if !type.isCurrent { throw .invalid("\(path)/row/policy_evaluated/reason/type", type.rawValue) }
        }
        for signature in dkim {
            if signature.domain.isEmpty { throw .missing("\(path)/auth_results/dkim/domain") }
            if signature.selector?.isEmpty ?? true { throw .missing("\(path)/auth_results/dkim/selector") }
            guard let result = signature.result else { throw .missing("\(path)/auth_results/dkim/result") }
            if result == .softfail { throw .invalid("\(path)/auth_results/dkim/result", result.rawValue) }
        }
        if spf.count > 1 { throw .invalid("\(path)/auth_results/spf", "\(spf.count) of them") }
        for identity in spf {
            if identity.domain.isEmpty { throw .missing("\(path)/auth_results/spf/domain") }
            if identity.scope == .helo { throw .invalid("\(path)/auth_results/spf/scope", "helo") }
            if identity.result == nil { throw .missing("\(path)/auth_results/spf/result") }
        }
    }

    fileprivate func write(to xml: inout XMLWriter) {
        xml.begin("record")
        xml.begin("row")
        xml.element("source_ip", source.description)
        xml.element("count", String(count))
        xml.begin("policy_evaluated")
        xml.element("disposition", evaluated.disposition?.rawValue)
        xml.element("dkim", evaluated.dkim?.rawValue)
        xml.element("spf", evaluated.spf?.rawValue)
        for reason in evaluated.reasons {
            xml.begin("reason")
            xml.element("type", reason.type?.rawValue)
            xml.element("comment", reason.comment)
            xml.end()
        }
        xml.end()
        xml.end()
        xml.begin("identifiers")
        xml.element("header_from", headerFrom)
        xml.element("envelope_from", envelopeFrom)
        xml.element("envelope_to", envelopeTo)
        xml.end()
        xml.begin("auth_results")
        for signature in dkim {
            xml.begin("dkim")
            xml.element("domain", signature.domain)
            xml.element("selector", signature.selector)
            xml.element("result", signature.result?.rawValue)
            xml.element("human_result", signature.explanation)
            xml.end()
        }
        for identity in spf {
            xml.begin("spf")
            xml.element("domain", identity.domain)
            xml.element("scope", identity.scope?.rawValue)
            xml.element("result", identity.result?.rawValue)
            xml.element("human_result", identity.explanation)
            xml.end()
        }
        xml.end()
        xml.end()
    }
}
