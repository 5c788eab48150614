internal import DNS
internal import Mail

/// One group of fields in the part of a report that machines read.
/// Source: RFC 3464 §2.1, RFC 5965 §3.1.
struct ReportFields {
    let fields: [HeaderField]

    /// The fields between empty lines; a line that is no field is passed over.
    /// - Parameter most: groups that are read.
    /// - Returns: the groups that have a field, in order; and how many pieces there are beyond those that were read.
    static func groups(_ octets: [UInt8], most: Int) -> (groups: [ReportFields], leftOut: Int) {
        var groups: [ReportFields] = [], leftOut = 0, start = 0, lineStart = 0, read = 0
        func end(at place: Int) {
            guard place > start else { return }
            if read >= most { leftOut += 1; return }
            read += 1
            // An empty line behind them: without one, fields behind a line that is none would be lost.
            let group = ReportFields(fields: HeaderSection(octets: octets[start..<place] + Array("\r\n\r\n".utf8)).fields)
            if !group.fields.isEmpty { groups.append(group) }
        }
        while lineStart < octets.count {
            let feed = octets[lineStart...].firstIndex(of: ASCII.lf) ?? octets.count, next = min(feed + 1, octets.count)
            if octets[lineStart..<feed].allSatisfy(ASCII.isSpace) {
                end(at: lineStart)
                start = next
            }
            lineStart = next
        }
        end(at: octets.count)
        return (groups, leftOut)
    }

    func first(_ name: String) -> HeaderField? {
        let wanted = HeaderName(name)
        return fields.first { $0.isNamed(wanted) }
    }

    /// Some of the fields of that name, in order, and how many there are.
    func all(_ name: String, most: Int) -> (some: [HeaderField], count: Int) {
        let wanted = HeaderName(name), all = fields.filter { $0.isNamed(wanted) }
        return (Array(all.prefix(most)), all.count)
    }

    /// What stands in the first field of that name; nil where there is none or it is empty.
    func text(_ name: String, _ limits: FeedbackLimits) -> String? { first(name).flatMap { Self.text($0, limits) } }

    static func text(_ field: HeaderField, _ limits: FeedbackLimits) -> String? {
        let text = FieldText.visible(field.text(limit: 4 * limits.textOctets), limit: limits.textOctets)
        return text.isEmpty ? nil : text
    }

    /// What stands in all fields of that name.
    func texts(_ name: String, _ limits: FeedbackLimits) -> [String] { all(name, most: limits.repetitions).some.compactMap { Self.text($0, limits) } }

    /// A date as mail has it; nil where there is none that can be read.
    func time(_ name: String) -> ReportTime? { first(name).flatMap { MailDate($0.value) }.flatMap { ReportTime(seconds: $0.secondsSince1970) } }
}

/// Addresses as reports write them.
enum ReportAddress {
    /// The addresses in a text: with or without angle brackets, names and comments.
    /// - Returns: as `local@domain`, the domain in lower case. Where none has a domain, the text itself; none for `<>` and for a text without words.
    static func all(_ text: String, _ limits: FeedbackLimits) -> [String] {
        let found = MailAddress.parse(list: text).filter { $0.domainText != nil }.map { FieldText.visible($0.address, limit: limits.textOctets) }
        if !found.isEmpty { return found }
        let bare = FieldText.visible(text, limit: limits.textOctets).trimming { $0 == " " || $0 == "<" || $0 == ">" }
        return bare.isEmpty ? [] : [bare]
    }
}

extension String {
    /// Without the characters at either end for which `drops` is true.
    func trimming(_ drops: (Character) -> Bool) -> String {
        var rest = self[...]
        while let last = rest.last, drops(last) { rest.removeLast() }
        return String(rest.drop(while: drops))
    }
}
