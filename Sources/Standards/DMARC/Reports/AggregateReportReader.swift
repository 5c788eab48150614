internal import DNS
internal import XML

extension AggregateReport {
    /// Reads a report with tolerance: any namespace or none, elements in any order and case, unknown ones passed over, what follows the
    /// report not looked at. What is off the schema is among the ``problems``.
    /// Source: RFC 9990 §3.1.1, RFC 7489 appendix C.
    /// - Parameter xml: the document, not compressed.
    /// - Throws: ``AggregateReportError`` for a document that cannot be read to the end of the report, has no period, or no policy domain.
    /// Limits: ``AggregateReportLimits``.
    package init(xml: [UInt8], limits: AggregateReportLimits = AggregateReportLimits()) throws(AggregateReportError) {
        var reader = AggregateReportReader(limits: limits)
        self = try reader.read(xml)
    }
}

/// Reads one report.
struct AggregateReportReader {
    let limits: AggregateReportLimits
    private(set) var problems: [String] = []
    private var namespace: String?
    private var leftOut = 0

    init(limits: AggregateReportLimits) { self.limits = limits }

    mutating func read(_ octets: [UInt8]) throws(AggregateReportError) -> AggregateReport {
        var version: String?, metadata: AggregateReport.Metadata?, policy: AggregateReport.Policy?, records: [AggregateReport.Record] = [], place = 0
        do {
            var xml = try XMLReader(octets, limits: limits.xml)
            if xml.isRepaired { problem("octets that are not of the charset") }
            namespace = try Self.root(&xml).namespace
            children: while let event = try xml.next() {
                let tag: XMLStartTag
                switch event {
                case .text: continue
                case .end: break children
                case .start(let begun): tag = begun
                }
                let name = tag.name.lowercased()
                guard isOurs(tag) else { try xml.skip(); continue }
                switch name {
                case "version": version = text(try xml.element(tag), "version")
                case "report_metadata" where metadata == nil: metadata = try readMetadata(try xml.element(tag))
                case "policy_published" where policy == nil: policy = try readPolicy(try xml.element(tag))
                case "record":
                    place += 1
                    if place > limits.records { throw AggregateReportError.tooManyRecords }
                    if let record = readRecord(try xml.element(tag), "record \(place)") { records.append(record) } else { leftOut += 1 }
                case "extension": try xml.skip()
                case "report_metadata", "policy_published":
                    problem("\(name): twice")
                    try xml.skip()
                default:
                    problem("\(String(name.prefix(40))): unknown")
                    try xml.skip()
                }
            }
        } catch let error as AggregateReportError {
            throw error
        } catch let error as XMLError {
            throw .document(error)
        } catch {
            throw .noReport
        }
        guard let metadata else { throw .missing("report_metadata") }
        guard let policy else { throw .missing("policy_published") }
        if place == 0 { problem("record: missing") }
        var report = AggregateReport(metadata: metadata, policy: policy, records: records, namespace: namespace, version: version)
        report.leftOut = leftOut
        report.problems = problems
        return report
    }

    /// Some receivers put the report into an element of their own.
    private static func root(_ xml: inout XMLReader) throws -> XMLStartTag {
        var depth = 0
        while let event = try xml.next() {
            guard case .start(let tag) = event else { continue }
            if tag.name.lowercased() == "feedback" { return tag }
            depth += 1
            if depth > 3 { break }
        }
        throw AggregateReportError.noReport
    }

    /// Elements of extensions are in namespaces of their own; many reports have a namespace at the root alone.
    private func isOurs(_ tag: XMLStartTag) -> Bool {
        guard let other = tag.namespace else { return true }
        return other == namespace || other.lowercased().contains("dmarc")
    }

    // MARK: Parts of a report

    private mutating func readMetadata(_ element: XMLElement) throws(AggregateReportError) -> AggregateReport.Metadata {
        let path = "report_metadata"
        guard let range = child(element, "date_range") else { throw .missing("\(path)/date_range") }
        let begin = try moment(range, "begin"), end = try moment(range, "end")
        if end < begin { problem("\(path)/date_range: ends before it begins") }
        let errors = children(element, "error").prefix(limits.results).compactMap { comment($0, "\(path)/error") }
        return AggregateReport.Metadata(organization: required(element, "org_name", path), email: required(element, "email", path),
                                        extraContact: child(element, "extra_contact_info").flatMap { comment($0, "\(path)/extra_contact_info") },
                                        reportID: required(element, "report_id", path), begin: begin, end: end,
                                        error: errors.isEmpty ? nil : errors.joined(separator: "\n"), generator: optional(element, "generator", path))
    }

    private mutating func moment(_ element: XMLElement, _ name: String) throws(AggregateReportError) -> Int {
        let path = "report_metadata/date_range/\(name)"
        guard let found = child(element, name) else { throw .missing(path) }
        let written = text(found, path)
        guard let number = Self.number(written), number <= 253_402_300_799 else { throw .invalid(path, Self.shown(written)) }
        return number
    }

    private mutating func readPolicy(_ element: XMLElement) throws(AggregateReportError) -> AggregateReport.Policy {
        let path = "policy_published"
        guard let domain = optional(element, "domain", path), !domain.isEmpty else { throw .missing("\(path)/domain") }
        var policy = AggregateReport.Policy(domain: domain, request: word(element, "p", path))
        if policy.request == nil, child(element, "p") == nil { problem("\(path)/p: missing") }
        policy.discovery = word(element, "discovery_method", path)
        policy.subdomainRequest = word(element, "sp", path)
        policy.absentRequest = word(element, "np", path)
        policy.dkimAlignment = word(element, "adkim", path)
        policy.spfAlignment = word(element, "aspf", path)
        policy.failureOptions = optional(element, "fo", path).flatMap { $0.isEmpty ? nil : $0 }
        // `t` is what some drafts called it.
        if let testing = child(element, "testing") ?? child(element, "t") {
            switch text(testing, path).lowercased() {
            case "y": policy.isTesting = true
            case "n": policy.isTesting = false
            case "": break
            case let other: problem("\(path)/testing: \(Self.shown(other))")
            }
        }
        policy.percentage = optional(element, "pct", path).flatMap(Self.number).flatMap { $0 <= 100 ? $0 : nil }
        return policy
    }

    private mutating func readRecord(_ element: XMLElement, _ path: String) -> AggregateReport.Record? {
        guard let row = child(element, "row"), let written = child(row, "source_ip") else { problem("\(path)/row/source_ip: missing"); return nil }
        let address = text(written, path)
        guard let source = IPAddress(address) else { problem("\(path)/row/source_ip: \(Self.shown(address))"); return nil }
        let counted = optional(row, "count", path) ?? ""
        guard let count = Self.number(counted) else { problem("\(path)/row/count: \(Self.shown(counted))"); return nil }
        var record = AggregateReport.Record(source: source, count: count, evaluated: AggregateReport.Evaluated(disposition: nil, dkim: nil, spf: nil), headerFrom: "")
        if let evaluated = child(row, "policy_evaluated") { record.evaluated = readEvaluated(evaluated, path) } else { problem("\(path)/row/policy_evaluated: missing") }
        if let identifiers = child(element, "identifiers") {
            record.headerFrom = required(identifiers, "header_from", path)
            record.envelopeFrom = optional(identifiers, "envelope_from", path)
            record.envelopeTo = optional(identifiers, "envelope_to", path).flatMap { $0.isEmpty ? nil : $0 }
        } else {
            problem("\(path)/identifiers: missing")
        }
        guard let results = child(element, "auth_results") else { problem("\(path)/auth_results: missing"); return record }
        for signature in bounded(children(results, "dkim"), limits.signatures, "\(path)/auth_results/dkim") {
            let path = "\(path)/auth_results/dkim"
            record.dkim.append(AggregateReport.Signature(domain: optional(signature, "domain", path) ?? "", selector: optional(signature, "selector", path),
                                                    result: outcome(signature, path), explanation: explanation(signature, path)))
        }
        for identity in bounded(children(results, "spf"), limits.results, "\(path)/auth_results/spf") {
            let path = "\(path)/auth_results/spf"
            record.spf.append(AggregateReport.Identity(domain: optional(identity, "domain", path) ?? "", scope: word(identity, "scope", path),
                                                  result: outcome(identity, path), explanation: explanation(identity, path)))
        }
        return record
    }

    private mutating func readEvaluated(_ element: XMLElement, _ record: String) -> AggregateReport.Evaluated {
        let path = "\(record)/row/policy_evaluated"
        var evaluated = AggregateReport.Evaluated(disposition: word(element, "disposition", path), dkim: word(element, "dkim", path), spf: word(element, "spf", path))
        for reason in bounded(children(element, "reason"), limits.results, "\(path)/reason") {
            let type: AggregateReport.Override? = word(reason, "type", "\(path)/reason")
            let comment = child(reason, "comment").flatMap { self.comment($0, "\(path)/reason/comment") }
            if type != nil || comment != nil { evaluated.reasons.append(AggregateReport.Reason(type, comment: comment)) }
        }
        return evaluated
    }
}

// MARK: - Elements and words

extension AggregateReportReader {
    private func child(_ element: XMLElement, _ name: String) -> XMLElement? {
        element.children.first { isNamed($0.tag, name) }
    }

    private func children(_ element: XMLElement, _ name: String) -> [XMLElement] {
        element.children.filter { isNamed($0.tag, name) }
    }

    /// - Parameter name: in lower case.
    private func isNamed(_ tag: XMLStartTag, _ name: String) -> Bool {
        tag.name.utf8.count == name.utf8.count && (tag.name == name || tag.name.lowercased() == name) && isOurs(tag)
    }

    private mutating func bounded(_ elements: [XMLElement], _ most: Int, _ path: String) -> ArraySlice<XMLElement> {
        if elements.count > most { problem("\(path): \(elements.count), of which \(most) are read") }
        return elements.prefix(most)
    }

    private mutating func text(_ element: XMLElement, _ path: String) -> String { cut(element.text, limits.textOctets, path) }

    /// Nil for an empty one.
    private mutating func comment(_ element: XMLElement, _ path: String) -> String? {
        let text = cut(element.text, limits.commentOctets, path)
        return text.isEmpty ? nil : text
    }

    private mutating func explanation(_ element: XMLElement, _ path: String) -> String? {
        child(element, "human_result").flatMap { comment($0, "\(path)/human_result") }
    }

    private mutating func cut(_ text: String, _ most: Int, _ path: String) -> String {
        var octets = Array(text.utf8)[...]
        while let last = octets.last, last <= 32 { octets.removeLast() }
        while let first = octets.first, first <= 32 { octets.removeFirst() }
        if octets.count > most {
            problem("\(path): longer than \(most) octets")
            // Between two characters.
            var end = octets.startIndex + most
            while end > octets.startIndex, octets[end] & 0xc0 == 0x80 { end -= 1 }
            octets = octets[..<end]
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private mutating func optional(_ element: XMLElement, _ name: String, _ path: String) -> String? {
        child(element, name).map { text($0, "\(path)/\(name)") }
    }

    /// Empty where it is missing, which is a problem.
    private mutating func required(_ element: XMLElement, _ name: String, _ path: String) -> String {
        guard let text = optional(element, name, path), !text.isEmpty else { problem("\(path)/\(name): missing"); return "" }
        return text
    }

    /// A word of the schema in any case; nil where there is none, or another one, which is a problem.
    private mutating func word<Word: RawRepresentable>(_ element: XMLElement, _ name: String, _ path: String) -> Word? where Word.RawValue == String {
        guard let written = optional(element, name, path), !written.isEmpty else { return nil }
        if let word = Word(rawValue: written.lowercased()) { return word }
        problem("\(path)/\(name): \(Self.shown(written))")
        return nil
    }

    /// A result in today's words or in former ones.
    private mutating func outcome(_ element: XMLElement, _ path: String) -> AggregateReport.Outcome? {
        guard let written = optional(element, "result", path), !written.isEmpty else { problem("\(path)/result: missing"); return nil }
        let word = written.lowercased()
        if let outcome = AggregateReport.Outcome(rawValue: word) ?? AggregateReport.Outcome.former(word) { return outcome }
        problem("\(path)/result: \(Self.shown(written))")
        return nil
    }

    /// A whole number of up to 15 digits, of which some receivers make `1337270400.0`.
    private static func number(_ text: String) -> Int? {
        let whole = text.utf8.prefix { $0 != UInt8(ascii: ".") }, rest = text.utf8.dropFirst(whole.count + 1)
        guard !whole.isEmpty, whole.count <= 15, whole.allSatisfy({ $0 >= 48 && $0 <= 57 }), rest.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return whole.reduce(0) { $0 * 10 + Int($1 - 48) }
    }

    /// What stood there, short enough to be told.
    private static func shown(_ text: String) -> String { text.isEmpty ? "empty" : String(text.prefix(60)) }

    private mutating func problem(_ text: String) {
        if problems.count < limits.problems, !problems.contains(text) { problems.append(text) }
    }
}
