import Limiting
import RateLimits
import API
import BlockLists
import DNS
import Foundation
import HTTPTypes
import ReverseDNS
import SPF
import Testing
import TestStores
import TestSupport
import TransportSecurity
import Verdicts

/// The contract says what the service does, and the service does what the contract says.
@Suite(.longWork) struct ContractTests {
    /// Methods and paths, by the indentation that the file keeps.
    private var promised: [String] {
        var found: [String] = [], path = "", isPaths = false
        for line in String(decoding: TestDoor.contract, as: UTF8.self).split(separator: "\n") {
            if !line.hasPrefix(" ") { isPaths = line == "paths:" }
            guard isPaths else { continue }
            if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
            if line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":") {
                let method = line.dropFirst(4).dropLast()
                if ["get", "post", "put", "patch", "delete"].contains(method) { found.append("\(method.uppercased()) \(path)") }
            }
        }
        return found.sorted()
    }

    @Test func everyRouteIsInTheContractAndTheOtherWayRound() async throws {
        let door = try await TestDoor()
        #expect(promised.count > 10)
        #expect(promised == door.door.routes.map { "\($0.method.rawValue) \($0.path)" }.sorted())
        try await door.stop()
    }

    @Test func theParametersAreThoseThatAreRead() {
        let text = String(decoding: TestDoor.contract, as: UTF8.self)
        for name in EnvelopeReader.parameters + HistoryQuery.filters + QuarantineQuery.filters { #expect(text.contains("{name: \(name), in: query"), "\(name)") }
        for scope in Scope.allCases { #expect(text.contains("`\(scope.rawValue)`")) }
    }

    private struct Exchange: Codable {
        let route: String
        let status: Int
        let type: String
        let header: [String: String]
        let body: String
    }

    /// Evidence with every member that the rooms can write.
    private var evidence: Evidence {
        var evidence = Evidence()
        let name = DomainName("mx.example.org"), address = IPAddress.v4(0xc000_0201)
        let names = [name].compactMap { $0 }
        evidence.reverseDNS = ReverseDNSEvidence(
            iprev: ReverseDNSOutcome(client: address, result: .pass, pointer: .exists, names: names, confirmed: names, helo: .same, author: .related,
                                     generic: names.first.map { GenericName(name: $0, rule: .dynamicWord) }, skipped: "x", problem: "x"),
            helo: HELOOutcome(text: "mx.example.org", form: .fqdn, resolves: .yes, leadsToClient: .no, problem: "x"))
        evidence.transport = TransportOutcome(encrypted: true, version: .tls13, cipher: "x", deprecated: false, weakness: .tripleDES,
                                              required: TLSRule(domains: .every, appliesTo: .any, minimumVersion: .tls12), satisfied: true, action: .reject, problem: "x")
        evidence.spf = SPFEvidence(helo: SPFOutcome(result: .none, identity: .helo, domain: "mx.example.org", sender: "postmaster@mx.example.org"),
                                   mailfrom: SPFOutcome(result: .fail, identity: .mailfrom, domain: "example.org", sender: "a@example.org", mechanism: "-all", mechanismDomain: "example.org", matchedNetwork: IPNetwork("0.0.0.0/0"), explanation: "x", problem: "x", lookups: 1, voidLookups: 1))
        evidence.blockLists = BlockListOutcome(
            listings: [BlockListing(zone: "zen.example", effect: .block, subject: "192.0.2.1", kind: .client, alsoAs: [.received], code: "x.y", meaning: "x", answer: .v4(0x7f00_0002))],
            unknown: [UnknownListing(zone: "zen.example", subject: "192.0.2.1", kind: .client, reason: "x", passing: true, couldBe: ["x."])],
            unrecognised: [DisregardedAnswer(zone: "zen.example", subject: "192.0.2.1", kind: .client, answer: .v4(0x7f00_0063))],
            notCounted: [DisregardedAnswer(zone: "zen.example", subject: "192.0.2.1", kind: .client, answer: .v4(0x7f00_000b))],
            local: [LocalMatch(effect: .allow, subject: "192.0.2.1", kind: .client, entry: "192.0.2.0/24", entryID: "1", reason: "x")], asked: 3, leftOut: 0)
        evidence.content = ContentEvidence(size: 5, sha256: "ab", messageID: "x@y", subject: "x", from: ["a@example.org"], parts: 1,
                                           attachments: [.init(name: "x", declaredType: "a/b", sniffedType: "c/d", size: 1, sha256: "ab")], attachmentsLeftOut: 2, linkHosts: ["x.example"], defects: [.init(code: "x", detail: "y", count: 1)], isReport: true)
        evidence.greylist = GreylistEvidence(.early, client: "network 192.0.2.0/24", wait: 60, after: 240, reason: "x")
        evidence.spam = SpamEvidence(probability: 0.5, logit: 0, familiarity: 0.5, abstained: "x", layers: [.init(layer: "domain", domain: "example.net", spam: 1, ham: 2, weight: 0.5, probability: 0.5, views: [1, 2, 3, 4, 5], bayes: 1, known: 1)],
                                     missing: 0, towardsSpam: [.init(name: "x", share: 1)], towardsHam: [.init(name: "y", share: -1)])
        return evidence
    }

    private func wholeRecord() throws -> VerdictRecord {
        let time = Timestamp("2026-11-23T10:00:00Z") ?? Timestamp(microseconds: 0)
        var record = VerdictRecord.sample(at: time, queueID: "q")
        var unknown = Finding(unknown: "spf.temperror", "x", couldBe: ["spf."], passing: true)
        unknown.dryRun = true
        let verdict = Verdict(id: record.id, action: .accept, messageClass: .legitimate, score: 1.25, thresholds: Thresholds(tag: 6, quarantine: 8, reject: 15, greylist: 4), smtp: SMTPReply(code: 250, enhanced: "2.0.0", text: "OK"),
                              findings: [Finding("iprev.pass", "x"), unknown], headers: HeaderEdits(add: [HeaderToAdd(name: "X", value: "y")], remove: [HeaderToRemove(name: "X", place: 1)]), decidedBy: "iprev.pass", quarantine: Keeping(expiresAt: time), neutralisation: Neutralisation(parts: [.init(path: "1.2", place: 2, fileName: "a", found: ["x"])], dropsStrayText: false))
        var evidence = evidence
        let limit = try RateLimit(counts: .recipients, most: 5, window: #require(LimitWindow("1h")))
        let state = RateLimitEvidence.State(try LimitSubject(.mailbox, "a@example.org"), limit, used: 5, needs: 3, retryAt: Timestamp(microseconds: 0))
        evidence.rateLimit = RateLimitEvidence(.exceeded, subjects: ["mailbox/a@example.org"], exceeded: state, near: [state], reason: "x", message: .init(language: "ru", text: "21 получатель"))
        let texts = VerdictDocument.answer(verdict: verdict, evidence: evidence, timing: [("total", 1)])
        (record.findings, record.evidence, record.decision) = (texts.findings, texts.evidence, texts.decision)
        record.envelope = Array(#"{"client_ip":"192.0.2.1","client_port":25,"client_name":"x","helo":"mx.example.org","mail_from":"","rcpt":["a@example.net"],"auth_user":"x","tls_version":"TLSv1.3","tls_cipher":"x","queue_id":"q","server_name":"mta","direction":"inbound","plan":"p","customer":"c","site":"s","script":"t","tenant":"default"}"#.utf8)
        return record
    }

    @Test func everyAnswerIsOneThatTheContractPromises() async throws {
        let door = try await TestDoor { $0.bodyOctets = 1500 }
        let admin = try await door.token(.admin), judge = try await door.token(.judge), tenant = try await door.token(.admin, tenant: "blue")
        let record = try wholeRecord()
        _ = try await door.verdicts.append(record)
        var exchanges: [Exchange] = []
        func ask(_ route: String, _ target: String? = nil, token: String?, type: String? = nil, body: String? = nil, fields: [String] = []) async throws -> RawAnswer {
            let words = route.split(separator: " ").map(String.init)
            let answer = try await door.ask(words[0], target ?? words[1], token: token, type: type, body: body.map { Array($0.utf8) }, fields: fields)
            exchanges.append(Exchange(route: route, status: answer.status, type: answer.header["content-type"] ?? "", header: answer.header, body: answer.text))
            return answer
        }
        for route in door.door.routes {
            let name = "\(route.method.rawValue) \(route.path)", target = route.path.replacing("{id}", with: "0123456789abcdef").replacing("{domain}", with: "example.org").replacing("{selector}", with: "s1").replacing("{scope}", with: "mailbox").replacing("{subject}", with: "a@example.org").replacing("{name}", with: "panel")
            if route.access == .everyone { _ = try await ask(name, token: nil) } else { _ = try await ask(name, target, token: nil) }
            if case .scope(let scope, let wholeNode) = route.access {
                if scope != .judge { _ = try await ask(name, target, token: judge) }
                if wholeNode { #expect(try await ask(name, target, token: tenant).status == 403) }
            }
            if case .scope = route.access, route.path != "/metrics" { _ = try await ask(name, target + "?colour=red", token: admin, type: route.method == .post ? "message/rfc822" : nil, body: route.method == .post ? "x" : nil) }
            if route.method == .get, !route.path.contains("{") { _ = try await ask(name, token: admin) }
            if route.path.contains("{") { _ = try await ask(name, target, token: admin) }
        }
        for route in ["GET /v1/events", "GET /v1/webhooks"] { #expect(try await ask(route, token: admin).status == 200) }
        _ = try await ask("POST /v1/verdicts", judged, token: judge, type: raw, body: "From: x\r\n\r\nx")
        _ = try await ask("POST /v1/verdicts", judged, token: judge, type: "text/plain", body: "x")
        _ = try await ask("POST /v1/verdicts", judged, token: judge, type: raw, body: String(repeating: "x", count: 2000))
        _ = try await ask("POST /v1/verdicts", judged, token: judge, type: raw, body: "x", fields: ["Expect: more"])
        _ = try await ask("POST /v1/verdicts", judged, token: judge, type: raw, body: "x", fields: ["X: " + String(repeating: "x", count: 20_000)])
        door.judge.isFull = true
        _ = try await ask("POST /v1/verdicts", judged, token: judge, type: raw, body: "x")
        let kept = try await ask("GET /v1/verdicts/{id}", "/v1/verdicts/\(record.id)", token: admin)
        #expect(kept.status == 200)
        _ = try await ask("GET /v1/verdicts/summary", token: admin)
        let made = try await ask("POST /v1/tokens", token: admin, type: "application/json", body: #"{"name":"x","scopes":["judge"],"tenant":"blue","expires_at":"2099-01-01T00:00:00Z"}"#)
        _ = try await ask("GET /v1/tokens", token: admin)
        _ = try await ask("DELETE /v1/tokens/{id}", "/v1/tokens/\(made.json["id"] as? String ?? "")", token: admin)
        _ = try await ask("POST /v1/tokens", token: admin, type: "text/plain", body: "x")
        let entry = try await ask("POST /v1/local-list", token: admin, type: "application/json", body: #"{"effect":"allow","subject":".example.org","reason":"x","tenant":"blue","expires_at":"2099-01-01T00:00:00Z"}"#)
        _ = try await ask("GET /v1/local-list", token: admin)
        _ = try await ask("DELETE /v1/local-list/{id}", "/v1/local-list/\(entry.json["id"] as? String ?? "")", token: admin)
        for refusal in [nil, UnsealedReason.chainFailed] {
            door.sealer.refuses = refusal
            #expect(try await ask("POST /v1/seals", "/v1/seals?domain=example.net&verdict=\(record.id)", token: judge, type: raw, body: "From: x\r\n\r\nx").status == 200)
        }
        try await exchangeReports(door, { try await ask($0, $1, token: $2, type: $3, body: $4, fields: $5) }, admin)
        try await exchangeKeys(door, { try await ask($0, $1, token: $2, type: $3, body: $4, fields: $5) }, admin)
        try await exchangeLimits(door, { try await ask($0, $1, token: $2, type: $3, body: $4, fields: $5) }, admin)
        try await exchangeTraining(door, { try await ask($0, $1, token: $2, type: $3, body: $4, fields: $5) }, admin)
        try await exchangeQuarantine(door, { try await ask($0, $1, token: $2, type: $3, body: $4, fields: $5) }, admin)
        for number in 0...TestDoor.tenantLimits.localEntries { _ = try await ask("POST /v1/local-list", token: tenant, type: "application/json", body: #"{"effect":"allow","subject":"192.0.2.\#(number)","reason":"x"}"#) }
        for _ in 0...TestDoor.tenantLimits.tokens { _ = try await ask("POST /v1/tokens", token: tenant, type: "application/json", body: #"{"name":"x","scopes":["judge"]}"#) }
        door.set(Readiness([.init("database", .failed, reason: "x")]))
        _ = try await ask("GET /readyz", token: nil)
        door.tokens.isDown = true
        _ = try await ask("GET /v1/tokens", token: admin)
        try await door.stop()
        #expect(Set(exchanges.map(\.status)).isSuperset(of: [200, 201, 204, 400, 401, 403, 404, 409, 413, 415, 417, 422, 431, 503]))
        try await validate(exchanges)
    }

    /// Reports of every kind, and those that go out in every state.
    private func exchangeReports(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        let odd = #"<feedback><report_metadata><org_name></org_name><date_range><begin>1</begin><end>2</end></date_range></report_metadata><policy_published><domain>example.org</domain><p>x</p></policy_published><record/></feedback>"#
        func post(_ type: String, _ body: String) async throws -> RawAnswer { try await ask("POST /v1/reports", nil, admin, type, body, []) }
        for (type, body) in [("application/json", ReportRouteTests.tls), (raw, String(decoding: ReportRouteTests.failure, as: UTF8.self)), ("text/xml", odd),
                             ("text/xml", String(decoding: ReportRouteTests.aggregate("r1", [("198.51.100.7", 3, true)]), as: UTF8.self))] {
            let taken = try await post(type, body)
            #expect(taken.status == 201, "\(taken.text)")
            let id = (taken.json["items"] as? [[String: Any]])?.first?["id"] as? String ?? ""
            #expect(try await ask("GET /v1/reports/{id}", "/v1/reports/\(id)", admin, nil, nil, []).status == 200)
            #expect(try await ask("GET /v1/reports/{id}/document", "/v1/reports/\(id)/document", admin, nil, nil, []).status == 200)
            #expect(try await post(type, body).status == 200)
        }
        #expect(try await post("text/xml", "<feedback>").status == 422)
        #expect(try await post("text/plain", "x").status == 415)
        #expect(try await post("text/xml", String(repeating: "x", count: 2000)).status == 413)
        #expect(try await ask("GET /v1/reports", nil, admin, nil, nil, []).status == 200)
        for by in ["source", "domain"] { #expect(try await ask("GET /v1/reports/summary", "/v1/reports/summary?by=\(by)", admin, nil, nil, []).status == 200) }
        let claimed = try await ReportRouteTests.fill(door.outbox, "default", ["a@d0.example", "b@d1.example", "c@d2.example"]), now = Timestamp(microseconds: 1_795_521_600_000_000)
        _ = try await door.outbox.begin(claimed[0], at: now)
        #expect(try await door.outbox.finish(claimed[0], .failed("550 no (rcpt)", suppresses: true), at: now))
        _ = try await door.outbox.begin(claimed[1], at: now)
        let all = try await ask("GET /v1/outgoing-reports", nil, admin, nil, nil, [])
        #expect(Set((all.json["items"] as? [[String: Any]] ?? []).map { $0["state"] as? String }) == ["pending", "sending", "failed"])
        for rest in ["", "/document"] { #expect(try await ask("GET /v1/outgoing-reports/{id}\(rest)", "/v1/outgoing-reports/\(claimed[0].row.id)\(rest)", admin, nil, nil, []).status == 200) }
        for status in [200, 409] { #expect(try await ask("POST /v1/outgoing-reports/{id}/retry", "/v1/outgoing-reports/\(claimed[0].row.id)/retry", admin, nil, nil, []).status == status) }
    }

    /// Everything that learning answers.
    private func exchangeLimits(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        let path = "/v1/limits/{scope}/{subject}", json = "application/json"
        func put(_ target: String, _ body: String) async throws -> Int { try await ask("PUT \(path)", "/v1/limits/" + target, admin, json, body, []).status }
        let limits = #"[{"counts":"recipients","limit":100,"per":"1h","burst":20,"excess":"defer","first":"14d"},{"counts":"octets","limit":100,"per":"1d"}]"#
        #expect(try await put("customer/Acme%20GmbH", #"{"parent":"plan/gold","limits":\#(limits),"defaults":{"mailbox":\#(limits),"client":[]},"override":{"limits":[],"until":"2099-01-01T00:00:00Z","reason":"x"},"created_at":"2026-01-01T00:00:00Z","language":"de-AT"}"#) == 201)
        #expect(try await put("mailbox/a@example.org", #"{"parent":"customer/acme gmbh","limits":\#(limits)}"#) == 201)
        #expect(try await put("mailbox/a@example.org", "{}") == 200)
        #expect(try await put("plan/gold", #"{"limits":\#(limits)}"#) == 201)
        #expect(try await put("plan/silver", "{}") == 409)
        #expect(try await put("colour/red", "{}") == 400)
        #expect(try await put("plan/gold", #"{"limits":[],"limits":\#(limits)}"#) == 400)
        let message = CountedMessage(tenant: "default", name: [UInt8](repeating: 1, count: 32), amounts: Amounts(recipients: 3, octets: 4), subjects: [LimitedSubject(try LimitSubject(.mailbox, "a@example.org"), [try RateLimit(counts: .recipients, most: 100, window: #require(LimitWindow("1h")))])])
        _ = try await door.allowances.count(message, by: .now + .seconds(60))
        #expect(try await ask("GET \(path)", "/v1/limits/mailbox/a@example.org", admin, nil, nil, []).status == 200)
        #expect(try await ask("GET \(path)", "/v1/limits/customer/acme%20gmbh", admin, nil, nil, []).status == 200)
        #expect(try await ask("GET /v1/limits", "/v1/limits?limit=1", admin, nil, nil, []).status == 200)
        #expect(try await ask("DELETE \(path)/counters", "/v1/limits/mailbox/a@example.org/counters", admin, nil, nil, []).status == 204)
        for recipients in [60, 50, 101] { try await LimitTrialRouteTests.keep(door, "a@example.org", at: 0, recipients) }
        for query in ["subject=a@example.org&limit=recipients:100/1h&limit=octets:1000000/1d:burst=5", "limit=recipients:100/1h", "limit=messages:9/31d"] {
            #expect(try await ask("GET /v1/limits/simulate", "/v1/limits/simulate?scope=mailbox&\(query)", admin, nil, nil, []).status == 200)
        }
        #expect(try await ask("DELETE \(path)", "/v1/limits/plan/gold", admin, nil, nil, []).status == 204)
        #expect(try await ask("DELETE \(path)", "/v1/limits/plan/gold", admin, nil, nil, []).status == 404)
        _ = try await ask("PUT \(path)", "/v1/limits/plan/gold", admin, "text/plain", "x", [])
        _ = try await ask("PUT \(path)", "/v1/limits/plan/gold", admin, json, String(repeating: "x", count: 100_000), [])
        try await exchangeHolds(door, ask, admin)
        try await exchangeRestraints(door, ask, admin)
    }

    private func exchangeRestraints(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        let one = "/v1/restraints/{scope}/{subject}", anna = "/v1/restraints/mailbox/anna@example.org", json = "application/json"
        func feedback(_ type: String, _ body: String) async throws -> Int { try await ask("POST /v1/feedback", nil, admin, type, body, []).status }
        #expect(try await ask("GET \(one)", anna, admin, nil, nil, []).status == 200)
        #expect(try await ask("PUT \(one)", anna, admin, json, #"{"state":"throttled","until":"2099-01-01T00:00:00Z","reason":"x"}"#, []).status == 200)
        for body in [#"{"kind":"bounce","message_id":"<sent@example.org>","recipients":["a@example.net","b@example.net","c@example.net"],"status":"5.1.1"}"#, #"{"kind":"complaint","message_id":"nobody"}"#, #"{"kind":"bounce","message_id":"x","recipients":["a@example.net"],"status":"4.4.7"}"#] {
            var record = VerdictRecord.sample(at: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)))
            (record.direction, record.authUser, record.messageID, record.recipients) = (.outbound, "anna@example.org", "sent@example.org", ["a@example.net", "b@example.net", "c@example.net"].map { HistoryPath($0) })
            record.envelope = Array(#"{"client_ip":"192.0.2.1","auth_user":"anna@example.org","rcpt":["a@example.net"],"direction":"outbound","tenant":"default"}"#.utf8)
            _ = try await door.verdicts.append(record)
            #expect(try await feedback(json, body) == 200)
        }
        #expect(try await ask("GET \(one)", anna, admin, nil, nil, []).json["state"] as? String == "frozen", "what comes back freezes who is throttled")
        #expect(try await ask("GET /v1/restraints", "/v1/restraints?limit=1", admin, nil, nil, []).status == 200)
        #expect(try await ask("DELETE \(one)", anna + "?trust=7d", admin, nil, nil, []).status == 200)
        #expect(try await ask("DELETE \(one)", anna, admin, nil, nil, []).status == 404)
        #expect(try await ask("PUT \(one)", anna, admin, json, #"{"state":"gone"}"#, []).status == 400)
        _ = try await ask("PUT \(one)", anna, admin, "text/plain", "x", [])
        _ = try await ask("PUT \(one)", anna, admin, json, String(repeating: "x", count: 100_000), [])
        let report = "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: x\r\n\r\n--b--\r\n"
        #expect(try await feedback(raw, report) == 200)
        #expect(try await feedback(raw, "Subject: x\r\n\r\nx") == 422)
        #expect(try await feedback("text/plain", "x") == 415)
        _ = try await feedback(json, String(repeating: "x", count: 100_000))
    }

    private func exchangeHolds(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        #expect(try await ask("GET /v1/holds/due", "/v1/holds/due?server_name=mx", admin, nil, nil, []).status == 200)
        #expect(try await ask("GET /v1/holds/due", nil, admin, nil, nil, []).status == 400)
        let waiting = try await HoldRouteTests.hold(door, 4)
        #expect(try await ask("GET /v1/holds", "/v1/holds?limit=2&state=waiting&server_name=mx&sender=anna@example.org", admin, nil, nil, []).status == 200)
        let one = "/v1/holds/{id}", json = "application/json"
        #expect(try await ask("GET \(one)", "/v1/holds/\(waiting[0])", admin, nil, nil, []).status == 200)
        #expect(try await ask("POST \(one)/released", "/v1/holds/\(waiting[0])/released", admin, json, #"{"outcome":"missing"}"#, []).status == 200)
        #expect(try await ask("POST \(one)/released", "/v1/holds/\(waiting[1])/released", admin, nil, nil, []).status == 200)
        #expect(try await ask("DELETE \(one)", "/v1/holds/\(waiting[0])", admin, nil, nil, []).status == 409)
        #expect(try await ask("DELETE \(one)", "/v1/holds/\(waiting[2])", admin, nil, nil, []).status == 204)
        #expect(try await ask("POST \(one)/released", "/v1/holds/\(waiting[2])/released", admin, nil, nil, []).status == 409)
        #expect(try await ask("POST \(one)/released", "/v1/holds/\(waiting[3])/released", admin, json, #"{"outcome":"lost"}"#, []).status == 400)
        #expect(try await ask("POST \(one)/released", "/v1/holds/\(waiting[3])/released", admin, "text/plain", "x", []).status == 415)
        _ = try await ask("POST \(one)/released", "/v1/holds/\(waiting[3])/released", admin, json, String(repeating: "x", count: 100_000), [])
        #expect(try await ask("GET \(one)", "/v1/holds/x", admin, nil, nil, []).status == 404)
    }

    private func exchangeTraining(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        func learn(_ query: String, _ type: String, _ body: String) async throws -> RawAnswer { try await ask("POST /v1/training", "/v1/training" + query, admin, type, body, []) }
        let box = (1...5).map { "From a Mon\nSubject: \($0)\n\nx\n\n" }.joined()
        for query in ["?class=spam&source=s", "?class=ham&tenant=blue&domain=b.example", "?class=ham", "?class=ham"] { #expect(try await learn(query, "application/mbox", box).status == 200) }
        #expect(try await learn("?class=ham", "application/mbox", box + box).status == 413)
        for number in 0...2 { _ = try await learn("?class=ham&tenant=red", "application/mbox", box.replacing("Subject: ", with: "Subject: \(number)")) }
        let one = try await learn("?class=spam", raw, "Subject: x\r\n\r\nx")
        #expect(try await learn("", "application/json", #"{"class":"spam","verdicts":["01a00000-0000-7000-8000-000000000000"]}"#).status == 404)
        #expect(try await ask("GET /v1/training/status", nil, admin, nil, nil, []).status == 200)
        #expect(try await ask("DELETE /v1/training", "/v1/training?source=s&dry_run=true", admin, nil, nil, []).status == 200)
        let id = (one.json["items"] as? [[String: Any]])?.first?["id"] as? String ?? ""
        #expect(try await ask("DELETE /v1/training/{id}", "/v1/training/\(id)", admin, nil, nil, []).status == 200)
        #expect(try await ask("PUT /v1/training/model", "/v1/training/model?tenant=blue", admin, "application/octet-stream", "x", []).status == 400)
        #expect(try await ask("PUT /v1/training/model", "/v1/training/model?tenant=blue", admin, raw, "x", []).status == 415)
        #expect(try await ask("PUT /v1/training/model", nil, admin, "application/octet-stream", String(repeating: "x", count: 2000), []).status == 413)
    }

    /// Messages in every state, and every outcome of a delivery.
    private func exchangeQuarantine(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        let desk = try #require(door.quarantine), time = Timestamp(microseconds: 1_795_521_600_000_000), one = KeptMessage.sample(tenant: "default", at: time), two = KeptMessage.sample(tenant: "default", at: time, isInfected: true)
        for kept in [one, two] { #expect(try await desk.quarantine.keep(kept, octets: Array("From: x\r\nContent-Disposition: inline; filename=a\r\n\r\nx".utf8))) }
        func message(_ method: String, _ path: String = "", _ id: VerdictID, body: String? = nil, type: String = "application/json") async throws -> Int {
            try await ask("\(method) /v1/quarantine/{id}\(path)", "/v1/quarantine/\(id)\(path)", admin, body == nil ? nil : type, body, []).status
        }
        for path in ["", "/message", "/acts"] { #expect(try await message("GET", path, one.id) == 200) }
        #expect(try await message("POST", "/release", one.id, body: "x", type: "text/plain") == 415)
        #expect(try await message("POST", "/release", one.id, body: String(repeating: " ", count: 1_100_000)) == 413)
        for letter in ["a", "b", "c", "d"] {
            door.relayAnswers(["a": .accepted(RelayReply(stage: .content, code: 250, text: "ok")), "b": .refused(RelayReply(stage: .rcpt, code: 550, text: "no")),
                               "c": .deferred(RelayReply(stage: .rcpt, code: 450, text: "later"), why: "x"), "d": .unanswered(why: "x")][letter] ?? .unanswered(why: "x"))
            #expect(try await message("POST", "/release", one.id, body: #"{"again":true,"reason":"x","recipients":["a@example.net"]}"#) == 200)
        }
        #expect(try await message("POST", "/release", one.id) == 409)
        #expect(try await message("DELETE", "", two.id) == 204)
        #expect(try await message("DELETE", "", two.id) == 409)
        #expect(try await message("GET", "", two.id) == 200)
        #expect(try await ask("GET /v1/quarantine", nil, admin, nil, nil, []).status == 200)
        for (id, action, status) in [(one.id, Action.neutralise, 200), (two.id, .neutralise, 404), (VerdictID(at: time), .accept, 409)] {
            var record = VerdictRecord.sample(at: time, action: action)
            record.id = id
            record.decision = Array(#"{"neutralised":{"parts":[{"path":"1","place":0,"found":[]}],"drops_stray_text":false}}"#.utf8)
            _ = try await door.verdicts.append(record)
            #expect(try await ask("GET /v1/verdicts/{id}/neutralised", "/v1/verdicts/\(id)/neutralised", admin, nil, nil, []).status == status)
        }
    }

    /// Keys in every state, with everything that a look can show.
    private func exchangeKeys(_ door: TestDoor, _ ask: (String, String?, String?, String?, String?, [String]) async throws -> RawAnswer, _ admin: String) async throws {
        let all = "/v1/domains/{domain}/dkim-keys", here = "/v1/domains/example.org/dkim-keys"
        func key(_ method: String, _ path: String = "", body: String? = nil) async throws -> RawAnswer {
            let route = path.isEmpty || ["/rotate", "/check"].contains(path) ? path : "/{selector}"
            return try await ask("\(method) \(all)\(route)", here + path, admin, body == nil ? nil : "application/json", body, [])
        }
        _ = try await key("POST", "/check")
        for item in try await key("GET").json["items"] as? [[String: Any]] ?? [] {
            let record = item["record"] as? [String: Any]
            door.dns.txt(record?["name"] as? String ?? "", record?["value"] as? String ?? "")
        }
        #expect(try await key("POST", "/check").status == 200)
        #expect(try await ask("POST /v1/signatures", nil, admin, raw, String(decoding: message, as: UTF8.self), []).status == 200)
        #expect(try await ask("POST /v1/signatures", nil, admin, raw, "Subject: x\r\n\r\nx", []).status == 200)
        #expect(try await ask("POST /v1/signatures", nil, admin, "text/plain", "x", []).status == 415)
        #expect(try await key("POST", "/rotate").status == 201)
        #expect(try await key("POST", "/rotate").status == 409)
        #expect(try await key("POST", body: #"{"private_key":"x"}"#).status == 400)
        let first = try await key("GET").json["items"] as? [[String: Any]] ?? []
        door.dns.fail((first[0]["record"] as? [String: Any])?["name"] as? String ?? "")
        #expect(try await key("POST", "/check").status == 200)
        #expect(try await key("DELETE", "/" + (first[0]["selector"] as? String ?? "")).status == 204)
        #expect(try await key("GET", "/" + (first[0]["selector"] as? String ?? "")).status == 200)
    }

    private func validate(_ exchanges: [Exchange]) async throws {
        let folder = try TemporaryFolder()
        let lines = try exchanges.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try folder.write(lines.joined(separator: "\n"), to: "exchanges")
        let path = folder.path
        let status = try await blocking {
            try ChildProcess.run("/usr/bin/env", ["PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")", "python3",
                                                  TestDoor.repository + "/openapi/validate.py", TestDoor.repository + "/openapi/postern.yaml", path + "/exchanges"], log: path + "/log")
        }
        if status == 77 { print("SKIPPED: the answers were not validated against the contract: python3 has no jsonschema or yaml"); return }
        let log = (try? folder.read("log")) ?? ""
        #expect(status == 0, "\(log)")
    }
}
