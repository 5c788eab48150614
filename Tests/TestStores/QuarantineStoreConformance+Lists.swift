import DNS
import Testing
import Verdicts

extension QuarantineStoreConformance {
    func pagesFollowEachOther() async throws {
        var ids: [VerdictID] = []
        for place in 0..<25 {
            // Some of the same millisecond, some of the day before.
            let message = KeptMessage.sample(tenant: "pages", at: Timestamp(microseconds: now.microseconds - Int64(place / 3) * 7_200_000_000))
            ids.append(message.id)
            #expect(try await store.keep(message, sealed))
        }
        var filter = QuarantineFilter(), before: VerdictID?, pages: [[VerdictID]] = []
        filter.tenant = "pages"
        while true {
            let page = try await store.messages(matching: filter, before: before, limit: 10).map(\.id)
            if page.isEmpty { break }
            pages.append(page)
            before = page.last
        }
        #expect(pages.map(\.count) == [10, 10, 5])
        #expect(pages.flatMap { $0 } == ids.sorted(by: >))
    }

    func filtersFindWhatTheyName() async throws {
        let tenant = "filters"
        var messages = (0..<8).map { KeptMessage.sample(tenant: tenant, at: now.adding(seconds: -3600 * $0), isInfected: $0 == 1) }
        messages[0].codes = ["spf.fail", "malware.found"]
        messages[2].clientIP = try #require(IPAddress("198.51.100.7")); messages[2].subject = "100% off_now [ИТОГИ] ÄRGER"
        messages[3].clientIP = try #require(IPAddress("2001:db8:5::7")); messages[3].subject = nil
        messages[4].mailFrom = HistoryPath(""); messages[4].recipients = ["carol@example.com", "dave@sub.example.com"].map { HistoryPath($0) }
        messages[5].messageID = "abc@example"
        messages[6].mailFrom = nil
        messages[7].mailFrom = HistoryPath("mallory@example.edu"); messages[7].subject = ""
        for message in messages { #expect(try await store.keep(message, sealed)) }
        _ = try await store.release(messages[5].id, tenant: tenant, evenInfected: false, noting: QuarantineNote(by: "x", at: now))
        _ = try await store.delete(messages[6].id, tenant: tenant, seenAs: .kept, noting: QuarantineNote(by: "x", at: now))
        let cases: [(String, Set<Int>, (inout QuarantineFilter) -> Void)] = [
            ("all", Set(0..<8), { _ in }), ("infected", [1], { $0.isInfected = true }), ("not infected", [0, 2, 3, 4, 5, 6, 7], { $0.isInfected = false }),
            ("kept", [0, 1, 2, 3, 4, 7], { $0.state = .kept }), ("released", [5], { $0.state = .released }), ("deleted", [6], { $0.state = .deleted }),
            ("network", [2], { $0.clientNetwork = IPNetwork("198.51.100.0/24") }), ("every v6", [3], { $0.clientNetwork = IPNetwork("::/0") }),
            ("every v4", [0, 1, 2, 4, 5, 6, 7], { $0.clientNetwork = IPNetwork("0.0.0.0/0") }),
            ("null sender", [4], { $0.sender = HistoryPath("") }), ("sender in any case", [7], { $0.sender = HistoryPath("Mallory@EXAMPLE.edu") }),
            ("recipient", [4], { $0.recipient = HistoryPath("Carol@example.com") }), ("message id", [5], { $0.messageID = "abc@example" }), ("code", [0], { $0.code = "malware.found" }),
            ("subject", [0, 1, 4, 5, 6], { $0.subject = "GBRÜCK" }), ("subject, other letters", [2], { $0.subject = "итоги] ä" }), ("no wildcard", [2], { $0.subject = "0% " }),
            ("no wildcard either", [2], { $0.subject = "f_n" }), ("wildcards are letters", [], { $0.subject = "z%b" }), ("any subject", [0, 1, 2, 4, 5, 6, 7], { $0.subject = "" }),
            ("since", [0, 1, 2], { $0.since = messages[2].receivedAt }), ("until", [3, 4, 5, 6, 7], { $0.until = messages[2].receivedAt }),
            ("between", [1, 2], { $0.since = messages[2].receivedAt; $0.until = messages[0].receivedAt }),
            ("both", [5], { $0.state = .released; $0.subject = "zug" }), ("neither", [], { $0.state = .released; $0.isInfected = true }),
            ("far past and future", Set(0..<8), { $0.since = Timestamp(microseconds: .min); $0.until = Timestamp(microseconds: .max) }),
            ("hostile", [], { $0.subject = "' OR 1=1 --\u{0}" }),
        ]
        for (name, expected, change) in cases {
            var filter = QuarantineFilter()
            filter.tenant = tenant
            change(&filter)
            let found = try await store.messages(matching: filter, before: nil, limit: 1000)
            #expect(Set(found.compactMap { one in messages.firstIndex { $0.id == one.id } }) == expected, "\(name)")
        }
        var filter = QuarantineFilter()
        filter.messageID = "abc@example"
        #expect(try await store.messages(matching: filter, before: nil, limit: 1000).map(\.id) == [messages[5].id], "any tenant")
    }

    func whatExpiredIsRemoved() async throws {
        var messages: [KeptMessage] = []
        for place in 0..<12 {
            var message = KeptMessage.sample(tenant: "expired-\(place % 3)", at: now.adding(seconds: -place))
            message.expiresAt = now.adding(seconds: place - 1_000_000)
            messages.append(message)
            #expect(try await store.keep(message, sealed))
            _ = try await store.message(message.id, tenant: nil, noting: QuarantineAct(.looked, QuarantineNote(by: "x", at: now)))
        }
        _ = try await store.release(messages[0].id, tenant: nil, evenInfected: false, noting: QuarantineNote(by: "x", at: now))
        _ = try await store.delete(messages[1].id, tenant: nil, seenAs: .kept, noting: QuarantineNote(by: "x", at: now))
        #expect(try await store.remove(expiredBefore: messages[0].expiresAt) == 0)
        #expect(try await store.remove(expiredBefore: messages[1].expiresAt) == 1)
        let moment = messages[10].expiresAt
        let gone = try await withThrowingTaskGroup(of: Int.self) { group in
            for store in [store, other, store, other] { group.addTask { try await store.remove(expiredBefore: moment) } }
            return try await group.reduce(0, +)
        }
        #expect(gone == 9)
        for message in messages[..<10] {
            #expect(try await store.message(message.id, tenant: nil, noting: nil) == nil)
            #expect(try await store.acts(of: message.id, tenant: nil).isEmpty)
        }
        for (place, used) in [0, 1, 1].enumerated() { #expect(try await store.usage(tenant: "expired-\(place)") == QuarantineUsage(messages: used, octets: used * sealed.count)) }
        #expect(try await store.keep(messages[1], sealed), "nothing is known of it any more")
    }

    func whatIsUnfitIsRefused() async throws {
        var unfit: [KeptMessage] = []
        for tenant in ["", String(repeating: "x", count: 256), "a\u{0}b"] { unfit.append(.sample(tenant: tenant, at: now)) }
        unfit.append(.sample(tenant: "unfit", at: now))
        unfit[3].digest = [1]
        for message in unfit { await #expect(throws: StoreTrouble.self) { try await store.keep(message, sealed) } }
        await #expect(throws: StoreTrouble.self) { try await store.keep(.sample(tenant: "unfit", at: now), []) }
        #expect(try await store.usage(tenant: "unfit") == QuarantineUsage(messages: 0, octets: 0))
    }
}
