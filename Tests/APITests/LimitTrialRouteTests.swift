import DNS
import Foundation
import Limiting
import RateLimits
import TestStores
import TestSupport
import Testing
import Verdicts

/// `GET /v1/limits/simulate` at a real listener.
@Suite(.longWork) struct LimitTrialRouteTests {
    private static let path = "/v1/limits/simulate"
    /// A moment some days ago, in the first second of an hour.
    private static let start: Timestamp = { Timestamp(microseconds: (Int64(Date().timeIntervalSince1970) / 3600 - 50) * 3_600_000_000) }()

    /// Keeps the verdict on a message that went out.
    @discardableResult static func keep(_ door: TestDoor, _ user: String?, at second: Int, _ recipients: Int = 1, _ action: Action = .accept, tenant: String = "default", digest: UInt8 = 0, queueID: String? = nil, codes: [String] = []) async throws -> VerdictRecord {
        let list = (0..<recipients).map { "r\($0)@example.net" }
        var record = VerdictRecord.sample(tenant: tenant, at: start.adding(seconds: second), digest: digest, action: action)
        record.take(Envelope(clientIP: .v4(0xc000_0201), mailFrom: user, recipients: list, authUser: user, queueID: queueID, direction: .outbound, tenant: tenant))
        record.codes = codes
        #expect(try await door.verdicts.append(record) == nil)
        return record
    }

    private static func ask(_ door: TestDoor, _ query: String, _ token: String) async throws -> RawAnswer { try await door.ask("GET", "\(path)?\(query)", token: token) }

    @Test func oneMailbox() async throws {
        let door = try await TestDoor(), token = try await door.token(.limits)
        try await Self.keep(door, "anna@example.org", at: 0, 60)
        let late = try await Self.keep(door, "anna@example.org", at: 60, 50)
        let large = try await Self.keep(door, "Anna@Example.ORG", at: 61, 101)
        try await Self.keep(door, "ben@example.org", at: 62, 90)
        try await Self.keep(door, "anna@example.org", at: 63, 90, .reject)
        try await Self.keep(door, "anna@example.org", at: 64, 90, tenant: "blue")
        let answer = try await Self.ask(door, "scope=mailbox&subject=Anna@example.org&limit=recipients:100/1h", token)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["subject"] as? String == "anna@example.org" && answer.json["tenant"] as? String == "default" && answer.json["complete"] as? Bool == true)
        #expect(answer.json["messages"] as? Int == 3 && answer.json["recipients"] as? Int == 211 && answer.json["put_off"] as? Int == 1 && answer.json["put_off_recipients"] as? Int == 50)
        #expect(answer.json["too_large"] as? Int == 1 && answer.json["subjects_hit"] as? Int == 1 && answer.json["hit_most"] == nil)
        #expect(answer.json["longest_wait_seconds"] as? Double == 3540.001 && answer.json["median_wait_seconds"] as? Double == 3540.001 && answer.json["whole_wait_seconds"] as? Double == 3540.001)
        #expect(answer.json["first_hit_at"] as? String == Self.start.adding(seconds: 60).description)
        let examples = answer.json["examples"] as? [[String: Any]] ?? []
        #expect(examples.map { $0["verdict"] as? String } == [late.id.description, large.id.description])
        #expect(examples.first?["would_go_at"] as? String == Timestamp(milliseconds: Self.start.milliseconds + 3_600_001).description && examples.first?["received_at"] as? String == late.receivedAt.description)
        #expect(examples.last?["would_go_at"] is NSNull && (examples.last?["too_large_for"] as? [String: Any])?["limit"] as? Int == 100)
        let hours = answer.json["hours"] as? [[String: Any]] ?? []
        #expect(hours.count == 1 && hours.first?["start"] as? String == Self.start.description && hours.first?["put_off"] as? Int == 1 && hours.first?["too_large"] as? Int == 1 && hours.first?["messages"] as? Int == 3)
        let free = try await Self.ask(door, "scope=mailbox&subject=anna@example.org&limit=recipients:1000/1h&limit=messages:2/1m:burst=1", token)
        #expect(free.json["put_off"] as? Int == 1 && (free.json["limits"] as? [[String: Any]])?.last?["burst"] as? Int == 1, "\(free.text)")
        try await door.stop()
    }

    /// Who is hit if all mailboxes have the limit.
    @Test func allOfAScope() async throws {
        let door = try await TestDoor(), token = try await door.token(.limits)
        for (user, count) in [("anna", 5), ("ben", 3), ("eve", 1)] { for number in 0..<count { try await Self.keep(door, "\(user)@example.org", at: number) } }
        let answer = try await Self.ask(door, "scope=mailbox&limit=messages:2/1h", token)
        #expect(answer.status == 200 && answer.json["subject"] == nil, "\(answer.text)")
        #expect(answer.json["messages"] as? Int == 9 && answer.json["put_off"] as? Int == 4 && answer.json["subjects"] as? Int == 3 && answer.json["subjects_hit"] as? Int == 2)
        let most = answer.json["hit_most"] as? [[String: Any]] ?? []
        #expect(most.map { $0["subject"] as? String } == ["anna@example.org", "ben@example.org"] && most.map { $0["put_off"] as? Int } == [3, 1])
        let nobody = try await Self.ask(door, "scope=site&limit=messages:2/1h", token)
        #expect(nobody.json["messages"] as? Int == 0 && nobody.json["median_wait_seconds"] is NSNull && (nobody.json["hit_most"] as? [Any])?.isEmpty == true, "\(nobody.text)")
        try await door.stop()
    }

    /// Accounts count for a customer that is said to be above their domain now.
    @Test func parentsCount() async throws {
        let door = try await TestDoor(), token = try await door.token(.limits)
        for number in 0..<3 { try await Self.keep(door, "user\(number)@example.org", at: number) }
        try await Self.keep(door, "user@example.com", at: 4)
        let query = "scope=customer&subject=ACME&limit=messages:2/1h"
        #expect(try await Self.ask(door, query, token).json["messages"] as? Int == 0)
        #expect(try await door.ask("PUT", "/v1/limits/domain/example.org", token: token, type: "application/json", body: Array(#"{"parent":"customer/acme"}"#.utf8)).status == 201)
        let answer = try await Self.ask(door, query, token)
        #expect(answer.json["messages"] as? Int == 3 && answer.json["put_off"] as? Int == 1, "\(answer.text)")
        try await door.stop()
    }

    /// A message that a limit put off is wanted once, however often it came, with a queue id or without.
    @Test func whatWasPutOffCountsOnce() async throws {
        let door = try await TestDoor(), token = try await door.token(.limits), codes = ["limit.exceeded"]
        try await Self.keep(door, "anna@example.org", at: 0, 1, .defer, digest: 1, codes: codes)
        try await Self.keep(door, "anna@example.org", at: 1, 1, .defer, digest: 1, codes: codes)
        try await Self.keep(door, "anna@example.org", at: 2, 1, .accept, digest: 1)
        try await Self.keep(door, "anna@example.org", at: 3, 1, .defer, digest: 2, queueID: "Q", codes: codes)
        try await Self.keep(door, "anna@example.org", at: 90_000, 1, .accept, digest: 2, queueID: "Q")
        try await Self.keep(door, "anna@example.org", at: 90_001, 2, .accept, digest: 1)
        try await Self.keep(door, "anna@example.org", at: 90_002, 1, .defer, digest: 3, codes: ["greylist.early"])
        let answer = try await Self.ask(door, "scope=mailbox&subject=anna@example.org&limit=messages:100/1h", token)
        #expect(answer.json["messages"] as? Int == 3, "two that were put off, and the same words to others: \(answer.text)")
        try await door.stop()
    }

    /// What came before counts, and is not told of.
    @Test func theWindowBeforeCounts() async throws {
        let door = try await TestDoor(), token = try await door.token(.limits)
        for second in [-7200, -1800, 1, 7200] { try await Self.keep(door, "anna@example.org", at: second) }
        let since = Self.start.description, until = Self.start.adding(seconds: 7200).description
        let answer = try await Self.ask(door, "scope=mailbox&subject=anna@example.org&limit=messages:1/1h&since=\(since)&until=\(until)", token)
        #expect(answer.json["messages"] as? Int == 1 && answer.json["put_off"] as? Int == 1 && answer.json["since"] as? String == since && answer.json["looked_until"] as? String == until, "\(answer.text)")
        #expect(answer.json["counted_from"] as? String == Self.start.adding(seconds: -3600).description)
        try await door.stop()
    }

    @Test func tenantsAreApart() async throws {
        let door = try await TestDoor(), all = try await door.token(.limits), blue = try await door.token(.limits, tenant: "blue"), other = try await door.token(.history)
        try await Self.keep(door, "anna@example.org", at: 0, tenant: "blue")
        let query = "scope=mailbox&limit=messages:1/1h"
        #expect(try await Self.ask(door, query, all).json["messages"] as? Int == 0)
        #expect(try await Self.ask(door, query + "&tenant=blue", all).json["messages"] as? Int == 1)
        #expect(try await Self.ask(door, query, blue).json["messages"] as? Int == 1)
        #expect(try await Self.ask(door, query + "&tenant=default", blue).status == 403)
        #expect(try await Self.ask(door, query, other).status == 403)
        try await door.stop()
    }

    static let wrong: [(query: String, parameter: String)] = [
        ("limit=recipients:100/1h", "scope"), ("scope=colour&limit=recipients:100/1h", "scope"), ("scope=mailbox", "limit"), ("scope=mailbox&limit=recipients:0/1h", "limit"),
        ("scope=mailbox&limit=recipients:100", "limit"), ("scope=mailbox&limit=recipients:100/1h:burst=200", "limit"), ("scope=mailbox&limit=recipients:100/1h&limit=recipients:200/60m", "limit"),
        ("scope=mailbox&" + (1...17).map { "limit=recipients:1/\($0)h" }.joined(separator: "&"), "limit"),
        ("scope=domain&subject=..&limit=recipients:100/1h", "subject"), ("scope=mailbox&subject=&limit=recipients:100/1h", "subject"),
        ("scope=mailbox&limit=recipients:100/1h&since=yesterday", "since"), ("scope=mailbox&limit=recipients:100/1h&until=2026-13-01", "until"),
        ("scope=mailbox&limit=recipients:100/1h&since=2026-11-02&until=2026-11-01", "since"), ("scope=mailbox&limit=recipients:100/1h&since=2099-01-01", "since"),
        ("scope=mailbox&limit=recipients:100/1h&since=2025-01-01&until=2025-02-02", "since"), ("scope=mailbox&limit=recipients:100/1h&since=1969-01-01", "since"),
        ("scope=mailbox&limit=recipients:100/1h&until=1970-01-01", "until"),
        ("scope=mailbox&scope=site&limit=recipients:100/1h", "scope"), ("scope=mailbox&limit=recipients:100/1h&colour=red", "colour"), ("scope=mailbox&limit=recipients:100/1h&tenant=", "tenant"),
    ]

    @Test func whatIsWrongIsNamed() async throws {
        let door = try await TestDoor(), token = try await door.token(.limits)
        for (query, parameter) in Self.wrong {
            let answer = try await Self.ask(door, query, token)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(query): \(answer.text)")
        }
        try await door.stop()
    }
}
