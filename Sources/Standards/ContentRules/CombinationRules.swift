/// What says little by itself and more together; how much, policy says.
let combinationRules: [ContentRule] = [
    together("together.html_exclamation", "HTML without plain text, and a subject that ends in an exclamation mark; no mail of a list.", "html.only", "subject.exclamation", isUnlisted: true),
    together("together.html_short", "HTML without plain text that shows little more than a link.", "html.only", "html.short"),
    together("together.html_urgent", "HTML without plain text, marked as urgent.", "html.only", "header.high_priority"),
    together("together.html_free", "HTML without plain text from a provider where anybody gets a mailbox.", "html.only", "header.from_free"),
    together("together.html_nameless", "HTML without plain text, and the author bears no name.", "html.only", "name.none"),
    together("together.html_percent", "HTML without plain text, and a subject with a per cent sign beside digits; no mail of a list.", "html.only", "subject.percent", isUnlisted: true),
    together("together.html_signs", "HTML without plain text, and a sign in the author's name that no name has; no mail of a list.", "html.only", "name.signs", isUnlisted: true),
    together("together.html_address", "HTML without plain text, and a link to an address.", "html.only", "url.address"),
    together("together.html_long_host", "HTML without plain text, and a link to a host with a very long name.", "html.only", "url.long_host"),
    together("together.html_number_name", "HTML without plain text, and a server on the way greeted with a bare address.", "html.only", "received.number_name"),
    together("together.html_text_differs", "HTML without plain text, and a link whose text is another address of the web.", "html.only", "url.text_differs"),
    together("together.html_undisclosed", "HTML without plain text to recipients that the header does not name.", "html.only", "header.undisclosed"),
    together("together.html_one_link", "HTML without plain text whose one link leads away from the author's site, and it is no mail of a list.", "html.only", "url.one_link", "url.foreign", isUnlisted: true),
    together("together.html_shortener", "HTML without plain text, and a link by way of a service that hides where it leads.", "html.only", "url.shortener"),
    together("together.html_no_root", "HTML without plain text and without the element that pages begin with, and no link leads to the author's site.", "html.only", "html.no_root", "url.foreign"),
    together("together.html_priority", "HTML without plain text, and X-Priority without the fields that most programs write with it.", "html.only", "header.lone_priority"),
    together("together.foreign_backwards", "Times of the servers run backwards and none lies ahead, and no link leads to the author's site.", "received.backwards", "url.foreign", unless: "received.ahead"),
    together("together.foreign_ahead", "The time of a server lies ahead, and no link leads to the author's site.", "received.ahead", "url.foreign"),
    together("together.foreign_number_name", "A server greeted with a bare address, and no link leads to the author's site.", "received.number_name", "url.foreign"),
    together("together.foreign_random", "The author's address is one that nobody can speak, and no link leads to his site.", "header.from_random", "url.foreign"),
    together("together.foreign_capitals", "The author's name is all capitals, and no link leads to his site.", "name.capitals", "url.foreign"),
    together("together.foreign_exclamation", "The subject ends in an exclamation mark, and no link leads to the author's site.", "subject.exclamation", "url.foreign"),
    together("together.foreign_short", "Little more than a link is shown, it leads away from the author's site, and it is no mail of a list.", "html.short", "url.foreign", isUnlisted: true),
    together("together.foreign_account", "An account needs its owner at once, and no link leads to the author's site.", "text.some_account", "url.foreign"),
    together("together.number_name_ahead", "A server greeted with a bare address, and the time of one lies ahead.", "received.number_name", "received.ahead"),
    together("together.number_name_exclamation", "A server greeted with a bare address, and the subject ends in an exclamation mark; no mail of a list.", "received.number_name", "subject.exclamation", isUnlisted: true),
    together("together.number_name_id", "A server greeted with a bare address, and the Message-ID is of no host on the Internet; no mail of a list.", "received.number_name", "header.message_id_host", isUnlisted: true),
    together("together.number_name_free", "A server greeted with a bare address, and the author is at a free provider; no mail of a list.", "received.number_name", "header.from_free", isUnlisted: true),
    together("together.id_no_date", "The Message-ID is of no host on the Internet, and a server wrote no date.", "header.message_id_host", "received.no_date"),
    together("together.id_short", "The Message-ID is of no host on the Internet, and little more than a link is shown.", "header.message_id_host", "html.short"),
    together("together.id_free", "The Message-ID is of no host on the Internet, and the author is at a free provider; no mail of a list.", "header.message_id_host", "header.from_free", isUnlisted: true),
    together("together.unlisted_localhost", "A server greeted as `localhost` from elsewhere, and it is no mail of a list.", "received.localhost", isUnlisted: true),
    together("together.unlisted_no_date", "A server wrote no date, and it is no mail of a list.", "received.no_date", isUnlisted: true),
    together("together.unlisted_undisclosed", "The header names no recipient, and it is no mail of a list.", "header.undisclosed", isUnlisted: true),
    together("together.unlisted_digits", "The author's address at a free provider has many digits, and it is no mail of a list.", "header.from_digits", isUnlisted: true),
]

/// A rule that is met where all of others are.
/// - Parameters:
///   - unless: a rule that tells the same and is not met.
///   - isUnlisted: only where nothing says that it is mail of a list or an answer.
private func together(_ code: String, _ meaning: String, _ codes: String..., unless: String? = nil, isUnlisted: Bool = false) -> ContentRule {
    ContentRule(code, meaning) { facts in
        guard codes.allSatisfy(facts.met.contains), !(unless.map(facts.met.contains) ?? false), !isUnlisted || facts.met.isDisjoint(with: listMarks) else { return nil }
        return codes.joined(separator: ", ")
    }
}

private let listMarks: Set<String> = ["list.id", "list.unsubscribe", "list.one_click", "list.bulk", "list.reply"]
