internal import Mail

/// Programs that the header names, and what these always write.
let agentRules: [ContentRule] = [
    ContentRule("agent.outlook_express", "X-Mailer claims Outlook Express, and its X-MimeOLE or its priority field is not there.") { facts in
        guard facts.agent.hasPrefix("microsoft outlook express"), !facts.isList, facts.field(.mimeOLE) == nil || facts.field(.priorityWord) == nil else { return nil }
        return SubjectFacts.cut(facts.agent, 80)
    },
    ContentRule("agent.outlook", "X-Mailer claims Outlook, and neither Thread-Index nor X-MimeOLE nor its language field is there.") { facts in
        guard facts.agent.hasPrefix("microsoft outlook"), !facts.agent.hasPrefix("microsoft outlook express"), !facts.isList, !facts.agent.contains("imo"),
              facts.field(.threadIndex) == nil, facts.field(.mimeOLE) == nil, facts.field(.contentLanguage) == nil else { return nil }
        return SubjectFacts.cut(facts.agent, 80)
    },
    ContentRule("agent.outlook_html", "X-Mailer claims Outlook, and there is HTML without plain text beside it, which Outlook always writes.") { facts in
        guard facts.agent.hasPrefix("microsoft outlook") || facts.agent.hasPrefix("microsoft office outlook"), !facts.isList, facts.isHTMLOnly else { return nil }
        return SubjectFacts.cut(facts.agent, 80)
    },
    ContentRule("agent.thunderbird", "The header claims Thunderbird, and the Message-ID is none of the two forms that Thunderbird writes.") { facts in
        guard !facts.agent.isEmpty, !facts.isList, Array(facts.agent.utf8)[...].contains("thunderbird" as StaticString), let id = facts.message.messageID, let at = id.utf8.firstIndex(of: ASCII.at) else { return nil }
        let left = Array(id[..<at].utf8.drop { $0 == ASCII.less })
        let dotted = left.split(separator: ASCII.dot), grouped = left.split(separator: ASCII.hyphen)
        let isOld = dotted.count == 2 && left.allSatisfy { ASCII.hex($0) != nil || $0 == ASCII.dot }, isNew = grouped.count == 5 && left.allSatisfy { ASCII.hex($0) != nil || $0 == ASCII.hyphen }
        return isOld || isNew ? nil : SubjectFacts.cut(id, 100)
    },
    ContentRule("agent.apple_mail", "X-Mailer claims Apple Mail or an iPhone, and MIME-Version is not there or the Message-ID has none of the groups that it writes.") { facts in
        guard facts.agent.hasPrefix("apple mail") || facts.agent.hasPrefix("iphone mail") || facts.agent.hasPrefix("ipad mail"), !facts.isList else { return nil }
        guard facts.field(.mimeVersion) != nil, let id = facts.message.messageID else { return SubjectFacts.cut(facts.agent, 80) }
        return id.utf8.filter { $0 == ASCII.hyphen }.count >= 4 ? nil : SubjectFacts.cut(id, 100)
    },
    ContentRule("agent.the_bat", "X-Mailer claims The Bat!, and its priority field or its Message-ID of digits is not there.") { facts in
        guard facts.agent.hasPrefix("the bat!"), !facts.isList else { return nil }
        let left = (facts.message.messageID ?? "").utf8.drop { $0 == ASCII.less }
        return facts.field(.priority) == nil || !left.prefix(6).allSatisfy(ASCII.isDigit) ? SubjectFacts.cut(facts.agent, 80) : nil
    },
    ContentRule("agent.two", "Both X-Mailer and User-Agent name a program, and they differ.") { facts in
        guard let one = facts.text(.mailer), let other = facts.text(.userAgent), one != other, !facts.isList else { return nil }
        return "\(SubjectFacts.cut(one, 60)) and \(SubjectFacts.cut(other, 60))"
    },
    ContentRule("agent.random", "The name of the program is a row of letters that nobody can speak.") { facts in
        let first = facts.agent.prefix { $0 != " " && $0 != "/" && $0 != "(" }
        return first.utf8.count >= 6 && isRandom(String(first)) ? SubjectFacts.cut(facts.agent, 80) : nil
    },
    ContentRule("agent.script", "A script of a web site sent it, and the server says which.") { facts in facts.text(.script) },
    ContentRule("agent.mailer_script", "A library that scripts use to send mail wrote it.") { facts in
        guard !facts.agent.isEmpty else { return nil }
        for name in ["phpmailer", "php/", "php ", "swiftmailer", "leaf php", "python", "mail::sender", "libwww"] where facts.agent.hasPrefix(name) { return SubjectFacts.cut(facts.agent, 80) }
        return nil
    },
    ContentRule("agent.odd_priority", "The priority is given in a way that no program does: a number outside of 1 to 5.") { facts in
        guard let value = facts.text(.priority), let first = value.utf8.first, !(first >= 49 && first <= 53 && value.utf8.dropFirst().first.map(ASCII.isDigit) != true) else { return nil }
        return "X-Priority: \(SubjectFacts.cut(value, 40))"
    },
]

extension HeaderName {
    fileprivate static let contentLanguage = HeaderName("Content-Language")
}
