import Cryptography
import Foundation
import Limiting
import RateLimits
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct HoldRouteTests {
    /// Messages that wait for one account's limit.
    /// - Returns: their ids, the one that came first first.
    static func hold(_ door: TestDoor, _ count: Int, tenant: String = "default", server: String = "mx") async throws -> [String] {
        let limit = try RateLimit(counts: .recipients, most: 1, window: #require(LimitWindow("1h")), excess: .hold), anna = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [limit])
        _ = try await door.allowances.due(at: HoldAgent(tenant: nil, server: server), lease: 1, limit: 1, by: .now + .seconds(60))
        var ids: [String] = []
        for number in 0...count {
            let name = SHA256.digest("\(tenant) \(number)".utf8)
            let request = HoldRequest(wish: HoldWish(lane: HoldLane(of: [anna.subject]), longest: 86_400_000), server: server, queueID: "\(tenant.prefix(1).uppercased())\(number)", mailFrom: "anna@example.org", subjects: [anna.subject])
            let message = CountedMessage(tenant: tenant, name: name, amounts: Amounts(recipients: 1, octets: 100), subjects: [anna], hold: request)
            if case .held = try await door.allowances.count(message, by: .now + .seconds(60)).admission { ids.append(Hold.id(of: name, tenant: tenant).description) }
        }
        #expect(ids.count == count)
        return ids
    }

    private func ids(_ answer: RawAnswer) -> [String?] { (answer.json["items"] as? [[String: Any]] ?? []).map { $0["id"] as? String } }

    @Test func pagesAndTenants() async throws {
        let door = try await TestDoor(), all = try await door.token(.holds), blue = try await door.token(.holds, tenant: "blue")
        let mine = try await Self.hold(door, 3), theirs = try await Self.hold(door, 2, tenant: "blue")
        let first = try await door.ask("GET", "/v1/holds?limit=3", token: all), cursor = try #require(first.json["next_cursor"] as? String)
        #expect(ids(first) == [theirs[1], theirs[0], mine[2]])
        #expect(ids(try await door.ask("GET", "/v1/holds?limit=3&cursor=\(cursor)", token: all)) == [mine[1], mine[0]])
        #expect(ids(try await door.ask("GET", "/v1/holds?tenant=default&queue_id=D2", token: all)) == [mine[1]])
        #expect(ids(try await door.ask("GET", "/v1/holds?sender=Anna@Example.org&state=waiting", token: blue)) == [theirs[1], theirs[0]])
        #expect(ids(try await door.ask("GET", "/v1/holds?sender=site/web1", token: blue)).isEmpty)
        #expect(try await door.ask("GET", "/v1/holds?tenant=red", token: blue).status == 403)
        for (method, rest) in [("GET", ""), ("DELETE", ""), ("POST", "/released")] { #expect(try await door.ask(method, "/v1/holds/\(mine[0])\(rest)", token: blue).status == 404) }
        let one = try await door.ask("GET", "/v1/holds/\(theirs[0])", token: blue)
        #expect(one.json["state"] as? String == "waiting" && one.json["waits_for"] as? String == "mailbox/anna@example.org" && one.json["queue_id"] as? String == "B1" && one.json["tenant"] as? String == "blue", "\(one.text)")
        try await door.stop()
    }

    /// A mail server's name is the same in whatever case it asks with it.
    @Test func aServerInOtherCase() async throws {
        let door = try await TestDoor(), token = try await door.token(.holds)
        _ = try await Self.hold(door, 2, server: "Mx.Example.ORG")
        #expect(HoldAgent(tenant: nil, server: "mx.EXAMPLE.org").server == "mx.example.org")
        #expect(ids(try await door.ask("GET", "/v1/holds?server_name=MX.example.org", token: token)).count == 2)
        try await door.stop()
    }

    @Test func wrongQuestions() async throws {
        let door = try await TestDoor(), token = try await door.token(.holds), limits = try await door.token(.limits)
        for (target, parameter) in [("/v1/holds/due", "server_name"), ("/v1/holds/due?server_name=", "server_name"), ("/v1/holds/due?server_name=a&server_name=b", "server_name"), ("/v1/holds/due?server_name=a&wait=61", "wait"), ("/v1/holds/due?server_name=a&wait=-1", "wait"),
                                    ("/v1/holds/due?server_name=a&limit=0", "limit"), ("/v1/holds/due?server_name=a&x=1", "x"), ("/v1/holds?state=gone", "state"), ("/v1/holds?cursor=x", "cursor"), ("/v1/holds?cursor=0", "cursor"), ("/v1/holds?sender=%00", "sender"), ("/v1/holds?tenant=", "tenant")] {
            let answer = try await door.ask("GET", target, token: token)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(target): \(answer.text)")
        }
        #expect(try await door.ask("GET", "/v1/holds/due?server_name=a", token: limits).status == 403)
        // A HEAD would hand messages to nobody.
        let head = try await door.ask("HEAD", "/v1/holds/due?server_name=a", token: token)
        #expect(head.status == 405 && head.header["allow"] == "GET", "\(head.header)")
        #expect(try await door.ask("GET", "/v1/holds/01a00000-0000-7000-8000-000000000000", token: token).status == 404)
        try await door.stop()
    }

    /// Who waits for something to go is told when it goes, and keeps nobody from ending the service.
    @Test func whoWaitsIsTold() async throws {
        let door = try await TestDoor(), token = try await door.token(.holds)
        #expect(ids(try await door.ask("GET", "/v1/holds/due?server_name=mx", token: token)).isEmpty)
        let waiting = try await Self.hold(door, 1)
        async let told = door.ask("GET", "/v1/holds/due?server_name=mx&wait=60", token: token)
        // Its limit is forgotten, and it is put in order anew: it goes now.
        #expect(try await door.sending.reset(TenantSubject(tenant: "default", try LimitSubject(.mailbox, "anna@example.org")), by: .now + .seconds(60)))
        let line = try await door.allowances.line(of: "default", by: .now + .seconds(60))
        try await door.allowances.order("default", HoldOrder(moves: line.holds.map { .init(id: $0.id, releaseAt: Timestamp(milliseconds: line.now), blocker: $0.blocker) }, tails: [:], begins: HoldTurns(), changes: [:], took: 1), by: .now + .seconds(60))
        #expect(ids(try await told) == waiting)
        let again = try await door.ask("GET", "/v1/holds/\(waiting[0])", token: token)
        #expect(again.json["state"] as? String == "granted" && again.json["granted_at"] is String, "\(again.text)")
        for _ in 0..<2 { #expect(try await door.ask("POST", "/v1/holds/\(waiting[0])/released", token: token).json["outcome"] as? String == "released") }
        async let late = door.ask("GET", "/v1/holds/due?server_name=mx&wait=60", token: token)
        try await eventually("it is asked") { try await door.ask("GET", "/metrics", token: door.token(.metrics)).text.contains(#"route="GET /v1/holds/due""#) }
        try await door.stop()
        _ = try? await late
    }

    /// Who went away while he waited has nothing in hand.
    @Test func whoWentAwayGetsNothing() async throws {
        let door = try await TestDoor(), token = try await door.token(.holds), metrics = try await door.token(.metrics), port = door.port
        let waiting = try await Self.hold(door, 1)
        try await blocking {
            let gone = try RawConnection(port: port)
            try gone.send(TestDoor.request("GET", "/v1/holds/due?server_name=mx&wait=60", token: token))
        }
        try await eventually("its question ended") { try await door.ask("GET", "/metrics", token: metrics).text.contains(#"route="GET /v1/holds/due""#) }
        let line = try await door.allowances.line(of: "default", by: .now + .seconds(60))
        try await door.allowances.order("default", HoldOrder(moves: line.holds.map { .init(id: $0.id, releaseAt: Timestamp(milliseconds: line.now), blocker: $0.blocker) }, tails: [:], begins: HoldTurns(), changes: [:], took: 1), by: .now + .seconds(60))
        #expect(try await door.sending.reset(TenantSubject(tenant: "default", try LimitSubject(.mailbox, "anna@example.org")), by: .now + .seconds(60)))
        #expect(ids(try await door.ask("GET", "/v1/holds/due?server_name=mx", token: token)) == waiting)
        try await door.stop()
    }
}
