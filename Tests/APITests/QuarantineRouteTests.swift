import API
import Foundation
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct QuarantineRouteTests {
    private static let content = Array("""
        From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r
        To: b@example.net\r
        Subject: x\r
        MIME-Version: 1.0\r
        Content-Type: multipart/mixed; boundary=b\r
        \r
        --b\r
        \r
        Hello\r
        --b\r
        Content-Type: application/zip; name="a.zip"\r
        Content-Disposition: attachment\r
        \r
        PK\r
        --b--\r

        """.utf8)

    private static let now = Timestamp(microseconds: 1_795_428_000_000_000)

    private func kept(_ door: TestDoor, tenant: String = "default", isInfected: Bool = false, at seconds: Int = 0) async throws -> String {
        let message = KeptMessage.sample(tenant: tenant, at: Self.now.adding(seconds: seconds), isInfected: isInfected)
        let desk = try #require(door.quarantine)
        #expect(try await desk.quarantine.keep(message, octets: Self.content))
        return message.id.description
    }

    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }
    private func kind(_ answer: RawAnswer) -> String? { (answer.json["type"] as? String)?.split(separator: ":").last.map(String.init) }

    @Test func listedLookedAtFetchedAndTheTrailSaysSo() async throws {
        let door = try await TestDoor(), token = try await door.token(.quarantine), id = try await kept(door)
        let other = try await kept(door, tenant: "blue", at: 1)
        let all = try await door.ask("GET", "/v1/quarantine", token: token)
        #expect(items(all).map { $0["id"] as? String } == [other, id], "\(all.text)")
        let page = try await door.ask("GET", "/v1/quarantine?limit=1", token: token)
        #expect(items(page).count == 1)
        let next = try await door.ask("GET", "/v1/quarantine?limit=1&cursor=\(page.json["next_cursor"] as? String ?? "")", token: token)
        #expect(items(next).map { $0["id"] as? String } == [id])
        let shown = try await door.ask("GET", "/v1/quarantine/\(id)", token: token)
        #expect(shown.status == 200, "\(shown.text)")
        let header = shown.json["header"] as? [[String: String]]
        #expect(header?.first == ["name": "From", "value": "Jürgen <j@example.org>"])
        let parts = shown.json["parts"] as? [[String: Any]]
        #expect(parts?.map { $0["path"] as? String } == ["1", "1.1", "1.2"])
        #expect(parts?.last?["type"] as? String == "application/zip" && parts?.last?["file_name"] as? String == "a.zip" && parts?.last?["disposition"] as? String == "attachment", "\(shown.text)")
        let fetched = try await door.ask("GET", "/v1/quarantine/\(id)/message", token: token)
        #expect(fetched.status == 200 && fetched.body == Self.content && fetched.header["content-type"] == "message/rfc822")
        let trail = try await door.ask("GET", "/v1/quarantine/\(id)/acts", token: token)
        #expect(items(trail).map { $0["act"] as? String } == ["fetched", "looked"], "\(trail.text)")
        #expect((items(trail).first?["by"] as? String)?.contains("(test)") == true)
        let usage = try await door.ask("GET", "/v1/quarantine/usage", token: token)
        #expect(usage.json["messages"] as? Int == 1 && usage.json["tenant"] as? String == "default" && (usage.json["octets"] as? Int ?? 0) > 100, "\(usage.text)")
        #expect(try await door.ask("GET", "/v1/quarantine/usage?tenant=blue", token: token).json["messages"] as? Int == 1)
        try await door.stop()
    }

    @Test func releasedDeletedAndAgain() async throws {
        let door = try await TestDoor(), token = try await door.token(.quarantine), id = try await kept(door), doomed = try await kept(door, at: 1), json = "application/json"
        let released = try await door.ask("POST", "/v1/quarantine/\(id)/release", token: token, type: json, body: Array(#"{"reason":"asked for"}"#.utf8))
        #expect(released.status == 200, "\(released.text)")
        #expect((released.json["message"] as? [String: Any])?["state"] as? String == "released")
        #expect((released.json["deliveries"] as? [[String: Any]])?.first?["outcome"] as? String == "accepted")
        #expect(door.relay.taken.allSatisfy { $0.octets == Self.content } && !door.relay.taken.isEmpty)
        let second = try await door.ask("POST", "/v1/quarantine/\(id)/release", token: token)
        #expect(second.status == 409 && kind(second) == "state", "\(second.text)")
        let before = door.relay.taken.count
        let again = try await door.ask("POST", "/v1/quarantine/\(id)/release", token: token, type: json, body: Array(#"{"again":true,"recipients":["x@example.net"]}"#.utf8))
        #expect(again.status == 200 && door.relay.taken.dropFirst(before).map(\.recipient) == ["x@example.net"])
        // What was released meanwhile is not deleted by mistake.
        #expect(kind(try await door.ask("DELETE", "/v1/quarantine/\(id)", token: token)) == "state")
        #expect(try await door.ask("DELETE", "/v1/quarantine/\(id)?state=released&reason=old", token: token).status == 204)
        #expect(try await door.ask("DELETE", "/v1/quarantine/\(doomed)", token: token).status == 204)
        let gone = try await door.ask("GET", "/v1/quarantine/\(doomed)", token: token)
        #expect(gone.json["state"] as? String == "deleted" && gone.json["header"] == nil, "\(gone.text)")
        #expect(kind(try await door.ask("GET", "/v1/quarantine/\(doomed)/message", token: token)) == "state")
        #expect(kind(try await door.ask("POST", "/v1/quarantine/\(doomed)/release", token: token)) == "state")
        let trail = try await door.ask("GET", "/v1/quarantine/\(id)/acts", token: token)
        #expect(items(trail).map { $0["act"] as? String } == ["deleted", "released", "released"] && items(trail).last?["reason"] as? String == "asked for", "\(trail.text)")
        try await door.stop()
    }

    @Test func infectedOnesLeaveWithAScopeOfTheirOwn() async throws {
        let door = try await TestDoor(), plain = try await door.token(.quarantine), bold = try await door.token(.quarantine, .infected), only = try await door.token(.infected)
        let id = try await kept(door, isInfected: true)
        #expect(try await door.ask("GET", "/v1/quarantine/\(id)", token: plain).status == 200)
        for (method, target) in [("GET", "message"), ("POST", "release")] {
            let refused = try await door.ask(method, "/v1/quarantine/\(id)/\(target)", token: plain)
            #expect(refused.status == 403 && kind(refused) == "infected", "\(refused.text)")
            #expect(kind(try await door.ask(method, "/v1/quarantine/\(id)/\(target)", token: only)) == "scope")
        }
        #expect(items(try await door.ask("GET", "/v1/quarantine/\(id)/acts", token: plain)).map { $0["act"] as? String } == ["looked"], "what was refused is not noted as done")
        #expect(try await door.ask("GET", "/v1/quarantine/\(id)/message", token: bold).body == Self.content)
        #expect(try await door.ask("POST", "/v1/quarantine/\(id)/release", token: bold).status == 200)
        #expect(kind(try await door.ask("POST", "/v1/quarantine/\(id)/release", token: plain, type: "application/json", body: Array(#"{"again":true}"#.utf8))) == "infected")
        try await door.stop()
    }

    @Test func tenantsSeeTheirOwn() async throws {
        let door = try await TestDoor(), blue = try await door.token(.quarantine, .infected, tenant: "blue"), mine = try await kept(door, tenant: "blue"), foreign = try await kept(door)
        #expect(items(try await door.ask("GET", "/v1/quarantine", token: blue)).map { $0["id"] as? String } == [mine])
        for (method, rest) in [("GET", ""), ("GET", "/message"), ("GET", "/acts"), ("DELETE", ""), ("POST", "/release")] {
            #expect(try await door.ask(method, "/v1/quarantine/\(foreign)\(rest)", token: blue).status == 404, "\(method) \(rest)")
        }
        #expect(try await door.ask("GET", "/v1/quarantine/usage?tenant=default", token: blue).status == 403)
        #expect(door.relay.taken.isEmpty)
        let desk = try #require(door.quarantine)
        #expect(try await desk.store.messages(matching: QuarantineFilter(), before: nil, limit: 10).allSatisfy { $0.state == .kept })
        try await door.stop()
    }

    @Test(arguments: [
        ("GET", "/v1/quarantine?infected=maybe", "", "infected"), ("GET", "/v1/quarantine?state=lost", "", "state"), ("GET", "/v1/quarantine?since=2026-11-02&until=2026-11-01", "", "until"),
        ("GET", "/v1/quarantine?subject=a%00b", "", "subject"), ("GET", "/v1/quarantine?subject=", "", "subject"), ("GET", "/v1/quarantine?limit=0", "", "limit"), ("GET", "/v1/quarantine?cursor=x", "", "cursor"),
        ("GET", "/v1/quarantine?client_ip=x", "", "client_ip"), ("GET", "/v1/quarantine?color=red", "", "color"), ("GET", "/v1/quarantine?code=a&code=b", "", "code"), ("GET", "/v1/quarantine/usage?tenant=a&tenant=b", "", "tenant"),
        ("DELETE", "/v1/quarantine/ID?state=x", "", "state"), ("DELETE", "/v1/quarantine/ID?reason=a%0ab", "", "reason"), ("POST", "/v1/quarantine/ID/release", #"{"recipients":[]}"#, "recipients"),
        ("POST", "/v1/quarantine/ID/release", #"{"recipients":["nobody"]}"#, "recipients"), ("POST", "/v1/quarantine/ID/release", #"{"reason":""}"#, "reason"), ("POST", "/v1/quarantine/ID/release", #"{"to":"x"}"#, "to"),
        ("POST", "/v1/quarantine/ID/release", #"{"deliver":"no"}"#, "deliver"), ("POST", "/v1/quarantine/ID/release?again=true", "", "again"),
    ])
    func whatIsWrongIsNamed(_ method: String, _ target: String, _ body: String, _ parameter: String) async throws {
        let door = try await TestDoor(), token = try await door.token(.quarantine), id = try await kept(door)
        let answer = try await door.ask(method, target.replacing("ID", with: id), token: token, type: body.isEmpty ? nil : "application/json", body: body.isEmpty ? nil : Array(body.utf8))
        #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(answer.text)")
        let desk = try #require(door.quarantine)
        #expect(try await desk.store.messages(matching: QuarantineFilter(), before: nil, limit: 10).map(\.state) == [.kept] && door.relay.taken.isEmpty)
        try await door.stop()
    }

    @Test func withoutAMasterKeyThereIsNone() async throws {
        let door = try await TestDoor(masterKey: false), token = try await door.token(.quarantine)
        let answer = try await door.ask("GET", "/v1/quarantine", token: token)
        #expect(answer.status == 503 && kind(answer) == "no-master-key", "\(answer.text)")
        try await door.stop()
    }
}
