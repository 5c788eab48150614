import API
import BlockLists
import DNS
import Foundation
import Testing
import TestStores
import TestSupport
import Verdicts

/// What is asked, and what is answered.
@Suite(.longWork) struct RequestTests {
    /// RFC 9110 §5.6.7, §6.6.1.
    @Test func everyAnswerHasItsDate() async throws {
        let door = try await TestDoor()
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let before = Date(timeIntervalSinceNow: -1), answer = try await door.ask("GET", "/healthz")
        let text = try #require(answer.header["date"]), date = try #require(format.date(from: text))
        #expect(date >= before && date <= Date())
        #expect(format.string(from: date) == text)
        try await door.stop()
    }

    @Test(arguments: WrongRequest.all)
    func refused(_ wrong: WrongRequest) async throws {
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
        let target = "/v1/verdicts?client_ip=IPv6:2001:db8::1&client_port=2525&helo=mx.example.org&mail_from=%3Cuser+tag@example.org%3E&rcpt=b@example.net&rcpt=Z%C3%BC@example.net&tls_version=TLSv1.3&rcpt=&queue_id=4F2&auth_user="
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

    @Test(arguments: [("&mail_from=", Optional("")), ("&mail_from=%3C%3E", ""), ("", nil)])
    func nullReversePath(_ parameter: String, _ sender: String?) async throws {
        let door = try await TestDoor()
        let answer = try await door.ask("POST", "/v1/verdicts?client_ip=192.0.2.1\(parameter)", token: try await door.token(.judge), type: raw, body: message)
        #expect(answer.status == 200)
        #expect(door.judge.submissions.map(\.envelope.mailFrom) == [sender])
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
        let body = WrongRequest.form([("message", raw, "From: x\r\n\r\n--b0x\r\n"), ("envelope", "application/json; charset=utf-8", envelope)])
        let answer = try await door.ask("POST", "/v1/verdicts", token: token, type: "multipart/form-data; boundary=\"b0\"", body: body)
        #expect(answer.status == 200, "\(answer.text)")
        let seen = try #require(door.judge.submissions.first)
        #expect(seen.octets == Array("From: x\r\n\r\n--b0x\r\n".utf8))
        #expect(seen.envelope.recipients == ["a@example.org", "b@example.org"])
        #expect(seen.envelope.mailFrom == "")
        #expect(seen.envelope.clientPort == 25)
        #expect(seen.envelope.direction == .outbound)
        let one = WrongRequest.form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","client_port":"25","rcpt":"a@example.org"}"#), ("message", "application/octet-stream", "x")])
        #expect(try await door.ask("POST", "/v1/verdicts", token: token, type: WrongRequest.formType, body: one).status == 200)
        #expect(door.judge.submissions.last?.envelope.recipients == ["a@example.org"])
        try await door.stop()
    }

    @Test(arguments: [(JudgeTrouble.full(retryAfter: 7), 503, "busy", Optional("7")), (.store(.unavailable("x")), 503, "database", "5"), (.store(.busy("x")), 503, "database-busy", "5"),
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

    /// While the database is away every request finds that out, and the log tells of it once.
    @Test func theDatabaseThatIsAwayIsToldOnce() async throws {
        let door = try await TestDoor()
        door.tokens.isDown = true
        for number in 0..<5 { #expect(try await door.ask("GET", "/v1/verdicts", token: "ptn_000000000000000\(number)_x").status == 503) }
        #expect(door.log.all == ["warning the database cannot be reached"])
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

    /// What all tenants share is neither shown to one of them nor changed by one.
    @Test func whatIsOfTheWholeNodeIsForNoTenant() async throws {
        let door = try await TestDoor()
        let blue = try await door.token(.metrics, .lists, tenant: "blue"), blueAdmin = try await door.token(.admin, tenant: "blue")
        let everyone = try await door.token(.metrics, .lists), admin = try await door.token(.admin)
        for path in ["/metrics", "/v1/blocklists"] {
            for token in [blue, blueAdmin] {
                let answer = try await door.ask("GET", path, token: token)
                #expect(answer.status == 403 && answer.json["type"] as? String == "urn:postern:problem:tenant", "\(path): \(answer.text)")
                #expect(!answer.text.contains("postern_test_total") && !answer.text.contains("zones"))
            }
            #expect(try await door.ask("GET", path, token: everyone).status == 200)
        }
        func post(_ path: String, _ token: String, _ json: String) async throws -> RawAnswer { try await door.ask("POST", path, token: token, type: "application/json", body: Array(json.utf8)) }
        for (token, tenant) in [(blueAdmin, ""), (blueAdmin, #","tenant":"blue""#), (admin, #","tenant":"blue""#)] {
            let refused = try await post("/v1/tokens", token, #"{"name":"x","scopes":["judge","metrics"]\#(tenant)}"#)
            #expect(refused.status == 400 && refused.json["parameter"] as? String == "scopes", "\(refused.text)")
        }
        #expect(try await post("/v1/tokens", admin, #"{"name":"x","scopes":["judge","metrics"]}"#).status == 201)
        // Everyone's entry of the local list.
        let entry = #"{"effect":"block","subject":"192.0.2.0/24","reason":"spam"}"#
        let shared = try #require(try await post("/v1/local-list", everyone, entry).json["id"] as? String)
        for token in [blue, blueAdmin] {
            #expect(try await door.ask("GET", "/v1/local-list", token: token).text == #"{"items":[]}"#)
            #expect(try await door.ask("DELETE", "/v1/local-list/\(shared)", token: token).status == 404)
        }
        let own = try await post("/v1/local-list", blue, entry)
        #expect(own.status == 201 && own.json["tenant"] as? String == "blue" && own.json["id"] as? String != shared)
        #expect(try await post("/v1/local-list", blue, #"{"effect":"block","subject":"192.0.2.1","reason":"x","tenant":null}"#).json["tenant"] as? String == "blue")
        #expect(try await post("/v1/local-list", blue, #"{"effect":"block","subject":"192.0.2.1","reason":"x","tenant":"red"}"#).status == 403)
        for (effect, subject) in [("own", "192.0.2.1"), ("seal", "a@example.org")] {
            let refused = try await post("/v1/local-list", blue, #"{"effect":"\#(effect)","subject":"\#(subject)","reason":"x"}"#)
            #expect(refused.status == 400 && refused.json["parameter"] as? String == "subject", "\(refused.text)")
        }
        #expect(try await post("/v1/local-list", blue, #"{"effect":"own","subject":".example.org","reason":"x"}"#).status == 201)
        #expect(try await door.localList.list(tenant: nil).count { $0.tenant == nil } == 1, "everyone's entry is as it was")
        try await door.stop()
    }

    /// A tenant's token fills neither the lists nor the tokens of the node.
    @Test func whatATenantAddsIsLimited() async throws {
        let door = try await TestDoor(), blue = try await door.token(.admin, tenant: "blue"), red = try await door.token(.admin, tenant: "red"), admin = try await door.token(.admin)
        func post(_ path: String, _ token: String, _ json: String) async throws -> RawAnswer { try await door.ask("POST", path, token: token, type: "application/json", body: Array(json.utf8)) }
        for (path, limit, has, json) in [("/v1/tokens", TestDoor.tenantLimits.tokens, 1, { (_: Int, more: String) in #"{"name":"x","scopes":["judge"]\#(more)}"# }),
                                         ("/v1/local-list", TestDoor.tenantLimits.localEntries, 0, { number, more in #"{"effect":"block","subject":"192.0.2.\#(number)","reason":"x"\#(more)}"# })] {
            for number in has..<limit { #expect(try await post(path, blue, json(number, "")).status == 201) }
            let changes = door.changes
            for token in [blue, admin] {
                let refused = try await post(path, token, json(99, #","tenant":"blue""#))
                #expect(refused.status == 409 && refused.kind == "tenant-limit" && refused.json["limit"] as? Int == limit, "\(path): \(refused.text)")
                #expect((refused.json["detail"] as? String)?.contains("\(limit) ") == true)
            }
            #expect(door.changes == changes)
            #expect(try await post(path, red, json(1, "")).status == 201)
            for number in 0...limit { #expect(try await post(path, admin, json(number, "")).status == 201, "the operator's") }
            let items = try await door.ask("GET", path, token: blue).json["items"] as? [[String: Any]]
            let last = try #require(items?.last?["id"] as? String)
            #expect(try await door.ask("DELETE", "\(path)/\(last)", token: admin).status == 204)
            #expect(try await post(path, admin, json(98, #","tenant":"blue""#)).status == 201)
        }
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

    @Test func historyFindsDomainsInEitherForm() async throws {
        let door = try await TestDoor()
        let token = try await door.token(.history)
        for (number, domain) in ["почта.рф", "xn--80a1acny.xn--p1ai"].enumerated() {
            var record = VerdictRecord.sample(at: Timestamp(microseconds: 1_795_428_000_000_000), queueID: "L\(number)", digest: UInt8(number))
            record.mailFrom = HistoryPath("anna@\(domain)")
            record.recipients = [HistoryPath("boris@\(domain)")]
            _ = try await door.verdicts.append(record)
        }
        for domain in ["%D0%BF%D0%BE%D1%87%D1%82%D0%B0.%D1%80%D1%84", "XN--80A1ACNY.xn--p1ai"] {
            for query in ["domain=\(domain)", "recipient=Boris@\(domain)", "sender=Anna@\(domain)"] {
                let found = try await door.ask("GET", "/v1/verdicts?\(query)", token: token)
                let items = found.json["items"] as? [[String: Any]] ?? []
                #expect(items.count == 2 && items.allSatisfy { $0["mail_from"] as? String == "anna@xn--80a1acny.xn--p1ai" }, "\(query): \(found.text)")
            }
        }
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
