internal import Letters
internal import Mail

/// Marks of mail to many, which honest senders write; most spammers do not.
let listRules: [ContentRule] = [
    ContentRule("list.id", "It is mail of a list that says so (RFC 2919).") { facts in facts.text(.listID).map { SubjectFacts.cut($0, 80) } },
    ContentRule("list.unsubscribe", "It says how to leave its list (RFC 2369 §3.2).") { facts in facts.text(.listUnsubscribe).map { SubjectFacts.cut($0, 100) } },
    ContentRule("list.one_click", "Its list is left with one click (RFC 8058).") { facts in
        facts.field(.listUnsubscribe) != nil && facts.text(.listUnsubscribePost)?.lowercased().hasPrefix("list-unsubscribe=one-click") == true ? "List-Unsubscribe-Post" : nil
    },
    ContentRule("list.bulk", "Precedence says it is mail to many.") { facts in facts.text(.precedence).flatMap { ["bulk", "list", "junk"].contains($0.lowercased()) ? $0 : nil } },
    ContentRule("list.unnamed_unsubscribe", "The text speaks of leaving a list, and the header does not (RFC 2369).") { facts in
        guard facts.field(.listUnsubscribe) == nil, !facts.isReply else { return nil }
        return facts.folded.contains { facts.has(unsubscribe, in: $0.octets[...]) } ? "unsubscribe in the text only" : nil
    },
    ContentRule("list.reply", "It answers another message and says which (RFC 5322 §3.6.4).") { facts in facts.field(.inReplyTo) != nil && facts.field(.references) != nil ? "In-Reply-To and References" : nil },
    ContentRule("list.feedback", "Its sender counts complaints by a field of his provider (Feedback-ID).") { facts in facts.text(.feedback).map { SubjectFacts.cut($0, 80) } },
    ContentRule("list.automatic", "A program answers by itself (RFC 3834 §5).") { facts in facts.text(.autoSubmitted).flatMap { $0.lowercased().hasPrefix("auto-") ? $0 : nil } },
]

private let unsubscribe = Array("unsubscribe".utf8)
