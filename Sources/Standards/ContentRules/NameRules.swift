internal import DNS
internal import Letters
internal import Mail

extension SubjectFacts {
    /// The known or protected company whose name a text is or begins with, while the author is not of it.
    func foreignBrand(in text: String) -> String? {
        let words = OctetSearch.words(FoldedText(Self.cut(text, 256)).octets)
        guard !words.isEmpty, words.count <= 8, let site = authorSite else { return nil }
        for brand in brands where has(words, brand.words) && !brand.domains.contains(where: { Site.of($0) == site || author?.domain?.isWithin($0) == true }) { return brand.name }
        guard words.count <= 4 else { return nil }
        for brand in Self.knownBrands where has(words, brand.words) {
            if !brand.sites.contains(site), OctetSearch.first(brand.joined, in: Array(site.utf8)[...]) == nil { return brand.name }
        }
        return nil
    }

    fileprivate func has(_ words: [ArraySlice<UInt8>], _ name: [[UInt8]]) -> Bool {
        guard let first = name.first, name.count <= words.count else { return false }
        for start in 0...(words.count - name.count) where words[start].elementsEqual(first) {
            if zip(words[start...], name).allSatisfy({ $0.elementsEqual($1) }) { return true }
        }
        return false
    }

    fileprivate static let knownBrands: [(name: String, words: [[UInt8]], joined: [UInt8], sites: Set<String>)] = Site.known.map { brand in
        let words = OctetSearch.words(Array(brand.name.utf8)).map { Array($0) }
        return (brand.name, words, words.flatMap { $0 }, brand.sites)
    }

    /// The site that another one looks like: of a known or protected company, or of the recipient.
    func looksLike(_ site: String) -> String? {
        if let known = likenesses[site] { return known }
        let found = compare(site)
        likenesses[site] = .some(found)
        return found
    }

    private func compare(_ site: String) -> String? {
        guard !ownSites.contains(site) else { return nil }
        let label = Site.label(site), shown = Site.label(Punycode.shown(site))
        guard label.utf8.count >= 4, shown != label || label.utf8.contains(where: { ASCII.isDigit($0) }) || label.contains("rn") || label.contains("vv") else { return nil }
        let skeleton = Likeness.skeleton(of: shown)
        guard let other = skeletons[skeleton], Site.label(other) != label else { return nil }
        return other
    }

    static let knownSkeletons: [String: String] = Dictionary(Site.known.flatMap(\.sites).filter { Site.label($0).utf8.count >= 4 }.map { (Likeness.skeleton(of: Site.label($0)), $0) }, uniquingKeysWith: { one, _ in one })
}

/// The name that the author's address bears.
let nameRules: [ContentRule] = [
    ContentRule("name.address", "The name has an address of another site than the author's.") { facts in
        guard facts.authorName.contains("@"), let site = facts.authorSite, !facts.isList else { return nil }
        for word in facts.authorName.split(whereSeparator: { " \"'<>()[],;:".contains($0) }) where word.contains("@") {
            guard let at = word.lastIndex(of: "@"), let domain = DomainName(word[word.index(after: at)...]), domain.isFullyQualifiedHostName, Site.of(domain) != site else { continue }
            return "\(word) writes from \(site)"
        }
        return nil
    },
    ContentRule("name.host", "The name is that of a host or has one, of another site than the author's.") { facts in
        guard let site = facts.authorSite, !facts.isList else { return nil }
        for word in facts.authorName.split(separator: " ") where word.contains(".") && !word.contains("@") {
            guard let domain = DomainName(word.lowercased()), domain.isFullyQualifiedHostName, let top = domain.labels.last, ["com", "net", "org", "de", "ru", "fr", "uk", "br", "it"].contains(top), Site.of(domain) != site else { continue }
            return "\(domain.text) writes from \(site)"
        }
        return nil
    },
    ContentRule("name.own", "The name has the recipient's domain or its first label, and the author has another domain.", forSubmissions: false) { facts in
        guard let site = facts.authorSite, !facts.ownSites.contains(site), !facts.isList, !facts.authorName.isEmpty else { return nil }
        let words = Set(facts.foldedName.text.split { !($0.isLetter || $0.isNumber || $0 == "." || $0 == "-") }.map(String.init))
        for own in facts.ownSites where words.contains(own) || (Site.label(own).utf8.count >= 5 && words.contains(Site.label(own)) && !site.contains(Site.label(own))) { return "\(SubjectFacts.cut(facts.authorName, 80)) writes from \(site)" }
        return nil
    },
    ContentRule("name.person", "The name is that of a protected person, and the author's domain is not ours.", forSubmissions: false) { facts in
        guard let site = facts.authorSite, !facts.ownSites.contains(site), !facts.authorName.isEmpty, !facts.subject.names.people.isEmpty else { return nil }
        let name = sorted(facts.foldedName.text)
        for person in facts.subject.names.people.prefix(facts.limits.names) where sorted(FoldedText(person).text) == name { return "\(person) writes from \(facts.author?.address ?? site)" }
        return nil
    },
    ContentRule("name.brand", "The name has that of a known or protected company, and the author is not of it.", forSubmissions: false) { facts in
        guard !facts.isList, !facts.isReply, let name = facts.foreignBrand(in: facts.authorName) else { return nil }
        return "\(name) writes from \(facts.authorSite ?? "")"
    },
    ContentRule("name.recipient", "The name is the recipient's address or its local part, and the author is another one.", forSubmissions: false) { facts in
        guard !facts.authorName.isEmpty, !facts.isFromRecipient, !facts.isAuthorOwn else { return nil }
        let name = facts.foldedName.text
        for recipient in facts.recipients where recipient.local.utf8.count >= 4 && (name == recipient.local || name == "\(recipient.local)@\(recipient.domain)") { return "\(name) writes from \(facts.authorSite ?? "")" }
        return nil
    },
    ContentRule("name.mixed_words", "Words of the name have Latin letters beside others that look like them (UTS 39 §5).") { facts in facts.foldedName.firstMixedWord },
    ContentRule("name.unseen", "The name has characters that nobody sees inside of words, or letters of mathematics.") { facts in
        facts.foldedName.unseenInWords > 0 || facts.foldedName.styledLetters > 0 ? SubjectFacts.cut(facts.foldedName.text, 80) : nil
    },
    ContentRule("name.lookalike_domain", "The author's domain looks like that of a known company or of the recipient (UTS 39 §4).") { facts in
        guard let site = facts.authorSite, let other = facts.looksLike(site) else { return nil }
        return "\(site) looks like \(other)"
    },
    ContentRule("name.business_free", "The name is that of an office or a company, and the author writes from a free provider.") { facts in
        guard facts.isAuthorFree, !facts.isList else { return nil }
        let words = Set(facts.foldedName.text.split { !$0.isLetter }.map(String.init))
        return words.isDisjoint(with: offices) ? nil : "\(SubjectFacts.cut(facts.authorName, 80)) writes from \(facts.authorSite ?? "")"
    },
    ContentRule("name.capitals", "The name is all capitals, of two words or more.") { facts in
        let letters = facts.authorName.utf8.filter(ASCII.isLetter)
        return letters.count >= 8 && letters.allSatisfy { $0 < 97 } && facts.authorName.contains(" ") ? SubjectFacts.cut(facts.authorName, 80) : nil
    },
    ContentRule("name.signs", "The name has a sign that no name has: currency, stars, pictures, exclamation marks.") { facts in
        facts.authorName.unicodeScalars.contains { scalar in
            scalar == "!" || scalar == "$" || scalar == "*" || scalar == "€" || scalar == "®" || scalar == "™" || (0x2600...0x27bf).contains(scalar.value) || (0x1f300...0x1faff).contains(scalar.value)
        } ? SubjectFacts.cut(facts.authorName, 80) : nil
    },
    ContentRule("name.none", "The author's address bears no name.") { facts in facts.author != nil && facts.authorName.isEmpty ? facts.author?.address : nil },
]

private let offices: Set<String> = [
    "bank", "office", "department", "dept", "security", "support", "service", "services", "team", "helpdesk", "admin", "administrator", "customer", "billing", "account", "accounts", "delivery", "lottery", "foundation", "courier", "express", "ministry",
    "commission", "headquarters", "united", "nations", "fbi", "irs", "imf", "award", "promo", "finance", "financial", "loan", "loans", "insurance", "pharmacy", "shop", "store", "company", "ltd", "inc", "corp", "llc", "group",
]

/// The words of a name in the order of the alphabet: `Mustermann, Erika` is `Erika Mustermann`.
private func sorted(_ name: String) -> [String] { name.split { !($0.isLetter || $0.isNumber) }.map(String.init).sorted() }
