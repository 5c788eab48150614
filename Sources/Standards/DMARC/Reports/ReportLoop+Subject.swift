internal import DNS

extension ReportLoop {
    /// `Report Domain: … Submitter: …`, and what else of the kind stands behind it, `Report-ID: …` or nothing; in any case, with or without blanks behind colons. So that what reporters
    /// write is known as well: marks of gateways in brackets and `DMARC Aggregate` before it, comments, separators, quotes and brackets around values, a date.
    /// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1.
    /// - Limits: 998 octets.
    package static func isReportSubject(_ subject: String) -> Bool {
        // Nearly every subject ends here: to split it by all that Unicode calls a blank would cost more than any other look at it.
        guard subject.utf8.count <= 998, subject.utf8.first(where: { $0 > 32 }).map({ $0 >= 0x80 || "rd[(".utf8.contains($0 | 32) || "[(".utf8.contains($0) }) ?? false else { return false }
        var words = subjectWords(subject)[...]
        while words.first == "dmarc" || words.first == "aggregate" { words.removeFirst() }
        if words.popFirst() == "report" { guard words.popFirst() == "domain:" else { return false } } else { return false }
        guard let domain = words.popFirst().flatMap({ DomainName($0) }), !domain.isRoot, words.popFirst() == "submitter:", let submitter = words.popFirst().flatMap({ DomainName($0) }), !submitter.isRoot else { return false }
        return words.isEmpty || (words.first == "date:" || words.first == "report-id:") && words.count <= 5
    }

    /// The words of a subject in lower case, a colon at the end of its name: without comments, what stands in brackets before the first word, quotes and separators.
    private static func subjectWords(_ subject: String) -> [String] {
        var words: [String] = [], word = "", inside = 0, bracket = false
        func end() { if !word.isEmpty { words.append(word); word = "" } }
        for character in subject.lowercased().unicodeScalars {
            if bracket { bracket = character != "]"; continue }
            switch character {
            case "(": inside += 1
            case ")" where inside > 0: inside -= 1
            case _ where inside > 0: continue
            case "[" where words.isEmpty && word.isEmpty: bracket = true
            case "-" where words.isEmpty && word == "report": end()   // Report-Domain
            case ":" where word.isEmpty:
                if let name = words.popLast() { words.append(name.hasSuffix(":") ? name : name + ":") }
            case ":":
                word += ":"
                end()
            case ";", ",", "{", "}", "<", ">", "\"", "'": end()
            case _ where character.properties.isWhitespace: end()
            default: word.unicodeScalars.append(character)
            }
        }
        end()
        return words
    }
}
