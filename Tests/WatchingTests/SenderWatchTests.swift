import DNS
import Feedback
import Limiting
import Mail
import RateLimits
import Synchronization
import TestStores
import Testing
import Verdicts
import Watching

@Suite struct SenderWatchTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    private static func watch(_ store: MemoryWatch) throws -> SenderWatch {
        let hour = try #require(LimitWindow("1h")), week = try #require(LimitWindow("7d"))
        var thresholds = Dictionary(uniqueKeysWithValues: SenderSignal.allCases.map { ($0, WatchRules.Threshold(share: nil, least: 1000, window: hour, weight: 1)) })
        thresholds[.complaints] = .init(share: nil, least: 3, window: week, weight: 2)
        var rules = WatchRules(thresholds: thresholds)
        rules.learning = 0
        return SenderWatch(store, SendingLimits(MemoryAllowances { now.milliseconds }, MemoryLimits(), LimitHierarchy(), restraints: RestraintBook(store, throttle: [])), rules: rules, listed: ["blocklist.spamhaus.authbl"])
    }

    private struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var envelope = Envelope(clientIP: .v4(0xc633_6401), recipients: ["a@example.net", "A@Example.NET", "b@example.net"], authUser: "anna@example.org")
        var action = Action.accept, messageClass = MessageClass.legitimate, codes: [String] = [], result: RateLimitEvidence.Result? = .counted, isFirst = true
        /// What is seen of whom; nil: nothing.
        var subject: String? = "mailbox/anna@example.org"
        var seen: [String: Int] = [:]
        var networks = 1

        init(_ name: String, _ seen: [String: Int] = [:], _ change: (inout Row) -> Void = { _ in }) {
            testDescription = name
            self.seen = seen
            change(&self)
        }
    }

    private static let rows = [
        Row("one that goes", ["new_recipients": 2]),
        Row("spam that is refused", ["spam": 1]) { $0.action = .reject; $0.messageClass = .spam },
        Row("malware", ["malware": 1]) { $0.action = .reject; $0.codes = ["malware.infected"] },
        Row("from where stolen passwords are used", ["listed_client": 1, "new_recipients": 2]) { $0.codes = ["iprev.pass", "blocklist.spamhaus.authbl"] },
        Row("put off by a limit", ["put_off": 1]) { $0.action = .defer; $0.result = .exceeded; $0.networks = 0 },
        Row("put off by a limit, and again") { $0.action = .defer; $0.result = .exceeded; $0.isFirst = false; $0.subject = nil },
        Row("put off for something else") { $0.action = .defer; $0.result = nil; $0.subject = nil },
        Row("put off while it is frozen") { $0.action = .defer; $0.result = .frozen; $0.subject = nil },
        Row("kept back", ["new_recipients": 2]) { $0.action = .hold; $0.result = .held },
        Row("kept back, and again") { $0.action = .hold; $0.result = .held; $0.isFirst = false; $0.subject = nil },
        Row("goes after it was put off", ["new_recipients": 2]) { $0.isFirst = false },
        Row("in quarantine it reaches nobody") { $0.action = .quarantine },
        Row("from a private network", ["new_recipients": 2]) { $0.envelope.clientIP = .v4(0x0a00_0001); $0.networks = 0 },
        Row("a site", ["new_recipients": 2]) { $0.envelope.authUser = nil; $0.envelope.site = "web1"; $0.envelope.script = "x"; $0.subject = "site/web1"; $0.networks = 0 },
        Row("a script", ["new_recipients": 2]) { $0.envelope.authUser = nil; $0.envelope.script = "x"; $0.subject = "script/x"; $0.networks = 0 },
        Row("who only says who he is") { $0.envelope.authUser = nil; $0.envelope.mailFrom = "anna@example.org"; $0.subject = nil },
    ]

    @Test(arguments: rows) private func whatIsSeen(row: Row) async throws {
        let store = MemoryWatch { Self.now }, watch = try Self.watch(store)
        watch.take(.init(envelope: row.envelope, action: row.action, messageClass: row.messageClass, codes: row.codes, rateLimit: row.result.map { RateLimitEvidence($0) }, at: Self.now, isFirst: row.isFirst))
        try await watch.note(by: soon)
        guard let path = row.subject else {
            #expect(watch.families(at: Self.now).first?.samples.allSatisfy { $0.value == 0 } == true)
            return
        }
        let standing = try #require(await store.standing(of: TenantSubject(tenant: "default", LimitSubject(path: path)), rules: watch.rules, by: soon))
        var seen = row.seen
        if row.networks > 0 { seen["new_networks"] = row.networks }
        #expect(Dictionary(uniqueKeysWithValues: standing.measures.filter { $0.count > 0 }.map { ($0.signal, $0.count) }) == seen)
        #expect(standing.networks == row.networks)
    }

    /// What cannot be noted now is noted later; a line that is full loses what comes, and says so.
    @Test func whileTheStoreIsAway() async throws {
        let store = MemoryWatch { Self.now }, watch = try Self.watch(store)
        store.fail(.unavailable("away"))
        for number in 0..<20_010 { watch.take(.init(envelope: Envelope(clientIP: .v4(0xc633_6401), recipients: ["\(number % 7)@example.net"], authUser: "anna@example.org"), action: .accept, messageClass: .spam, codes: [], rateLimit: nil, at: Self.now, isFirst: true)) }
        await #expect(throws: StoreTrouble.self) { try await watch.note(by: soon) }
        store.fail(nil)
        try await watch.note(by: soon)
        let standing = try #require(await store.standing(of: TenantSubject(tenant: "default", LimitSubject(.mailbox, "anna@example.org")), rules: watch.rules, by: soon))
        #expect(standing.measures.first { $0.signal == "spam" }?.count == 20_000 && standing.contacts == 7)
        #expect(watch.families(at: Self.now).first?.samples.map(\.value) == [20_000, 0, 10])
    }

    // MARK: - What comes back

    private static func sent(_ messageID: String, to recipients: [String], by user: String? = "anna@example.org", tenant: String = "default", action: Action = .accept, daysAgo: Int = 0, direction: Direction = .outbound) -> VerdictRecord {
        var record = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: -86_400 * daysAgo), action: action)
        (record.messageID, record.recipients, record.authUser, record.direction) = (messageID, recipients.map { HistoryPath($0) }, user, direction)
        return record
    }

    private struct Back: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var recipients: [[String]]
        var byVerdict: Int? = nil, messageID: String? = nil, tenant: String? = nil
        let counted: Int
        let reason: String?
    }

    private static let records = [
        sent("one@x", to: ["a@example.net"]), sent("many@x", to: ["a@example.net", "b@example.net", "c@example.net"]), sent("old@x", to: ["a@example.net"], daysAgo: 31), sent("in@x", to: ["a@example.net"], direction: .inbound),
        sent("no@x", to: ["a@example.net"], action: .reject), sent("nobody@x", to: ["a@example.net"], by: nil), sent("same@x", to: ["z@example.net"], by: "other@example.org"), sent("same@x", to: ["a@example.net", "b@example.net"]),
        sent("theirs@x", to: ["a@example.net"], tenant: "blue"),
    ]

    private static let unknown = "no message that was sent from here has this verdict or Message-ID and went to who is named, or messages of several senders do"

    private static let backs = [
        Back(testDescription: "by its verdict", recipients: [["a@example.net"], ["b@example.net"]], byVerdict: 1, counted: 2, reason: nil),
        Back(testDescription: "by its Message-ID", recipients: [["B@EXAMPLE.net"]], messageID: "<many@x>", counted: 1, reason: nil),
        Back(testDescription: "one of its names is enough", recipients: [["x@elsewhere.example", "c@example.net"]], messageID: "many@x", counted: 1, reason: nil),
        Back(testDescription: "forwarded, and the only one", recipients: [["x@elsewhere.example"]], messageID: "one@x", counted: 1, reason: nil),
        Back(testDescription: "one of several that it did not go to", recipients: [["x@elsewhere.example"]], messageID: "many@x", counted: 0, reason: "the message did not go to the recipients that are named"),
        Back(testDescription: "somebody who is not named", recipients: [], messageID: "many@x", counted: 1, reason: nil),
        Back(testDescription: "too late", recipients: [["a@example.net"]], messageID: "old@x", counted: 0, reason: "the message was sent more than 30 days ago"),
        Back(testDescription: "of mail that came in", recipients: [["a@example.net"]], byVerdict: 3, counted: 0, reason: unknown),
        Back(testDescription: "of mail that was refused", recipients: [["a@example.net"]], byVerdict: 4, counted: 0, reason: unknown),
        Back(testDescription: "of nobody who is watched", recipients: [["a@example.net"]], byVerdict: 5, counted: 0, reason: "who sent the message neither logged in nor is a site or a script that the mail server told"),
        Back(testDescription: "of two of one Message-ID that which fits", recipients: [["b@example.net"]], messageID: "same@x", counted: 1, reason: nil),
        Back(testDescription: "of two of one Message-ID neither", recipients: [["x@elsewhere.example"]], messageID: "same@x", counted: 0, reason: unknown),
        Back(testDescription: "a verdict of another message", recipients: [["a@example.net"]], byVerdict: 0, messageID: "elsewhere@x", counted: 0, reason: unknown),
        Back(testDescription: "of another tenant", recipients: [["a@example.net"]], byVerdict: 8, tenant: "default", counted: 0, reason: unknown),
        Back(testDescription: "of any tenant", recipients: [["a@example.net"]], byVerdict: 8, counted: 1, reason: nil),
        Back(testDescription: "of nothing", recipients: [["a@example.net"]], counted: 0, reason: "nothing of the message comes back by which it could be known: neither X-Postern-Verdict nor Message-ID"),
    ]

    @Test(arguments: backs) private func whatComesBack(back: Back) async throws {
        let store = MemoryWatch { Self.now }, watch = try Self.watch(store), verdicts = MemoryVerdictStore()
        for record in Self.records { _ = try await verdicts.append(record) }
        let desk = FeedbackDesk(watch, verdicts) { record in
            var party = SendingParty(clientIP: record.clientIP)
            party.authUser = record.authUser
            return party
        }
        let returned = ReturnedMail(.bounce, verdicts: back.byVerdict.map { [Self.records[$0].id] } ?? [], messageID: back.messageID, recipients: back.recipients)
        let outcome = try await desk.take(returned, tenant: back.tenant, at: Self.now, by: soon)
        #expect(outcome.counted == back.counted && outcome.reason == back.reason)
        if outcome.counted > 0 {
            #expect(outcome.sender?.subject.name == "anna@example.org")
            #expect(try await desk.take(returned, tenant: back.tenant, at: Self.now, by: soon).counted == 0, "once")
        }
    }

    /// Whoever was written to can write a complaint that names all others: it is his alone.
    @Test func aComplaintIsOnePersons() async throws {
        let store = MemoryWatch { Self.now }, watch = try Self.watch(store), verdicts = MemoryVerdictStore()
        for record in Self.records { _ = try await verdicts.append(record) }
        let desk = FeedbackDesk(watch, verdicts) { record in
            var party = SendingParty(clientIP: record.clientIP)
            party.authUser = record.authUser
            return party
        }
        let named = ["a@example.net", "b@example.net", "c@example.net"].map { [$0] }
        #expect(try await desk.take(ReturnedMail(.complaint, verdicts: [], messageID: "many@x", recipients: named), tenant: nil, at: Self.now, by: soon).counted == 1)
        #expect(try await desk.take(ReturnedMail(.complaint, verdicts: [], messageID: "one@x", recipients: [named[0]]), tenant: nil, at: Self.now, by: soon).counted == 0, "for a sender once")
    }

    @Test(arguments: [
        ("failed for good", "failed", "5.1.1", true), ("a full mailbox", "failed", "5.2.2", false), ("given up after days", "failed", "4.4.7", false), ("a delay", "delayed", "4.4.1", false), ("delivered", "delivered", "2.0.0", false), ("no status that can be read", "failed", "x", true),
    ]) func whichBouncesCount(name: String, action: String, status: String, counts: Bool) throws {
        let report = try FeedbackReport(Message(octets: Array("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@example.net\r\nAction: \(action)\r\nStatus: \(status)\r\n\r\n--b--\r\n".utf8)))
        #expect((ReturnedMail(report) != nil) == counts, "\(name)")
    }

    @Test(arguments: [("abuse", true), ("fraud", true), ("virus", true), ("other", true), ("not-spam", false), ("opt-out", false), ("auth-failure", false), ("praise", false)]) func whichComplaintsCount(type: String, counts: Bool) throws {
        let report = try FeedbackReport(Message(octets: Array("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: \(type)\r\nVersion: 1\r\nUser-Agent: x\r\n\r\n--b--\r\n".utf8)))
        #expect((ReturnedMail(report)?.kind == .complaint) == counts)
    }
}
