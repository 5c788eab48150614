internal import DNS
internal import Letters
internal import Mail

/// Where links lead, by the links alone.
let urlRules: [ContentRule] = [
    ContentRule("url.credentials", "Something that looks like a host stands before the @ of a link (RFC 3986 §7.6).") { facts in first(facts) { $0.url.hasUserInfo } },
    ContentRule("url.address", "A link leads to an address, not a name.") { facts in first(facts) { $0.url.address != nil && !isPrivate($0) } },
    ContentRule("url.number_address", "A link writes an address as one number, in octal or hexadecimal.") { facts in
        first(facts) { link in
            guard case .v4(let number)? = link.url.address else { return false }
            return link.url.host != "\(IPAddress.v4(number))"
        }
    },
    ContentRule("url.port", "A link names a port other than those of the web.") { facts in first(facts) { link in link.url.port.map { $0 != 80 && $0 != 443 && $0 != 8080 } ?? false && !isPrivate(link) } },
    ContentRule("url.long_host", "A link's host has 60 characters or more, or six labels.") { facts in first(facts) { $0.host.utf8.count >= 60 || $0.host.utf8.filter { $0 == ASCII.dot }.count >= 5 && $0.url.address == nil } },
    ContentRule("url.punycode", "A link's host has letters that are not ASCII (RFC 5890).") { facts in
        first(facts) { $0.isPunycode }
    },
    ContentRule("url.mixed_scripts", "A label of a link's host mixes scripts (UTS 39 §5.2).") { facts in
        first(facts) { link in link.isPunycode && Punycode.shown(link.host).split(separator: ".").contains { Likeness.scripts(of: String($0)).isMixed } }
    },
    ContentRule("url.lookalike", "A link's host looks like that of a known company or of the recipient, and is another one (UTS 39 §4).") { facts in first(facts) { facts.looksLike($0.site) != nil } },
    ContentRule("url.shortener", "A link goes by way of a service that hides where it leads.") { facts in first(facts) { Site.shorteners.contains($0.site) || Site.shorteners.contains($0.host) } },
    ContentRule("url.free_page", "A link leads to a page that anybody may put up under the host's name.") { facts in
        first(facts) { link in Site.freePages.contains(link.site) || Site.freePages.contains(link.host) || Site.freePages.contains(link.parent) }
    },
    ContentRule("url.one_link", "There is one link.") { facts in facts.links.count == 1 ? SubjectFacts.cut(facts.links[0].url.raw, 100) : nil },
    ContentRule("url.many_sites", "Links lead to fifteen sites or more.") { facts in facts.sites.count >= 15 ? "\(facts.sites.count) sites" : nil },
    ContentRule("url.recipient", "A link has the recipient's address in it.") { facts in
        facts.recipients.isEmpty ? nil : first(facts) { facts.hasRecipient(in: $0.url.raw) }
    },
    ContentRule("url.redirector", "A link has another link in it, to another site.") { facts in
        first(facts) { link in
            guard let inner = inner(link.url.raw) else { return false }
            return Site.of(inner) != link.site
        }
    },
    ContentRule("url.escaped_host", "A link's host is written with per cent signs.") { facts in first(facts) { $0.url.host.utf8.contains(ASCII.percent) } },
    ContentRule("url.random_host", "The name of a link's site is a row of letters that nobody can speak.") { facts in first(facts) { $0.url.address == nil && isRandom(Site.label($0.site)) } },
    ContentRule("url.brand_label", "A known company's name is a label of a host that is not its own.") { facts in
        first(facts) { link in
            guard link.url.address == nil, facts.authorSite != link.site else { return false }
            for label in link.host.utf8.split(whereSeparator: { $0 == ASCII.dot || $0 == ASCII.hyphen }) where label.count >= 5 {
                if let name = String(label), let sites = Site.byName[name], !sites.contains(link.site), Site.label(link.site) != name { return true }
            }
            return false
        }
    },
    ContentRule("url.program", "A link ends in the name of a program or an archive.") { facts in
        first(facts) { link in
            let path = link.url.raw.utf8.prefix { $0 != ASCII.question && $0 != 35 }
            guard let dot = path.lastIndex(of: ASCII.dot), path.lazy.filter({ $0 == ASCII.slash }).count >= 3, let ending = String(path[path.index(after: dot)...]), ending.utf8.count <= 4 else { return false }
            return programEndings.contains(ending.lowercased())
        }
    },
    ContentRule("url.no_encryption", "All links, two or more, go unencrypted.") { facts in
        facts.links.count >= 2 && facts.links.allSatisfy { $0.url.scheme == "http" } ? "\(facts.links.count) links" : nil
    },
]

/// Where links lead, beside what the message shows of them.
let targetRules: [ContentRule] = [
    ContentRule("url.text_differs", "The text of a link is an address of the web, and the link leads to another site.") { facts in
        for link in facts.references where link.kind == .link && !link.text.isEmpty {
            guard let shown = shownHost(link.text), let target = MailURL(link.target), target.scheme != "mailto" else { continue }
            let host = WebAddress(target), site = host.site, seen = Site.of(shown)
            // A filter on the way wrapped the link, and whoever follows it comes to what is shown.
            if isWrapper(host.host), let inner = inner(target.raw), Site.of(inner) == seen { continue }
            // A sender who counts clicks leads by way of his own site.
            if site != seen, site != facts.authorSite { return "\(SubjectFacts.cut(shown, 60)) leads to \(SubjectFacts.cut(target.host, 60))" }
        }
        return nil
    },
    ContentRule("url.data", "A link or frame holds a page within itself (RFC 2397).") { facts in scheme(facts, "data:text/html") },
    ContentRule("url.script", "A link runs a script.") { facts in scheme(facts, "javascript:") ?? scheme(facts, "vbscript:") },
    ContentRule("url.file", "A link leads to a file share.") { facts in scheme(facts, "file:") ?? scheme(facts, "smb:") },
    ContentRule("url.escaped_target", "The target of a link is written with character references.") { facts in
        facts.references.first { $0.kind == .link && $0.isEscaped && ASCII.hasPrefix(Array($0.target.utf8.prefix(4))[...], "http") }.map { SubjectFacts.cut($0.target, 100) }
    },
    ContentRule("url.foreign", "No link leads to the author's site, and it is no mail of a list.") { facts in
        guard let site = facts.authorSite, !facts.isAuthorFree, !facts.isBulk, !facts.sites.isEmpty, !facts.sites.contains(site) else { return nil }
        return "from \(site), to \(facts.sites.sorted().prefix(3).joined(separator: ", "))"
    },
    ContentRule("url.free_author_link", "The author writes from a free provider, and all links lead to one site.") { facts in
        facts.isAuthorFree && facts.sites.count == 1 && !facts.isBulk && !facts.isReply ? facts.sites.first : nil
    },
]

private let programEndings: Set<String> = ["exe", "scr", "zip", "rar", "7z", "iso", "js", "vbs", "jar", "apk", "msi", "hta", "lnk", "cab", "pif"]

private func first(_ facts: SubjectFacts, _ isMet: (WebAddress) -> Bool) -> String? {
    for link in facts.links where isMet(link) { return SubjectFacts.cut(link.url.raw, 120) }
    return nil
}

private func isPrivate(_ link: WebAddress) -> Bool { link.url.address?.isPublic == false }

/// Services of mail filters that follow links themselves before the reader does.
private func isWrapper(_ host: String) -> Bool {
    host.hasSuffix(".safelinks.protection.outlook.com") || ["urldefense.com", "urldefense.proofpoint.com", "linkprotect.cudasvc.com", "secure-web.cisco.com"].contains(host)
}

private func scheme(_ facts: SubjectFacts, _ name: StaticString) -> String? {
    for link in facts.references where ASCII.hasPrefix(ASCII.trimmed(Array(link.target.utf8.prefix(40))[...]), name) { return SubjectFacts.cut(link.target, 60) }
    return nil
}

/// The host of a link inside of a link.
private func inner(_ raw: String) -> String? {
    let text = ASCII.lowercased(Array(raw.utf8.prefix(RuleLimits().linkOctets).dropFirst(8))[...])
    guard text.count > 12 else { return nil }
    for mark in marks {
        guard let start = text[...].place(of: mark[...]) else { continue }
        let host = text[(start + mark.count)...].prefix { ASCII.isAlphanumeric($0) || $0 == ASCII.dot || $0 == ASCII.hyphen }
        guard host.contains(ASCII.dot) else { continue }
        // One service writes `-3A__` for `://` and `-2D` for the hyphen.
        return mark.contains(ASCII.hyphen) ? ASCII.text(host).replacing("-2d", with: "-") : ASCII.text(host)
    }
    return nil
}

private let marks: [[UInt8]] = ["http://", "https://", "http%3a%2f%2f", "https%3a%2f%2f", "http-3a__", "https-3a__"].map { Array($0.utf8) }

/// The host that a text shows which is nothing but an address of the web.
private func shownHost(_ text: String) -> String? {
    let bare = text.utf8.prefix(300).split { ASCII.isSpace($0) }
    guard bare.count == 1, let word = bare.first, let string = String(word) else { return nil }
    if let url = MailURL(string), url.scheme != "mailto" { return url.domain?.text }
    // `example.com/login`, and no address of mail, no name of a file.
    guard !string.utf8.contains(ASCII.at), let domain = DomainName(string.prefix { $0 != "/" }), domain.isFullyQualifiedHostName, let top = domain.labels.last, ["com", "org", "net", "de", "ru", "uk", "fr", "eu", "br", "gov", "edu"].contains(top) else { return nil }
    return domain.text
}
