import DNS
import FoundationEssentials
import Testing
package import Verdicts

/// What every history of verdicts must do; run against the twin in memory and against the real one.
package struct VerdictStoreConformance {
    private let store: any VerdictStore
    /// The moment around which the records lie; a real store needs it to be near its partitions.
    private let now: Timestamp
    private let suffix: String

    /// - Parameters:
    ///   - store: the store; what others left in it does no harm.
    ///   - now: about the present.
    package init(_ store: any VerdictStore, now: Timestamp) {
        self.store = store
        self.now = now
        suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    }

    package func run() async throws {
        try await whatIsKeptComesBack()
        try await oneMessageHasOneVerdict()
        try await manyAtOnceGetOneVerdict()
        try await aVerdictIsReplaced()
        try await ofManyRetriesOneCounts()
        try await pagesFollowEachOther()
        try await filtersFindWhatTheyName()
        try await domainsAreFoundInEitherForm()
        try await countsByTime()
    }

    private func tenant(_ name: String) -> String { "\(name)-\(suffix)" }

    private func whatIsKeptComesBack() async throws {
        let tenant = tenant("kept")
        var record = VerdictRecord.sample(tenant: tenant, at: now)
        #expect(try await store.append(record) == nil)
        try expectSame(try await store.verdict(record.id, tenant: tenant), record)
        try expectSame(try await store.verdict(record.id, tenant: nil), record)
        #expect(try await store.verdict(record.id, tenant: "somebody else") == nil)
        #expect(try await store.verdict(VerdictID(at: now), tenant: nil) == nil)

        // Everything that may be missing, is.
        record = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: -1))
        record.helo = nil; record.mailFrom = nil; record.authUser = nil; record.queueID = nil; record.serverName = nil
        record.messageID = nil; record.subject = nil; record.recipients = []; record.domains = []; record.codes = []
        record.clientIP = try #require(IPAddress("2001:db8::25"))
        #expect(try await store.append(record) == nil)
        try expectSame(try await store.verdict(record.id, tenant: tenant), record)

        // Text that would be something else in SQL, in an array, or in JSON.
        record = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: -2))
        record.subject = #"'); DROP TABLE verdicts; -- \ " {a,"b"} NULL %s 🚪"#
        record.recipients = [#"a"b\c@example.net"#, "{,}@example.net", "null", "", " x @y", "Ünï@example.net"].map { HistoryPath($0) }
        record.mailFrom = HistoryPath("")
        record.score = -0.1
        #expect(try await store.append(record) == nil)
        try expectSame(try await store.verdict(record.id, tenant: tenant), record)

        // A list shows the same.
        var filter = HistoryFilter()
        filter.tenant = tenant
        let rows = try await store.verdicts(matching: filter, before: nil, limit: 10)
        #expect(rows.count == 3)
        let row = try #require(rows.first { $0.id == record.id })
        try expectSame(VerdictRecord(row, domains: record.domains, codes: record.codes, envelope: record.envelope, evidence: record.evidence, decision: record.decision), record)
    }

    private func oneMessageHasOneVerdict() async throws {
        let tenant = tenant("once")
        let midnight = now.seconds / 86_400 * 86_400 - 10
        let first = VerdictRecord.sample(tenant: tenant, at: Timestamp(microseconds: Int64(midnight) * 1_000_000), queueID: "4F2", digest: 1)
        #expect(try await store.append(first) == nil)
        func again(_ seconds: Int, queueID: String? = "4F2", digest: UInt8 = 1, tenant other: String? = nil) -> VerdictRecord {
            .sample(tenant: other ?? tenant, at: first.receivedAt.adding(seconds: seconds), queueID: queueID, digest: digest, action: .reject)
        }
        let stands = EarlierVerdict(id: first.id, action: first.action)
        for seconds in [0, 1, 20, 86_399] { #expect(try await store.append(again(seconds)) == stands, "\(seconds) s later") }
        // Another node's clock may be behind.
        #expect(try await store.append(again(-1)) == stands)
        #expect(try await store.append(again(5, queueID: "4F3")) == nil, "another queue id")
        #expect(try await store.append(again(5, digest: 2)) == nil, "another message")
        #expect(try await store.append(again(5, tenant: tenant + "x")) == nil, "another tenant")
        var changed = again(5)
        changed.recipients.removeLast()
        #expect(try await store.append(changed) == nil, "other recipients")
        var elsewhere = again(5)
        elsewhere.serverName = "other.example.net"
        #expect(try await store.append(elsewhere) == nil, "another server")
        #expect(try await store.append(again(6)) == stands)
        for _ in 0..<2 { #expect(try await store.append(again(5, queueID: nil)) == nil, "no queue id") }
        let later = again(86_400)
        #expect(try await store.append(later) == nil, "a day later")
        #expect(try await store.append(again(86_401)) == EarlierVerdict(id: later.id, action: .reject))
        var filter = HistoryFilter()
        filter.tenant = tenant
        #expect(try await store.verdicts(matching: filter, before: nil, limit: 100).count == 8)
    }

    private func manyAtOnceGetOneVerdict() async throws {
        let tenant = tenant("many")
        let records = (0..<300).map { place in
            VerdictRecord.sample(tenant: tenant, at: Timestamp(microseconds: now.microseconds + Int64(place % 7) * 500), queueID: "Q\(place % 3)", digest: 9)
        }
        let answers = try await withThrowingTaskGroup(of: (Int, EarlierVerdict?).self) { group in
            for (place, record) in records.enumerated() { group.addTask { (place, try await store.append(record)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1.map(\.id) ?? records[$1.0].id }
        }
        for queue in 0..<3 {
            #expect(Set(answers.filter { $0.key % 3 == queue }.map(\.value)).count == 1, "queue \(queue)")
        }
        var filter = HistoryFilter()
        filter.tenant = tenant
        #expect(Set(try await store.verdicts(matching: filter, before: nil, limit: 1000).map(\.id)) == Set(answers.values))
    }

    private func aVerdictIsReplaced() async throws {
        let tenant = tenant("replaced")
        let first = VerdictRecord.sample(tenant: tenant, at: now, queueID: "R1", digest: 3, action: .defer)
        #expect(try await store.append(first) == nil)
        var second = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: 600), queueID: "R1", digest: 3, action: .accept)
        #expect(try await store.append(second) == EarlierVerdict(id: first.id, action: .defer))
        second.id = first.id
        var held = second
        held.action = .hold
        #expect(try await store.replace(held), "and what was held may go")
        second.codes = ["spf.pass"]
        #expect(try await store.replace(second))
        var expected = second
        expected.receivedAt = first.receivedAt
        try expectSame(try await store.verdict(first.id, tenant: tenant), expected)
        // Somebody was quicker: what it decided stands.
        var late = second
        late.action = .reject
        #expect(try await store.replace(late) == false)
        try expectSame(try await store.verdict(first.id, tenant: tenant), expected)
        let third = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: 900), queueID: "R1", digest: 3)
        #expect(try await store.append(third) == EarlierVerdict(id: first.id, action: .accept))
        second.tenant = "somebody else"
        #expect(try await store.replace(second) == false)
        second.tenant = tenant
        second.id = VerdictID(at: now)
        #expect(try await store.replace(second) == false)
    }

    private func ofManyRetriesOneCounts() async throws {
        let tenant = tenant("retries")
        let first = VerdictRecord.sample(tenant: tenant, at: now, queueID: "R2", digest: 4, action: .defer)
        #expect(try await store.append(first) == nil)
        let counted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for second in 1...8 {
                var record = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: Int(second)), queueID: "R2", digest: 4, action: second % 2 == 0 ? .accept : .reject)
                record.id = first.id
                group.addTask { [record, store] in try await store.replace(record) }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(counted == 1)
    }

    private func pagesFollowEachOther() async throws {
        let tenant = tenant("pages")
        var ids: [VerdictID] = []
        for place in 0..<25 {
            // Some of the same millisecond, some of the day before.
            let record = VerdictRecord.sample(tenant: tenant, at: Timestamp(microseconds: now.microseconds - Int64(place / 3) * 7_200_000_000))
            ids.append(record.id)
            _ = try await store.append(record)
        }
        var filter = HistoryFilter(), before: VerdictID?, pages: [[VerdictID]] = []
        filter.tenant = tenant
        while true {
            let page = try await store.verdicts(matching: filter, before: before, limit: 10).map(\.id)
            if page.isEmpty { break }
            pages.append(page)
            before = page.last
        }
        #expect(pages.map(\.count) == [10, 10, 5])
        #expect(pages.flatMap { $0 } == ids.sorted(by: >))
    }

    private func filtersFindWhatTheyName() async throws {
        let tenant = tenant("filters")
        var records = (0..<8).map { VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: -3600 * $0), queueID: "F\($0)", digest: UInt8($0)) }
        records[0].action = .reject; records[0].messageClass = .spam; records[0].codes = ["spf.fail", "iprev.none"]
        records[1].direction = .outbound; records[1].authUser = "alice"
        records[2].clientIP = try #require(IPAddress("198.51.100.7"))
        records[3].clientIP = try #require(IPAddress("2001:db8:5::7"))
        records[4].mailFrom = HistoryPath(""); records[4].recipients = ["carol@example.com", "dave@sub.example.com"].map { HistoryPath($0) }
        records[5].domains = ["links.example"]; records[5].messageID = "abc@example"
        records[6].mailFrom = nil; records[6].action = .quarantine
        records[7].mailFrom = HistoryPath("mallory@example.edu")
        for record in records { #expect(try await store.append(record) == nil) }
        let cases: [(String, Set<Int>, (inout HistoryFilter) -> Void)] = [
            ("all", Set(0..<8), { _ in }), ("action", [0], { $0.action = .reject }), ("accepted", [1, 2, 3, 4, 5, 7], { $0.action = .accept }),
            ("class", [0], { $0.messageClass = .spam }), ("direction", [1], { $0.direction = .outbound }), ("user", [1], { $0.authUser = "alice" }),
            ("network", [2], { $0.clientNetwork = IPNetwork("198.51.100.0/24") }), ("address", [2], { $0.clientNetwork = IPNetwork("198.51.100.7") }),
            ("no address", [], { $0.clientNetwork = IPNetwork("198.51.100.8") }), ("every v6", [3], { $0.clientNetwork = IPNetwork("::/0") }),
            ("every v4", Set([0, 1, 2, 4, 5, 6, 7]), { $0.clientNetwork = IPNetwork("0.0.0.0/0") }), ("v6 network", [3], { $0.clientNetwork = IPNetwork("2001:db8:5::ffff/48") }),
            ("null sender", [4], { $0.sender = HistoryPath("") }), ("sender in any case", [7], { $0.sender = HistoryPath("Mallory@EXAMPLE.edu") }),
            ("recipient", [4], { $0.recipient = HistoryPath("Carol@example.com") }), ("recipient's domain", [4], { $0.domain = DomainName("sub.example.com") }),
            ("link's domain", [5], { $0.domain = DomainName("Links.Example") }), ("not a part of a domain", [], { $0.domain = DomainName("ample.com") }),
            ("queue id", [6], { $0.queueID = "F6" }), ("message id", [5], { $0.messageID = "abc@example" }), ("code", [0], { $0.code = "iprev.none" }),
            ("since", [0, 1, 2], { $0.since = records[2].receivedAt }), ("until", [3, 4, 5, 6, 7], { $0.until = records[2].receivedAt }),
            ("between", [1, 2], { $0.since = records[2].receivedAt; $0.until = records[0].receivedAt }),
            ("both", [6], { $0.action = .quarantine; $0.queueID = "F6" }), ("neither", [], { $0.action = .reject; $0.queueID = "F6" }),
            ("far past and future", Set(0..<8), { $0.since = Timestamp(microseconds: .min); $0.until = Timestamp(microseconds: .max) }),
            ("hostile", [], { $0.sender = HistoryPath("' OR 1=1 --\u{0}") }),
        ]
        for (name, expected, change) in cases {
            var filter = HistoryFilter()
            filter.tenant = tenant
            change(&filter)
            let found = try await store.verdicts(matching: filter, before: nil, limit: 1000)
            #expect(Set(found.compactMap { one in records.firstIndex { $0.id == one.id } }) == expected, "\(name)")
            #expect(try await store.summary(matching: filter, bucket: 3600).reduce(0) { $0 + $1.count } == expected.count, "\(name), counted")
        }
        var filter = HistoryFilter()
        filter.queueID = "F6"
        #expect(try await store.verdicts(matching: filter, before: nil, limit: 1000).contains { $0.id == records[6].id }, "any tenant")
    }

    /// A domain of other letters than ASCII's is the same one as its A-labels, whoever wrote it and whoever asks (RFC 5890 §2.3.2.4).
    private func domainsAreFoundInEitherForm() async throws {
        let tenant = tenant("letters")
        let unicode = "почта.рф", ascii = "xn--80a1acny.xn--p1ai"
        var records = (0..<4).map { VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: -60 * $0), queueID: "L\($0)") }
        records[0].mailFrom = HistoryPath("Иван@\(unicode)"); records[0].domains = [ascii]
        records[1].mailFrom = HistoryPath("иван@\(ascii)"); records[1].domains = [ascii]
        records[2].recipients = [HistoryPath("a@example.net"), HistoryPath("Анна@\(unicode.uppercased())."), HistoryPath("b@\(unicode)")]
        records[3].recipients = [HistoryPath("анна@\(ascii.uppercased())"), HistoryPath("user@[IPv6:2001:DB8::1]"), HistoryPath("x@-..")]
        for record in records {
            #expect(try await store.append(record) == nil)
            try expectSame(try await store.verdict(record.id, tenant: tenant), record)
        }
        func found(_ name: Comment, _ expected: Set<Int>, _ change: (inout HistoryFilter) -> Void) async throws {
            var filter = HistoryFilter()
            filter.tenant = tenant
            change(&filter)
            let ids = try await store.verdicts(matching: filter, before: nil, limit: 100).map(\.id)
            #expect(Set(ids.compactMap { id in records.firstIndex { $0.id == id } }) == expected, name)
        }
        for domain in [unicode, ascii, unicode.uppercased(), ascii + "."] {
            try await found("domain \(domain)", [0, 1, 2, 3]) { $0.domain = DomainName(domain) }
            try await found("sender at \(domain)", [0, 1]) { $0.sender = HistoryPath("иван@\(domain)") }
            try await found("recipient at \(domain)", [2, 3]) { $0.recipient = HistoryPath("АННА@\(domain)") }
        }
        try await found("a literal", [3]) { $0.recipient = HistoryPath("User@[IPv6:2001:db8::1]") }
        try await found("no domain name", [3]) { $0.recipient = HistoryPath("X@-..") }
        try await found("another's", []) { $0.sender = HistoryPath("анна@\(unicode)") }
    }

    private func countsByTime() async throws {
        let tenant = tenant("summary")
        let hour = Timestamp(microseconds: Int64(now.seconds / 3600 * 3600) * 1_000_000)
        for (seconds, action, messageClass, size) in [(0, Action.accept, MessageClass.legitimate, 100), (3599, .reject, .spam, 50), (3600, .reject, .spam, 7), (-7200, .accept, .unknown, 1)] {
            var record = VerdictRecord.sample(tenant: tenant, at: hour.adding(seconds: seconds), action: action)
            record.messageClass = messageClass
            record.size = size
            _ = try await store.append(record)
        }
        var filter = HistoryFilter()
        filter.tenant = tenant
        #expect(try await store.summary(matching: filter, bucket: 3600) == [
            HistoryBucket(start: hour.adding(seconds: -7200), count: 1, actions: ["accept": 1], classes: ["unknown": 1], octets: 1),
            HistoryBucket(start: hour, count: 2, actions: ["accept": 1, "reject": 1], classes: ["legitimate": 1, "spam": 1], octets: 150),
            HistoryBucket(start: hour.adding(seconds: 3600), count: 1, actions: ["reject": 1], classes: ["spam": 1], octets: 7),
        ])
        filter.tenant = tenant + "x"
        #expect(try await store.summary(matching: filter, bucket: 3600).isEmpty)
    }

    /// Equal in every column; JSON documents as values, since a database may write them in another order.
    private func expectSame(_ found: VerdictRecord?, _ expected: VerdictRecord, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var found = try #require(found, sourceLocation: sourceLocation)
        for path in [\VerdictRecord.envelope, \.findings, \.evidence, \.decision] {
            let its = try JSONDecoder().decode(AnyJSON.self, from: Data(found[keyPath: path])), mine = try JSONDecoder().decode(AnyJSON.self, from: Data(expected[keyPath: path]))
            #expect(its == mine, sourceLocation: sourceLocation)
            found[keyPath: path] = expected[keyPath: path]
        }
        #expect(found == expected, sourceLocation: sourceLocation)
    }
}

/// A JSON value of any kind.
private enum AnyJSON: Decodable, Equatable {
    case null, bool(Bool), number(Double), text(String), list([AnyJSON]), object([String: AnyJSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() { self = .null }
        else if let value = try? container.decode(Bool.self) { self = .bool(value) }
        else if let value = try? container.decode(Double.self) { self = .number(value) }
        else if let value = try? container.decode(String.self) { self = .text(value) }
        else if let value = try? container.decode([AnyJSON].self) { self = .list(value) }
        else { self = .object(try container.decode([String: AnyJSON].self)) }
    }
}
