import Foundation
import Notices
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct EventRouteTests {
    private var soon: ContinuousClock.Instant { .now + .seconds(60) }

    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }
    private func ids(_ answer: RawAnswer) -> [String?] { items(answer).map { $0["id"] as? String } }

    private func notice(_ second: Int, _ tenant: String = "default", _ kind: Notice.Kind = .senderFrozen, _ subject: String? = "mailbox/anna@example.org") -> Notice {
        Notice(tenant: tenant, kind: kind, subject: subject, at: Timestamp(milliseconds: 1_790_000_000_000 + second * 1000), details: Array(#"{"used":\#(second)}"#.utf8))
    }

    @Test func pagesAndTenants() async throws {
        let door = try await TestDoor(), all = try await door.token(.events), blue = try await door.token(.events, tenant: "blue")
        let notices = [notice(0), notice(1, "blue"), notice(2, "default", .limitNear, "site/web1"), notice(3, "blue", .senderReleased), notice(4, "default", .senderSuspect, nil)], names = notices.map(\.id.description)
        try await door.notices.keep(notices, by: soon)
        let first = try await door.ask("GET", "/v1/events?limit=3", token: all), cursor = try #require(first.json["next_cursor"] as? String)
        #expect(ids(first) == [names[4], names[3], names[2]])
        #expect(items(first)[2]["type"] as? String == "limit.near" && items(first)[2]["subject"] as? String == "site/web1" && (items(first)[2]["data"] as? [String: Any])?["used"] as? Int == 2, "\(first.text)")
        #expect(items(first)[0]["subject"] == nil && items(first)[0]["timestamp"] as? String == "2026-09-21T14:13:24.000000Z", "\(first.text)")
        let second = try await door.ask("GET", "/v1/events?limit=3&cursor=\(cursor)", token: all)
        #expect(ids(second) == [names[1], names[0]] && second.json["next_cursor"] is NSNull)
        for (query, wanted) in [("kind=limit.near", [2]), ("subject=Anna@Example.org&order=oldest", [0, 1, 3]), ("subject=site/web1", [2]), ("since=2026-09-21T14:13:23Z", [4, 3]), ("tenant=blue", [3, 1]), ("tenant=red", []), ("order=oldest&limit=2", [0, 1])] {
            #expect(ids(try await door.ask("GET", "/v1/events?\(query)", token: all)) == wanted.map { names[$0] }, "\(query)")
        }
        #expect(ids(try await door.ask("GET", "/v1/events?order=oldest", token: blue)) == [names[1], names[3]])
        #expect(try await door.ask("GET", "/v1/events?tenant=red", token: blue).status == 403)
        // Who follows goes on from the last page, though that was not full.
        let followed = try #require(try await door.ask("GET", "/v1/events?order=oldest&since=2026-09-21T14:13:23Z", token: all).json["next_cursor"] as? String)
        let nothing = try await door.ask("GET", "/v1/events?order=oldest&cursor=\(followed)", token: all)
        #expect(ids(nothing).isEmpty && nothing.json["next_cursor"] as? String == followed, "nothing new: the same cursor again")
        #expect(try await door.ask("GET", "/v1/events?order=oldest&tenant=red", token: all).json["next_cursor"] is NSNull)
        try await door.notices.keep([notice(5)], by: soon)
        #expect(ids(try await door.ask("GET", "/v1/events?order=oldest&cursor=\(followed)", token: all)).count == 1)
        try await door.stop()
    }

    @Test func wrongQuestions() async throws {
        let door = try await TestDoor(), token = try await door.token(.events), history = try await door.token(.history)
        for (query, parameter) in [("kind=sender", "kind"), ("subject=", "subject"), ("subject=%20", "subject"), ("since=now", "since"), ("order=random", "order"), ("limit=0", "limit"), ("cursor=x", "cursor"), ("tenant=%01", "tenant"), ("limit=1&limit=2", "limit"), ("type=x", "type")] {
            let answer = try await door.ask("GET", "/v1/events?\(query)", token: token)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(query): \(answer.text)")
        }
        for path in ["/v1/events", "/v1/webhooks"] { #expect(try await door.ask("GET", path, token: history).status == 403) }
        for act in ["test", "retry"] { #expect(try await door.ask("POST", "/v1/webhooks/panel/\(act)", token: token).status == 403) }
        try await door.stop()
    }

    @Test func webhooksAndWhoSeesThem() async throws {
        let door = try await TestDoor(), all = try await door.token(.events), blue = try await door.token(.events, tenant: "blue"), admin = try await door.token(.admin), blueAdmin = try await door.token(.admin, tenant: "blue")
        let shown = try await door.ask("GET", "/v1/webhooks", token: all)
        #expect(items(shown).map { $0["name"] as? String } == ["panel", "blue"])
        #expect(items(shown)[0]["url"] as? String == "https://panel.example.org:8443/hook/a" && !shown.text.contains("hidden") && !shown.text.contains("abcdef"), "\(shown.text)")
        #expect((items(shown)[0]["events"] as? [String])?.count == 5 && items(shown)[1]["events"] as? [String] == ["sender.frozen"])
        #expect(items(try await door.ask("GET", "/v1/webhooks", token: blue)).map { $0["name"] as? String } == ["blue"])
        for (name, token, status) in [("panel", admin, 202), ("blue", admin, 202), ("blue", blueAdmin, 202), ("panel", blueAdmin, 404), ("nobody", admin, 404)] {
            for act in ["test", "retry"] { #expect(try await door.ask("POST", "/v1/webhooks/\(name)/\(act)", token: token).status == status, "\(name)") }
        }
        let tested = try await door.ask("POST", "/v1/webhooks/panel/test", token: admin)
        #expect(tested.json["type"] as? String == "webhook.test" && tested.json["subject"] as? String == "webhook/panel" && tested.json["tenant"] as? String == "", "\(tested.text)")
        let ofDefault = try await door.token(.events, tenant: "default")
        #expect(ids(try await door.ask("GET", "/v1/events", token: ofDefault)).isEmpty, "a webhook of all is tried: nothing for one tenant")
        #expect(ids(try await door.ask("GET", "/v1/events?kind=webhook.test", token: blue)).count == 2, "its own webhook")
        let claimed = try await door.notices.claim("panel", lease: 1000, atOnce: 10, by: soon).deliveries
        #expect(claimed.map(\.notice.id.description).last == tested.json["id"] as? String && claimed.count == 2, "its own only")
        try await door.notices.finish(claimed[0], .givenUp(reason: "status 410"), by: soon)
        try await door.notices.finish(claimed[1], .delivered, by: soon)
        let after = items(try await door.ask("GET", "/v1/webhooks", token: all))[0]
        #expect(after["pending"] as? Int == 0 && after["given_up"] as? Int == 1 && after["last_failure"] as? String == "status 410" && after["last_failure_at"] is String && after["last_success_at"] is String, "\(after)")
        #expect(try await door.ask("POST", "/v1/webhooks/panel/retry", token: admin).json["deliveries"] as? Int == 1)
        #expect(ids(try await door.ask("GET", "/v1/events?kind=webhook.test&subject=webhook/panel", token: all)).count == 2)
        try await door.stop()
    }
}
