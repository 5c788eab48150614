internal import DNS
internal import Mail

/// Where answers go.
let replyRules: [ContentRule] = [
    ContentRule("reply.other_site", "Answers go to another site than the author's, and it is no mail of a list.") { facts in
        guard let reply = facts.replySite, let site = facts.authorSite, reply != site, !facts.isBulk else { return nil }
        return "from \(site), answers to \(reply)"
    },
    ContentRule("reply.free", "Answers go to a free provider, and the author writes from elsewhere.") { facts in
        guard let reply = facts.replySite, let site = facts.authorSite, Site.free.contains(reply), !facts.isAuthorFree, !facts.isList else { return nil }
        return "from \(site), answers to \(reply)"
    },
    ContentRule("reply.other_free", "Author and answers have mailboxes of free providers, and these differ.") { facts in
        guard let reply = facts.message.replyTo.first, let site = facts.replySite, Site.free.contains(site), facts.isAuthorFree, !facts.isList, reply.address.lowercased() != facts.author?.address.lowercased() else { return nil }
        return "from \(facts.author?.address ?? ""), answers to \(reply.address)"
    },
    ContentRule("reply.recipient", "Answers go to the recipient.", forSubmissions: false) { facts in
        guard let reply = facts.message.replyTo.first, !facts.isFromRecipient, !facts.isList else { return nil }
        return facts.recipients.contains { $0.local == reply.localPart.lowercased() && $0.domain == reply.domain?.text } ? reply.address : nil
    },
    ContentRule("reply.several", "Answers go to several mailboxes.") { facts in facts.message.replyTo.count > 1 ? "\(facts.message.replyTo.count) mailboxes" : nil },
]

extension SubjectFacts {
    /// The site that answers go to; nil where there is no Reply-To.
    fileprivate var replySite: String? { message.replyTo.first?.domain.map { Site.of($0) } }
}
