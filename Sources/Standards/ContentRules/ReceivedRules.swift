internal import DNS
internal import Mail

/// The Received fields: the nearest is our own server's, those below were written by others, or by the sender.
/// Source: RFC 5321 §4.4.
let receivedRules: [ContentRule] = [
    ContentRule("received.missing", "There is no Received field at all.", forSubmissions: false) { facts in facts.message.received.isEmpty ? "there is no Received field" : nil },
    ContentRule("received.impossible_address", "A Received field has an address that cannot be: a number above 255, or a network that no client has.", forSubmissions: false) { facts in
        for hop in hops(facts) {
            if let helo = hop.helo, isImpossible(helo) { return SubjectFacts.cut(helo, 80) }
            for case .v4(let number) in hop.addresses where number >> 24 == 0 || number >> 28 >= 0xe { return "\(IPAddress.v4(number))" }
        }
        return nil
    },
    ContentRule("received.own_name", "A server that is not the nearest greeted with the name of the recipient's domain.", forSubmissions: false) { facts in
        guard let site = facts.authorSite, !facts.ownSites.contains(site), !facts.isBulk else { return nil }
        for hop in hops(facts) {
            guard let helo = hop.helo?.lowercased(), facts.recipients.contains(where: { $0.domain == helo }) else { continue }
            return "greeted as \(helo)"
        }
        return nil
    },
    ContentRule("received.localhost", "A server greeted as `localhost` from an address that is not its own machine's; no client that was let in by a password, nor a page of the web.", forSubmissions: false) { facts in
        for hop in hops(facts) {
            guard !isSubmission(hop), let helo = hop.helo?.lowercased(), helo == "localhost" || helo == "localhost.localdomain", let address = hop.addresses.first, address.isPublic else { continue }
            return "\(helo) from \(address)"
        }
        return nil
    },
    ContentRule("received.backwards", "A server took the message half an hour or more before the one that had it first.", forSubmissions: false) { facts in
        let dates = hops(facts).compactMap { $0.date?.secondsSince1970 }
        for (later, earlier) in zip(dates, dates.dropFirst()) where earlier - later > 1800 { return "\((earlier - later) / 60) minutes" }
        return nil
    },
    ContentRule("received.ahead", "A Received field has a date more than an hour ahead of the moment of receipt.", forSubmissions: false) { facts in
        for hop in hops(facts).dropFirst() {
            guard let date = hop.date?.secondsSince1970, date - facts.subject.receivedAt > 3600 else { continue }
            return "\((date - facts.subject.receivedAt) / 60) minutes ahead"
        }
        return nil
    },
    ContentRule("received.bare_name", "The first server was greeted with a name without a dot from a public address.", forSubmissions: false) { facts in
        guard let first = hops(facts).last, let helo = first.helo, !helo.contains("."), !helo.hasPrefix("["), !helo.contains(":"), let address = first.addresses.first, address.isPublic else { return nil }
        return SubjectFacts.cut(helo, 80)
    },
    ContentRule("received.number_name", "A server greeted with a bare address instead of a name (RFC 5321 §4.1.3 wants brackets); no client that was let in by a password, nor a page of the web.", forSubmissions: false) { facts in
        for hop in hops(facts) where !isSubmission(hop) { if let helo = hop.helo, IPAddress(helo) != nil { return helo } }
        return nil
    },
    ContentRule("received.random_name", "The first server greeted with a name that nobody can speak.", forSubmissions: false) { facts in
        guard let helo = hops(facts).last?.helo, helo.contains("."), IPAddress(helo) == nil, isRandom(Site.label(helo)), !helo.lowercased().contains("mail"), hops(facts).count <= 2 else { return nil }
        return SubjectFacts.cut(helo, 80)
    },
    ContentRule("received.no_date", "A Received field has no date that can be read (RFC 5321 §4.4).", forSubmissions: false) { facts in
        for hop in hops(facts) where hop.date == nil && hop.helo != nil { return "from \(hop.helo ?? "")" }
        return nil
    },
]

private func hops(_ facts: SubjectFacts) -> ArraySlice<ReceivedField> { facts.message.received.prefix(facts.limits.received) }

/// Whether the client was let in by a password, or was a page of the web: how a reader's machine or a printer calls itself says nothing.
/// Source: RFC 3848, RFC 6531 §4.3 for the words.
private func isSubmission(_ hop: ReceivedField) -> Bool {
    guard let with = hop.with?.lowercased() else { return false }
    return ["esmtpa", "esmtpsa", "utf8smtpa", "utf8smtpsa", "lmtpa", "lmtpsa", "http", "https"].contains(with)
}

/// Four numbers with dots of which one is above 255.
private func isImpossible(_ text: String) -> Bool {
    guard let first = text.utf8.first, ASCII.isDigit(first) || first == ASCII.bracket else { return false }
    let bare = Array(text.utf8.filter { $0 != ASCII.bracket && $0 != ASCII.unbracket }), pieces = bare.split(separator: ASCII.dot, omittingEmptySubsequences: false)
    guard pieces.count == 4, pieces.allSatisfy({ !$0.isEmpty && $0.count <= 4 && $0.allSatisfy(ASCII.isDigit) }) else { return false }
    return pieces.contains { (ASCII.number($0) ?? 0) > 255 }
}
