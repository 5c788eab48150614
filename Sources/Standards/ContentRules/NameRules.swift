internal import DNS
internal import Letters
internal import Mail

extension SubjectFacts {
    /// The protected brand whose name stands in a text, while the author is not of it.
    func foreignOwnBrand(in words: NameWords) -> String? {
        for brand in subject.names.brands(in: words) where !brand.domains.contains(where: { Site.of($0) == authorSite || author?.domain?.isWithin($0) == true }) { return brand.name }
        return nil
    }

    /// The known company whose name a text is, or is beside words such as `support` and `account` only, while the author is not of it.
    ///
    /// Names of companies are also names of people (`Chase Miller`) and of other things (`UPS Monitor`).
    func foreignBrand(in words: NameWords) -> String? {
        guard !words.words.isEmpty, words.words.count <= 8, let site = authorSite else { return nil }
        for (joined, place) in words.runs {
            guard let brand = Self.knownBrands[joined], !brand.sites.contains(site), Site.label(site).filter({ $0 != "-" }) != brand.joined else { continue }
            if words.words.indices.allSatisfy({ place.contains($0) || Self.besideBrands.contains(words.words[$0]) }) { return brand.name }
        }
        return nil
    }

    private static let knownBrands: [String: (name: String, joined: String, sites: Set<String>)] = Dictionary(Site.known.map { brand in
        (NameWords(brand.name).words.joined(), (brand.name, brand.name.filter { $0 != " " }, brand.sites))
    }, uniquingKeysWith: { one, _ in one })

    private static let besideBrands: Set<String> = Set((
        "security support team service services customer care center centre account accounts billing payment payments help helpdesk desk notification notifications notice alert alerts admin administrator info online bank banking "
        + "office department dept verification update delivery express parcel shipping shipment store shop com de net org inc corp ltd llc co the your my from by via mail email message center no reply noreply donotreply "
        + "safety fraud protection prevention resolution business member members promotion promotions promo award awards outlook office teams windows icloud drive pay prime rewards reward gift card cards wallet id login log in sign on intl international us uk usa 365 kundenservice kundendienst konto sicherheit zahlung paket servicio seguridad cliente atencion suporte "
        + "news newsletter bonus giveaway airdrop winner winners confirmation gutschein umfrage buono premio oferta atendimento aviso pedidos message "
    ).split(separator: " ").map(NameWords.look))

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
        guard let other = ownLooks[skeleton] ?? subject.names.sitesByLook[skeleton], Site.label(other) != label else { return nil }
        return other
    }
}

/// The name that the author's address bears.
let nameRules: [ContentRule] = [
    ContentRule("name.address", "The name has an address of another site than the author's.") { facts in
        guard facts.authorName.utf8.contains(ASCII.at), let site = facts.authorSite else { return nil }
        for word in facts.authorName.utf8.split(whereSeparator: { $0 < 0x80 && apart.contains($0) }) {
            guard let at = word.lastIndex(of: ASCII.at), let domain = DomainName(String(decoding: word[word.index(after: at)...], as: UTF8.self)), domain.isFullyQualifiedHostName, Site.of(domain) != site else { continue }
            return "\(String(decoding: word, as: UTF8.self)) writes from \(site)"
        }
        return nil
    },
    ContentRule("name.host", "The name is that of a host or has one, of another site than the author's.") { facts in
        guard let site = facts.authorSite, !facts.isList else { return nil }
        for word in facts.authorName.split(separator: " ") where word.utf8.contains(ASCII.dot) && !word.utf8.contains(ASCII.at) {
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
    ContentRule("name.person", "The name has all words of a protected person's, and the author's domain is not ours.", forSubmissions: false) { facts in
        guard !facts.isAuthorOwn, !facts.authorName.isEmpty, let person = facts.subject.names.person(in: facts.nameWords) else { return nil }
        return "\(person) writes from \(facts.author?.address ?? "nowhere")"
    },
    ContentRule("name.own_brand", "The name has that of a protected company, and the author is not of it.", forSubmissions: false) { facts in
        facts.foreignOwnBrand(in: facts.nameWords).map { "\($0) writes from \(facts.author?.address ?? "nowhere")" }
    },
    ContentRule("name.brand", "The name is that of a known company, by itself or beside words such as `support`, and the author is not of it.", forSubmissions: false) { facts in
        guard !facts.isReport, facts.foreignOwnBrand(in: facts.nameWords) == nil, let name = facts.foreignBrand(in: facts.nameWords) else { return nil }
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
            scalar == "!" || scalar == "$" || scalar == "*" || scalar == "€" || (0x2600...0x27bf).contains(scalar.value) || (0x1f300...0x1faff).contains(scalar.value)
        } ? SubjectFacts.cut(facts.authorName, 80) : nil
    },
    ContentRule("name.none", "The author's address bears no name.") { facts in facts.author != nil && facts.authorName.isEmpty ? facts.author?.address : nil },
]

private let offices: Set<String> = [
    "bank", "office", "department", "dept", "security", "support", "service", "services", "team", "helpdesk", "admin", "administrator", "customer", "billing", "account", "accounts", "delivery", "lottery", "foundation", "courier", "express", "ministry",
    "commission", "headquarters", "united", "nations", "fbi", "irs", "imf", "award", "promo", "finance", "financial", "loan", "loans", "insurance", "pharmacy", "shop", "store", "company", "ltd", "inc", "corp", "llc", "group",
]

/// What parts an address from what stands around it.
private let apart: Set<UInt8> = Set(" \"'<>()[],;:".utf8)
