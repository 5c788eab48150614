package import DNS
internal import Letters

/// Names that only their owners should write under.
package struct ProtectedNames: Sendable, Equatable {
    /// A name that stands for certain domains.
    package struct Brand: Sendable, Equatable {
        /// As people write it: `Example Bank`.
        package var name: String
        /// Where its mail comes from; those below are its own, too.
        package var domains: [DomainName]

        package init(name: String, domains: [DomainName]) { self.name = name; self.domains = domains }
    }

    /// People whose mail comes from the own domains only, as in a From field: `Erika Mustermann`.
    package let people: [String]
    package let brands: [Brand]

    /// Of each person's words each once, as they look; and the people by their longest word, and by their words written together.
    let words: [Set<String>]
    private let byWord: [String: [Int]], byJoined: [String: Int]
    /// The brands by their words written together.
    private let brandByJoined: [String: Int]
    /// The sites that look like a form: of known companies and of the brands.
    let sitesByLook: [String: String]

    /// - Parameters:
    ///   - people: of two different words at least; who has one bears a name of many people, and is passed over.
    ///   - brands: whose names have a letter or digit; others are passed over.
    /// - Limits: ``RuleLimits/names`` of each count, as the default limits have it.
    package init(people: [String] = [], brands: [Brand] = []) {
        let most = RuleLimits().names
        (self.people, self.brands) = (people, brands)
        var words: [Set<String>] = [], byWord: [String: [Int]] = [:], byJoined: [String: Int] = [:]
        for (place, person) in people.prefix(most).enumerated() {
            let row = NameWords(person).words
            words.append(Set(row))
            guard Set(row).count >= 2, let longest = row.max(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }) else { continue }
            byWord[longest, default: []].append(place)
            for joined in [row.joined(), row.reversed().joined()] where byJoined[joined] == nil { byJoined[joined] = place }
        }
        (self.words, self.byWord, self.byJoined) = (words, byWord, byJoined)
        var brandByJoined: [String: Int] = [:], sites = Site.knownLooks
        for (place, brand) in brands.prefix(most).enumerated() {
            let joined = NameWords(brand.name).words.joined()
            if !joined.isEmpty, brandByJoined[joined] == nil { brandByJoined[joined] = place }
            for site in brand.domains.map({ Site.of($0) }) where Site.label(site).utf8.count >= 4 { sites[Likeness.skeleton(of: Site.label(Punycode.shown(site)))] = site }
        }
        (self.brandByJoined, sitesByLook) = (brandByJoined, sites)
    }

    /// Whether a name has two different words, as those of people must.
    package static func isOfPerson(_ name: String) -> Bool { Set(NameWords(name).words).count >= 2 }

    /// The first of the people all of whose words a name has, with four more at most, or who is written together in it.
    func person(in name: NameWords) -> String? {
        guard !byWord.isEmpty else { return nil }
        let all = Set(name.words)
        var found = Int.max
        for word in all {
            for place in byWord[word] ?? [] where place < found && words[place].isSubset(of: all) && name.words.count <= words[place].count + 4 { found = place }
        }
        for (joined, _) in name.runs { if let place = byJoined[joined] { found = min(found, place) } }
        return people.indices.contains(found) ? people[found] : nil
    }

    /// The brands whose names stand anywhere in a name.
    func brands(in name: NameWords) -> [Brand] {
        brandByJoined.isEmpty ? [] : Set(name.runs.compactMap { brandByJoined[$0.joined] }).sorted().map { brands[$0] }
    }
}
