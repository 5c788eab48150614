import API
import Foundation
import Testing
import TestStores
import TestSupport
import Verdicts

/// What is asked, and what is answered.
@Suite struct RequestTests {
    struct Wrong: Sendable, CustomTestStringConvertible {
        var name: String
        var method = "POST"
        var target = judged
        var scope: Scope? = .judge
        var type: String? = raw
        var body: [UInt8]? = message
        var fields: [String] = []
        var status: Int
        var kind: String
        var parameter: String? = nil
        var testDescription: String { name }
    }

    static func form(_ parts: [(String, String, String)], boundary: String = "b0") -> [UInt8] {
        Array(parts.map { "--\(boundary)\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\nContent-Type: \($0.1)\r\n\r\n\($0.2)\r\n" }.joined().utf8) + Array("--\(boundary)--\r\n".utf8)
    }

    static let formType = "multipart/form-data; boundary=b0"
    static let longest = "%61" + String(repeating: "a", count: 1024)

    @Test(arguments: [
        Wrong(name: "no such path", target: "/v1/verdict", status: 404, kind: "not-found"),
        Wrong(name: "no such path, no token", target: "/", scope: nil, status: 404, kind: "not-found"),
        Wrong(name: "wrong method", method: "PUT", status: 405, kind: "method"),
        Wrong(name: "wrong method before token", method: "DELETE", scope: nil, status: 405, kind: "method"),
        Wrong(name: "no token", scope: nil, status: 401, kind: "unauthorized"),
        Wrong(name: "no token, nothing else right either", target: "/v1/verdicts?x=1", scope: nil, type: "text/plain", status: 401, kind: "unauthorized"),
        Wrong(name: "not a token", scope: nil, fields: ["Authorization: Bearer nonsense"], status: 401, kind: "unauthorized"),
        Wrong(name: "unknown token", scope: nil, fields: ["Authorization: Bearer ptn_0123456789abcdef_\(String(repeating: "0", count: 64))"], status: 401, kind: "unauthorized"),
        Wrong(name: "another scheme", scope: nil, fields: ["Authorization: Basic Zm9vOmJhcg=="], status: 401, kind: "unauthorized"),
        Wrong(name: "wrong scope", scope: .history, status: 403, kind: "scope"),
        Wrong(name: "no media type", type: nil, status: 415, kind: "media-type", parameter: "Content-Type"),
        Wrong(name: "what curl says by itself", type: "application/x-www-form-urlencoded", status: 415, kind: "media-type", parameter: "Content-Type"),
        Wrong(name: "text", type: "text/plain", status: 415, kind: "media-type", parameter: "Content-Type"),
        Wrong(name: "compressed", fields: ["Content-Encoding: gzip"], status: 415, kind: "content-encoding", parameter: "Content-Encoding"),
        Wrong(name: "declared too long", body: nil, fields: ["Content-Length: 60000000"], status: 413, kind: "too-large"),
        Wrong(name: "no body", body: nil, status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "empty body", body: [], status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "empty chunked body", body: nil, fields: ["Transfer-Encoding: chunked\r\n\r\n0"], status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "no client", target: "/v1/verdicts?rcpt=a@example.org", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        Wrong(name: "no envelope at all", target: "/v1/verdicts", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        Wrong(name: "client is no address", target: "/v1/verdicts?client_ip=mx.example.org", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        Wrong(name: "client twice", target: judged + "&client_ip=192.0.2.2", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        Wrong(name: "port too high", target: judged + "&client_port=65536", status: 400, kind: "invalid-parameter", parameter: "client_port"),
        Wrong(name: "port is no number", target: judged + "&client_port=smtp", status: 400, kind: "invalid-parameter", parameter: "client_port"),
        Wrong(name: "unknown parameter", target: judged + "&sender=x", status: 400, kind: "invalid-parameter", parameter: "sender"),
        Wrong(name: "tenant is not the caller's to choose", target: judged + "&tenant=x", status: 400, kind: "invalid-parameter", parameter: "tenant"),
        Wrong(name: "direction", target: judged + "&direction=up", status: 400, kind: "invalid-parameter", parameter: "direction"),
        Wrong(name: "sender is no address", target: "/v1/verdicts?client_ip=192.0.2.1&mail_from=a%20b", status: 400, kind: "invalid-parameter", parameter: "mail_from"),
        Wrong(name: "recipient is the null path", target: judged + "&rcpt=%3C%3E", status: 400, kind: "invalid-parameter", parameter: "rcpt"),
        Wrong(name: "NUL", target: judged + "&queue_id=a%00b", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "line end", target: judged + "&queue_id=a%0D%0Ab", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "no UTF-8", target: judged + "&queue_id=%FF", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "overlong UTF-8", target: judged + "&queue_id=%C0%AF", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "half an encoding", target: judged + "&queue_id=%F", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "no encoding", target: judged + "&queue_id=%GG", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "long value", target: judged + "&queue_id=" + longest, status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "many parameters", target: judged + String(repeating: "&x", count: 1000), status: 400, kind: "invalid-parameter", parameter: "?"),
        Wrong(name: "form without boundary", type: "multipart/form-data", status: 400, kind: "invalid-form", parameter: "Content-Type"),
        Wrong(name: "form with query", type: formType, body: form([("envelope", "application/json", "{}"), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        Wrong(name: "form that is none", target: "/v1/verdicts", type: formType, status: 400, kind: "invalid-form"),
        Wrong(name: "form without envelope", target: "/v1/verdicts", type: formType, body: form([("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        Wrong(name: "form without message", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "{}")]), status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "form with two messages", target: "/v1/verdicts", type: formType, body: form([("message", raw, "x"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "form with another part", target: "/v1/verdicts", type: formType, body: form([("mail", raw, "x")]), status: 400, kind: "invalid-body", parameter: "mail"),
        Wrong(name: "form with an empty message", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1"}"#), ("message", raw, "")]), status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "message of the wrong type", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "{}"), ("message", "image/png", "x")]), status: 400, kind: "invalid-body", parameter: "message"),
        Wrong(name: "envelope of the wrong type", target: "/v1/verdicts", type: formType, body: form([("envelope", "text/plain", "{}"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        Wrong(name: "envelope is no JSON", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "{client_ip}"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        Wrong(name: "envelope is a list", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "[]"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        Wrong(name: "unknown member", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","colour":"red"}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "colour"),
        Wrong(name: "number for a text", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","queue_id":7}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        Wrong(name: "number for recipients", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","rcpt":[1]}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "rcpt"),
        Wrong(name: "port beyond", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","client_port":70000}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "client_port"),
        Wrong(name: "verdict that is no id", method: "GET", target: "/v1/verdicts/x", scope: .history, body: nil, status: 404, kind: "not-found"),
        Wrong(name: "verdict there is not", method: "GET", target: "/v1/verdicts/019ab1c2-3d4e-7f50-8a1b-2c3d4e5f6071", scope: .history, body: nil, status: 404, kind: "not-found"),
        Wrong(name: "verdict with a parameter", method: "GET", target: "/v1/verdicts/019ab1c2-3d4e-7f50-8a1b-2c3d4e5f6071?x=1", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "x"),
        Wrong(name: "unknown filter", method: "GET", target: "/v1/verdicts?colour=red", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "colour"),
        Wrong(name: "filter twice", method: "GET", target: "/v1/verdicts?code=a&code=b", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "code"),
        Wrong(name: "time", method: "GET", target: "/v1/verdicts?since=yesterday", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "since"),
        Wrong(name: "times in the wrong order", method: "GET", target: "/v1/verdicts?since=2026-11-23&until=2026-11-22", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "until"),
        Wrong(name: "action", method: "GET", target: "/v1/verdicts?action=drop", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "action"),
        Wrong(name: "network", method: "GET", target: "/v1/verdicts?client_ip=192.0.2.0/33", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        Wrong(name: "cursor", method: "GET", target: "/v1/verdicts?cursor=abc", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "cursor"),
        Wrong(name: "limit 0", method: "GET", target: "/v1/verdicts?limit=0", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "limit"),
        Wrong(name: "limit 1001", method: "GET", target: "/v1/verdicts?limit=1001", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "limit"),
        Wrong(name: "bucket", method: "GET", target: "/v1/verdicts/summary?bucket=5", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        Wrong(name: "bucket too short", method: "GET", target: "/v1/verdicts/summary?bucket=30s", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        Wrong(name: "bucket too long", method: "GET", target: "/v1/verdicts/summary?bucket=32d", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        Wrong(name: "bucket on the wrong route", method: "GET", target: "/v1/verdicts?bucket=1h", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        Wrong(name: "token without a name", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"scopes":["judge"]}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "name"),
        Wrong(name: "token with a scope there is not", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"name":"x","scopes":["root"]}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "scopes"),
        Wrong(name: "token with another member", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"name":"x","scopes":["judge"],"id":"1"}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "id"),
        Wrong(name: "token that is over", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"name":"x","scopes":["judge"],"expires_at":"2020-01-01T00:00:00Z"}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "expires_at"),
        Wrong(name: "token in another form", target: "/v1/tokens", scope: .admin, type: "text/plain", body: Array("{}".utf8), status: 415, kind: "media-type", parameter: "Content-Type"),
        Wrong(name: "token there is not", method: "DELETE", target: "/v1/tokens/0123456789abcdef", scope: .admin, body: nil, status: 404, kind: "not-found"),
        Wrong(name: "entry about nothing", target: "/v1/local-list", scope: .lists, type: "application/json", body: Array(#"{"effect":"block","subject":"a b","reason":""}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "subject"),
        Wrong(name: "entry without reason", target: "/v1/local-list", scope: .lists, type: "application/json", body: Array(#"{"effect":"block","subject":"example.org"}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "reason"),
        Wrong(name: "entry that is a list", target: "/v1/local-list", scope: .lists, type: "application/json", body: Array("[]".utf8), status: 400, kind: "invalid-body"),
        Wrong(name: "entry there is not", method: "DELETE", target: "/v1/local-list/x", scope: .lists, body: nil, status: 404, kind: "not-found"),
    ])
    func refused(_ wrong: Wrong) async throws {
        let door = try await TestDoor()
        var token: String? = nil
        if let scope = wrong.scope { token = try await door.token(scope) }
        let answer = try await door.ask(wrong.method, wrong.target, token: token, type: wrong.type, body: wrong.body, fields: wrong.fields)
        #expect(answer.status == wrong.status)
        #expect(answer.isProblem)
        #expect(answer.kind == wrong.kind)
        #expect(answer.json["parameter"] as? String == wrong.parameter || wrong.status == 403)
        switch wrong.status {
        case 401: #expect(answer.header["www-authenticate"]?.hasPrefix("Bearer") == true)
        case 405: #expect(answer.header["allow"] == "POST, GET, HEAD")
        case 415 where wrong.kind == "media-type": #expect(answer.header["accept-post"] != nil)
        case 413: #expect(answer.json["limit"] as? Int == 50 << 20)
        default: break
        }
        #expect(door.judge.submissions.isEmpty)
        try await door.stop()
    }

    @Test(arguments: ["message/rfc822", "Message/RFC822; charset=x", "application/octet-stream", "message/global"])
    func rawMessages(_ type: String) async throws {
        let door = try await TestDoor()
        let token = try await door.token(.judge)
        let target = "/v1/verdicts?client_ip=IPv6:2001:db8::1&client_port=2525&helo=mx.example.org&mail_from=%3Cuser+tag@example.org%3E&rcpt=b@example.net&rcpt=Z%C3%BC@example.net&tls_version=TLSv1.3&queue_id=4F2&auth_user="
        var body = message
        body += [0, 0xff, 0x0a]
        let answer = try await door.ask("POST", target, token: token, type: type, body: body)
        #expect(answer.status == 200)
        #expect(answer.header["content-type"] == "application/json")
        #expect(answer.json["action"] as? String == "tag")
        let seen = try #require(door.judge.submissions.first)
        #expect(seen.octets == body)
        #expect(seen.envelope.clientIP.description == "2001:db8::1")
        #expect(seen.envelope.clientPort == 2525)
        #expect(seen.envelope.mailFrom == "user+tag@example.org")
        #expect(seen.envelope.recipients == ["b@example.net", "Zü@example.net"])
        #expect(seen.envelope.authUser == nil)
        #expect(seen.envelope.direction == .inbound)
        #expect(seen.envelope.tenant == "default")
        try await door.stop()
    }

    @Test func chunkedMessage() async throws {
        let door = try await TestDoor()
        let token = try await door.token(.judge, tenant: "blue")
        let port = door.port
        let answer = try await blocking {
            let connection = try RawConnection(port: port)
            try connection.send(TestDoor.request("POST", judged, token: token, type: raw, fields: ["Transfer-Encoding: chunked"]) + Array("5\r\nFrom:\r\n4;x=y\r\n a@b\r\n0\r\nTrailer: x\r\n\r\n".utf8))
            return try connection.answer()
        }
        #expect(answer.status == 200)
        #expect(door.judge.submissions.map(\.octets) == [Array("From: a@b".utf8)])
        #expect(door.judge.submissions.first?.envelope.tenant == "blue")
        try await door.stop()
    }

    @Test func form() async throws {
        let door = try await TestDoor()
        let token = try await door.token(.judge)
        let envelope = #"{"client_ip":"192.0.2.1","client_port":25,"mail_from":"","rcpt":["a@example.org","b@example.org"],"helo":null,"direction":"outbound"}"#
        let body = Self.form([("message", raw, "From: x\r\n\r\n--b0x\r\n"), ("envelope", "application/json; charset=utf-8", envelope)])
        let answer = try await door.ask("POST", "/v1/verdicts", token: token, type: "multipart/form-data; boundary=\"b0\"", body: body)
        #expect(answer.status == 200)
        let seen = try #require(door.judge.submissions.first)
        #expect(seen.octets == Array("From: x\r\n\r\n--b0x\r\n".utf8))
        #expect(seen.envelope.recipients == ["a@example.org", "b@example.org"])
        #expect(seen.envelope.mailFrom == "")
        #expect(seen.envelope.clientPort == 25)
        #expect(seen.envelope.direction == .outbound)
        let one = Self.form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","client_port":"25","rcpt":"a@example.org"}"#), ("message", "application/octet-stream", "x")])
        #expect(try await door.ask("POST", "/v1/verdicts", token: token, type: Self.formType, body: one).status == 200)
        #expect(door.judge.submissions.last?.envelope.recipients == ["a@example.org"])
        try await door.stop()
    }

    @Test(arguments: [(JudgeTrouble.full(retryAfter: 7), 503, "busy", "7"), (.store(.unavailable("x")), 503, "database", "5"), (.store(.busy("x")), 503, "database-busy", "5"),
                      (.store(.timeout), 503, "database-slow", "5"), (.store(.refused("secret")), 500, "database-refused", nil)])
    func noVerdict(_ trouble: JudgeTrouble, _ status: Int, _ kind: String, _ retryAfter: String?) async throws {
        let door = try await TestDoor()
        door.judge.fails = trouble
        let answer = try await door.ask("POST", judged, token: try await door.token(.judge), type: raw, body: message)
        #expect(answer.status == status)
        #expect(answer.isProblem)
        #expect(answer.kind == kind)
        #expect(answer.header["retry-after"] == retryAfter)
        #expect(!answer.text.contains("secret"))
        try await door.stop()
    }

    @Test func aTokenIsLookedUpOnceAndForgottenWhenRemoved() async throws {
        let door = try await TestDoor()
        let token = try await door.token(.judge), admin = try await door.token(.admin)
        for _ in 0..<5 { #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200) }
        #expect(door.tokens.asked == 1)
        // Known tokens work while the database is away; unknown ones cannot be told from wrong ones, so that it is 503 and not 401.
        door.tokens.isDown = true
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 200)
        let unknown = try await door.ask("POST", judged, token: "ptn_0123456789abcdef_x", type: raw, body: message)
        #expect(unknown.status == 503)
        #expect(unknown.header["retry-after"] != nil)
        door.tokens.isDown = false
        var wrong = token
        wrong.removeLast()
        #expect(try await door.ask("POST", judged, token: wrong, type: raw, body: message).status == 401)
        #expect(try await door.ask("POST", judged, token: try await door.token(.judge, expires: Timestamp(microseconds: 5)), type: raw, body: message).status == 401)
        #expect(try await door.ask("DELETE", "/v1/tokens/\(token.dropFirst(4).prefix(16))", token: admin).status == 204)
        #expect(try await door.ask("POST", judged, token: token, type: raw, body: message).status == 401)
        try await door.stop()
    }

    @Test func tokensAreMadeAndKeptWithinATenant() async throws {
        let door = try await TestDoor()
        let admin = try await door.token(.admin), blue = try await door.token(.admin, tenant: "blue")
        func make(_ token: String, _ json: String) async throws -> RawAnswer { try await door.ask("POST", "/v1/tokens", token: token, type: "application/json", body: Array(json.utf8)) }
        let made = try await make(blue, #"{"name":"mx1","scopes":["judge","history"],"expires_at":"2099-01-01T00:00:00Z"}"#)
        #expect(made.status == 201)
        #expect(made.json["tenant"] as? String == "blue")
        let text = try #require(made.json["token"] as? String), id = try #require(made.json["id"] as? String)
        #expect(try await door.ask("POST", judged, token: text, type: raw, body: message).status == 200)
        #expect(door.judge.submissions.last?.envelope.tenant == "blue")
        #expect(try await make(blue, #"{"name":"x","scopes":["judge"],"tenant":"red"}"#).status == 403)
        #expect(try await make(admin, #"{"name":"x","scopes":["judge"],"tenant":"red"}"#).json["tenant"] as? String == "red")
        let listed = try await door.ask("GET", "/v1/tokens", token: blue)
        #expect((listed.json["items"] as? [[String: Any]])?.count == 2)
        #expect(!listed.text.contains(text) && !listed.text.contains("digest"))
        let red = try await door.token(.admin, tenant: "red")
        #expect(try await door.ask("DELETE", "/v1/tokens/\(id)", token: red).status == 404)
        #expect(try await door.ask("DELETE", "/v1/tokens/\(id)", token: blue).status == 204)
        try await door.stop()
    }

    @Test func historyByPagesAndTenants() async throws {
        let door = try await TestDoor()
        let start = Timestamp("2026-11-23T10:00:00Z") ?? Timestamp(microseconds: 0)
        for number in 0..<5 { _ = try await door.verdicts.append(.sample(tenant: number == 4 ? "blue" : "default", at: start.adding(seconds: number * 600), queueID: "q\(number)", digest: UInt8(number), action: number == 1 ? .reject : .accept)) }
        let all = try await door.token(.history), blue = try await door.token(.history, tenant: "blue")
        var ids: [String] = [], cursor: String? = nil, pages = 0
        repeat {
            let page = try await door.ask("GET", "/v1/verdicts?limit=2\(cursor.map { "&cursor=\($0)" } ?? "")", token: all)
            #expect(page.status == 200)
            ids += (page.json["items"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            cursor = page.json["next_cursor"] as? String
            pages += 1
        } while cursor != nil && pages < 10
        #expect(ids.count == 5 && Set(ids).count == 5 && ids == ids.sorted(by: >))
        #expect(pages == 3)
        let rejected = try await door.ask("GET", "/v1/verdicts?action=reject&client_ip=192.0.2.0/24&sender=Bob@example.org&domain=Shop.Example&code=spf.pass", token: all)
        #expect((rejected.json["items"] as? [Any])?.count == 1)
        #expect((try await door.ask("GET", "/v1/verdicts", token: blue).json["items"] as? [Any])?.count == 1)
        let last = try #require(ids.last)
        #expect(try await door.ask("GET", "/v1/verdicts/\(last)", token: blue).status == 404)
        let one = try await door.ask("GET", "/v1/verdicts/\(last)", token: all)
        #expect(one.status == 200)
        #expect((one.json["envelope"] as? [String: Any])?["helo"] as? String == "mx.example.org")
        #expect((one.json["timing_ms"] as? [String: Any])?["total"] as? Double == 4.75)
        let head = try await door.ask("HEAD", "/v1/verdicts/\(last)", token: all)
        #expect(head.status == 200 && head.header["content-length"] == String(one.body.count))
        let summary = try await door.ask("GET", "/v1/verdicts/summary?bucket=30m&since=2026-11-23", token: all)
        #expect((summary.json["items"] as? [[String: Any]])?.compactMap { $0["count"] as? Int } == [3, 2])
        try await door.stop()
    }

    @Test func localListAndState() async throws {
        let door = try await TestDoor()
        let lists = try await door.token(.lists), metrics = try await door.token(.metrics), admin = try await door.token(.admin)
        let made = try await door.ask("POST", "/v1/local-list", token: lists, type: "application/json", body: Array(#"{"effect":"block","subject":"192.0.2.0/24","reason":"spam"}"#.utf8))
        #expect(made.status == 201)
        #expect(made.json["subject"] as? String == "192.0.2.0/24")
        #expect(door.changes == 1)
        let id = try #require(made.json["id"] as? String)
        #expect((try await door.ask("GET", "/v1/local-list", token: lists).json["items"] as? [Any])?.count == 1)
        #expect(try await door.ask("DELETE", "/v1/local-list/\(id)", token: lists).status == 204)
        #expect(door.changes == 2)
        #expect(try await door.ask("GET", "/v1/blocklists", token: lists).text == #"{"zones":[]}"#)
        #expect(try await door.ask("GET", "/healthz").status == 200)
        #expect(try await door.ask("GET", "/readyz").json["ready"] as? Bool == true)
        door.set(Readiness([.init("database", .failed, reason: "it is starting")]))
        let notReady = try await door.ask("GET", "/readyz")
        #expect(notReady.status == 503)
        #expect(notReady.json["ready"] as? Bool == false)
        for open in ["/metrics", "/openapi.yaml", "/v1/blocklists"] { #expect(try await door.ask("GET", open).status == 401) }
        let text = try await door.ask("GET", "/metrics", token: metrics).text
        #expect(text.contains(#"postern_test_total{name="a\"b\\c\nd"} 2"#))
        #expect(text.contains(##"# HELP postern_test_total A test's "own"\nmetric."##))
        #expect(text.contains(#"postern_http_requests_total{route="GET /healthz",status="200"} 1"#))
        #expect(try await door.ask("GET", "/openapi.yaml", token: metrics).body == TestDoor.contract)
        #expect(try await door.ask("GET", "/metrics", token: admin).status == 200)
        try await door.stop()
    }
}
