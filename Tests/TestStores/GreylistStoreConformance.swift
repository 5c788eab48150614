import Cryptography
import Testing
package import Verdicts

/// What every place where the greylist is kept must do.
package struct GreylistStoreConformance {
    private let stores: [any GreylistStore]
    private let age: (Int) async throws -> Void
    private let terms: GreylistTerms

    /// - Parameters:
    ///   - stores: an empty one, as two nodes see it.
    ///   - age: lets so many seconds pass for all that is in it.
    package init(_ first: any GreylistStore, _ second: any GreylistStore, age: @escaping (Int) async throws -> Void) {
        stores = [first, second]
        self.age = age
        var terms = GreylistTerms()
        (terms.wait, terms.retryWithin, terms.knownFor, terms.knownAtMost, terms.history, terms.historyAge, terms.historyWithin) = (300, 86_400, 35 * 86_400, 180 * 86_400, 3, 86_400, 30 * 86_400)
        self.terms = terms
    }

    package func run() async throws {
        try await whoComesAgainIsKnown()
        try await anyTryWillDo()
        try await whatIsOldIsForgotten()
        try await nobodyIsKnownForEver()
        try await authors()
        try await theAgeOfAHistory()
        try await theEndOfAHistory()
        try await atTheSameMoment()
        try await noRoom()
        try await keysThatWereChosen()
        try await whatDoesNotFit()
    }

    private func key(_ text: String) -> [UInt8] { SHA256.digest(text.utf8) }

    private func name(_ tenant: String, _ text: String) -> GreylistName { GreylistName(tenant: tenant, key: key(text)) }

    private func meet(_ tenant: String, _ tries: [String], _ client: String = "client", author: String? = nil, prolongs: Bool = true, under terms: GreylistTerms? = nil, node: Int = 0) async throws -> GreylistAnswer {
        let visit = GreylistVisit(tenant: tenant, tries: tries.map(key), client: key(client), author: author.map(key), prolongs: prolongs)
        return try await stores[node].meet(visit, terms ?? self.terms, by: .now + .seconds(60))
    }

    private func add(_ tenant: String, _ author: String, _ messages: Int, _ terms: GreylistTerms? = nil) async throws {
        try await stores[0].add([GreylistCredit(author: name(tenant, author), messages: messages)], terms ?? self.terms, by: .now + .seconds(60))
    }

    private func isEarly(_ answer: GreylistAnswer, _ wait: ClosedRange<Int>) -> Bool { if case .early(let left) = answer { wait.contains(left) } else { false } }
    private func isPassed(_ answer: GreylistAnswer, _ after: ClosedRange<Int>) -> Bool { if case .passed(let seconds) = answer { after.contains(seconds) } else { false } }

    private func whoComesAgainIsKnown() async throws {
        #expect(try await meet("a", ["x"]) == .first(wait: 300))
        let again = try await meet("a", ["x"], node: 1)
        #expect(isEarly(again, 240...300), "\(again)")
        try await age(100)
        let early = try await meet("a", ["x"])
        #expect(isEarly(early, 140...200), "a try too early does not begin anew: \(early)")
        #expect(try await meet("b", ["x"]) == .first(wait: 300), "of another tenant")
        try await age(200)
        let passed = try await meet("a", ["x"], node: 1)
        #expect(isPassed(passed, 300...360), "\(passed)")
        #expect(try await meet("a", ["y"]) == .known)
        #expect(try await meet("a", ["y"], "stranger") == .first(wait: 300), "who is known takes no try of his own")
        #expect(try await meet("b", ["y"]) == .first(wait: 300))
    }

    private func anyTryWillDo() async throws {
        #expect(try await meet("any", ["net x", "body x"], "net") == .first(wait: 300))
        try await age(310)
        let other = try await meet("any", ["other x", "body x"], "other")
        #expect(isPassed(other, 300...370), "the same message from elsewhere: \(other)")
        #expect(try await meet("any", ["z"], "other") == .known)
        let first = try await meet("any", ["net x"], "net")
        #expect(isPassed(first, 300...370), "\(first)")
        #expect(try await meet("any", ["twice", "twice"], "third") == .first(wait: 300))
    }

    private func whatIsOldIsForgotten() async throws {
        #expect(try await meet("old", ["x"]) == .first(wait: 300))
        try await age(86_400)
        #expect(try await meet("old", ["x"]) == .first(wait: 300), "he came too late, and begins anew")
        try await age(86_000)
        let passed = try await meet("old", ["x"])
        #expect(isPassed(passed, 86_000...86_060), "\(passed)")
        for _ in 0..<3 {
            try await age(34 * 86_400)
            #expect(try await meet("old", ["y"]) == .known, "each visit counts")
        }
        try await age(35 * 86_400)
        #expect(try await meet("old", ["y"]) == .first(wait: 300))
        // A longer wait holds for those who wait already.
        var longer = terms
        longer.wait = 600
        try await age(400)
        let early = try await meet("old", ["y"], under: longer)
        #expect(isEarly(early, 140...200), "\(early)")
    }

    /// Messages in doubt prolong it to an end, what is marked as spam does not at all, and what is without doubt begins it anew; who is not known does not become so by that.
    private func nobodyIsKnownForEver() async throws {
        func pass(_ client: String) async throws {
            #expect(try await meet("ever", ["by \(client)"], client) == .first(wait: 300))
            try await age(300)
            let passed = try await meet("ever", ["by \(client)"], client)
            #expect(isPassed(passed, 300...360), "\(passed)")
        }
        for client in ["doubtful", "marked", "good"] { try await pass(client) }
        try await stores[0].prolong([name("ever", "stranger"), name("elsewhere", "good")], terms, by: .now + .seconds(60))
        #expect(try await meet("ever", ["stranger"], "stranger") == .first(wait: 300))
        #expect(try await meet("elsewhere", ["good"], "good") == .first(wait: 300))
        for month in 1...5 {
            try await age(30 * 86_400)
            #expect(try await meet("ever", ["month \(month)"], "doubtful") == .known, "\(month)")
            #expect(try await meet("ever", ["month \(month)"], "marked", prolongs: false) == (month == 1 ? .known : .first(wait: 300)), "\(month)")
            #expect(try await meet("ever", ["month \(month)"], "good") == .known, "\(month)")
            try await stores[1].prolong([name("ever", "good")], terms, by: .now + .seconds(60))
        }
        try await age(30 * 86_400)
        #expect(try await meet("ever", ["then"], "doubtful") == .first(wait: 300), "180 days after he passed")
        #expect(try await meet("ever", ["then"], "good") == .known)
        try await age(35 * 86_400)
        #expect(try await meet("ever", ["then"], "good") == .first(wait: 300), "35 days after his last message")
        try await stores[1].prolong([name("ever", "good")], terms, by: .now + .seconds(60))
        #expect(try await meet("ever", ["later"], "good") == .first(wait: 300), "who is forgotten is not known again by that")
    }

    private func authors() async throws {
        try await add("au", "org", 2)
        try await age(86_400)
        #expect(try await meet("au", ["x"], author: "org") == .first(wait: 300))
        try await add("au", "org", 1)
        #expect(try await meet("au", ["x"], author: "org") == .trusted)
        let without = try await meet("au", ["x"], "stranger")
        #expect(isEarly(without, 240...300), "without the author he is who he was: \(without)")
        #expect(try await meet("other", ["x"], author: "org") == .first(wait: 300))
        try await age(29 * 86_400)
        try await add("au", "org", 1)
        try await age(29 * 86_400)
        #expect(try await meet("au", ["x"], author: "org") == .trusted)
        try await age(86_400)
        #expect(try await meet("au", ["x"], author: "org") == .first(wait: 300), "after a pause he is as good as new")
        try await add("au", "org", 3)
        #expect(try await meet("au", ["new"], author: "org") == .first(wait: 300), "and his history begins anew")
        let many = (0..<GreylistTerms.writtenAtOnce).map { GreylistCredit(author: name("au", "many \($0)"), messages: 1_000_000) }
        try await stores[0].add(many, terms, by: .now + .seconds(60))
        try await age(86_400)
        #expect(try await meet("au", ["x"], author: "many \(GreylistTerms.writtenAtOnce - 1)") == .trusted)
        try await stores[0].add([], terms, by: .now + .seconds(60))
        try await stores[0].end([], by: .now + .seconds(60))
        try await stores[0].prolong([], terms, by: .now + .seconds(60))
        await #expect(throws: StoreTrouble.self) { try await stores[0].add(many + many.prefix(1), terms, by: .now + .seconds(60)) }
        for tooMany in [many.map(\.author) + [name("au", "one more")], [GreylistName(tenant: "", key: key("x"))], [GreylistName(tenant: "au", key: [1])]] {
            await #expect(throws: StoreTrouble.self) { try await stores[0].end(tooMany, by: .now + .seconds(60)) }
            await #expect(throws: StoreTrouble.self) { try await stores[0].prolong(tooMany, terms, by: .now + .seconds(60)) }
        }
    }

    /// Who sends good messages one after the other is not trusted for the next ones.
    private func theAgeOfAHistory() async throws {
        try await add("age", "quick", 100)
        #expect(try await meet("age", ["x"], author: "quick") == .first(wait: 300))
        try await age(86_000)
        try await add("age", "quick", 100)
        let early = try await meet("age", ["y"], author: "quick")
        #expect(early == .first(wait: 300), "\(early)")
        try await age(400)
        #expect(try await meet("age", ["y"], author: "quick") == .trusted)
        var none = terms
        none.historyAge = 0
        try await add("age", "at once", 3)
        #expect(try await meet("age", ["z"], author: "at once", under: none) == .trusted)
    }

    private func theEndOfAHistory() async throws {
        for author in ["one", "two"] { try await add("end", author, 3) }
        try await add("other end", "one", 3)
        try await age(86_400)
        try await stores[1].end([name("end", "one"), name("end", "nobody")], by: .now + .seconds(60))
        #expect(try await meet("end", ["x"], author: "one") == .first(wait: 300))
        #expect(try await meet("end", ["x"], author: "two") == .trusted)
        #expect(try await meet("other end", ["x"], author: "one") == .trusted)
        try await add("end", "one", 2)
        #expect(try await meet("end", ["y"], author: "one") == .first(wait: 300), "it begins anew")
        try await add("end", "one", 1)
        #expect(try await meet("end", ["y"], author: "one") == .trusted, "who was there for a day need not wait for another")
    }

    /// Of those who come at once for the first time none passes; of those who come again all do.
    private func atTheSameMoment() async throws {
        for isAgain in [false, true] {
            let answers = try await withThrowingTaskGroup(of: GreylistAnswer.self) { group in
                for place in 0..<24 {
                    // Their tries stand in each other's way, in another order.
                    let tries = (0..<6).map { "t\($0)" }, visit = GreylistVisit(tenant: "race", tries: (place % 2 == 0 ? tries : tries.reversed()).map(key), client: key("c\(place % 3)"), author: nil)
                    group.addTask { [stores, terms] in try await stores[place % 2].meet(visit, terms, by: .now + .seconds(60)) }
                }
                return try await group.reduce(into: [GreylistAnswer]()) { $0.append($1) }
            }
            for answer in answers {
                if isAgain { #expect(isPassed(answer, 300...400) || answer == .known, "\(answer)") } else { #expect(answer == .first(wait: 300) || isEarly(answer, 200...300), "\(answer)") }
            }
            #expect(isAgain || answers.contains(.first(wait: 300)))
            try await age(310)
        }
    }

    private func noRoom() async throws {
        var narrow = terms
        (narrow.tenantKeys, narrow.historyAge) = (4, 0)
        #expect(try await meet("full", ["a", "b", "c", "d"], under: narrow) == .first(wait: 300))
        #expect(try await meet("full", ["e"], "stranger", under: narrow) == .full)
        #expect(try await meet("empty", ["e"], under: narrow) == .first(wait: 300), "others have room")
        try await add("full", "org", 3, narrow)
        #expect(try await meet("full", ["e"], "stranger", author: "org", under: narrow) == .full)
        try await age(310)
        let passed = try await meet("full", ["a", "e"], under: narrow)
        #expect(isPassed(passed, 300...370), "who has a key goes on: \(passed)")
        #expect(try await meet("full", ["e"], under: narrow) == .known)
    }

    /// A thousand keys that lie side by side do not fill a tenant's place for a million.
    private func keysThatWereChosen() async throws {
        for first in [UInt8(0), 0xff] {
            for visit in 0..<30 {
                let tries = (0..<GreylistTerms.triesAtMost).map { [UInt8](repeating: first, count: 16) + key("\(visit) \($0)").prefix(16) }
                #expect(try await stores[visit % 2].meet(GreylistVisit(tenant: "chosen", tries: tries, client: key("\(visit)"), author: nil), terms, by: .now + .seconds(60)) == .first(wait: 300), "\(visit)")
            }
        }
        #expect(try await meet("chosen", ["x"]) == .first(wait: 300))
    }

    private func whatDoesNotFit() async throws {
        let good = GreylistVisit(tenant: "fit", tries: [key("x")], client: key("c"), author: nil)
        for (name, change) in [("no tenant", { $0.tenant = "" }), ("a long tenant", { $0.tenant = String(repeating: "x", count: 256) }), ("no try", { $0.tries = [] }),
                               ("many tries", { $0.tries = [[UInt8]](repeating: $0.client, count: GreylistTerms.triesAtMost + 1) }), ("a short key", { $0.client = [1] }),
                               ("no key", { $0.author = [] })] as [(String, (inout GreylistVisit) -> Void)] {
            var visit = good
            change(&visit)
            await #expect(throws: StoreTrouble.self, "\(name)") { _ = try await stores[0].meet(visit, terms, by: .now + .seconds(60)) }
        }
        var hostile = good
        hostile.tenant = "fit\u{0}'; DROP TABLE greylist; --"
        #expect(try await stores[0].meet(hostile, terms, by: .now + .seconds(60)) == .first(wait: 300))
    }
}
