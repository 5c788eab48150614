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
        (terms.wait, terms.retryWithin, terms.knownFor, terms.history, terms.historyWithin) = (300, 86_400, 35 * 86_400, 3, 30 * 86_400)
        self.terms = terms
    }

    package func run() async throws {
        try await whoComesAgainIsKnown()
        try await anyTryWillDo()
        try await whatIsOldIsForgotten()
        try await authors()
        try await atTheSameMoment()
        try await noRoom()
        try await whatDoesNotFit()
    }

    private func key(_ text: String) -> [UInt8] { SHA256.digest(text.utf8) }

    private func meet(_ tenant: String, _ tries: [String], _ client: String = "client", author: String? = nil, under terms: GreylistTerms? = nil, node: Int = 0) async throws -> GreylistAnswer {
        try await stores[node].meet(GreylistVisit(tenant: tenant, tries: tries.map(key), client: key(client), author: author.map(key)), terms ?? self.terms, by: .now + .seconds(60))
    }

    private func add(_ tenant: String, _ author: String, _ messages: Int, _ terms: GreylistTerms? = nil) async throws {
        try await stores[0].add([GreylistCredit(tenant: tenant, author: key(author), messages: messages)], terms ?? self.terms, by: .now + .seconds(60))
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

    private func authors() async throws {
        try await add("au", "org", 2)
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
        try await add("au", "org", 2)
        #expect(try await meet("au", ["new"], author: "org") == .first(wait: 300))
        try await stores[0].add((0..<1200).map { GreylistCredit(tenant: "au", author: key("many \($0)"), messages: 1_000_000) }, terms, by: .now + .seconds(60))
        #expect(try await meet("au", ["x"], author: "many 1199") == .trusted)
        try await stores[0].add([], terms, by: .now + .seconds(60))
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
        narrow.tenantKeys = 4
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
