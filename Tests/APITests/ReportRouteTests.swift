import API
import Compression
import Foundation
import Reporting
import Testing
import TestStores
import TestSupport
import Verdicts

/// Reports that are handed in, looked at, and those that go out.
@Suite(.longWork) struct ReportRouteTests {
    static func aggregate(_ id: String = "r1", domain: String = "example.org", begin: Int = 1_795_392_000, _ rows: [(address: String, count: Int, isPass: Bool)] = [("198.51.100.7", 3, true), ("203.0.113.9", 2, false)]) -> [UInt8] {
        let records = rows.map { row in
            """
            <record><row><source_ip>\(row.address)</source_ip><count>\(row.count)</count><policy_evaluated><disposition>\(row.isPass ? "none" : "reject")</disposition>
            <dkim>\(row.isPass ? "pass" : "fail")</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>\(domain)</header_from><envelope_from>\(domain)</envelope_from></identifiers>
            <auth_results><spf><domain>\(domain)</domain><result>fail</result></spf></auth_results></record>
            """
        }
        return Array("""
            <?xml version="1.0"?><feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><version>1.0</version><report_metadata><org_name>Receiver</org_name><email>d@receiver.example</email>
            <report_id>\(id)</report_id><date_range><begin>\(begin)</begin><end>\(begin + 86_399)</end></date_range></report_metadata>
            <policy_published><domain>\(domain)</domain><p>reject</p></policy_published>\(records.joined())</feedback>
            """.utf8)
    }

    static let tls = #"""
        {"organization-name":"Company-X","date-range":{"start-datetime":"2026-11-24T00:00:00Z","end-datetime":"2026-11-24T23:59:59Z"},"contact-info":"sts@company-x.example","report-id":"5065427c",
        "policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1"],"policy-domain":"example.org"},"summary":{"total-successful-session-count":5326,"total-failure-session-count":303},
        "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8:abcd:12::1","receiving-mx-hostname":"mx1.example.org","failed-session-count":100}]}]}
        """#

    static let failure = Array(("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\r\n\r\n--x\r\nContent-Type: message/feedback-report\r\n\r\n"
        + "Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: Someone/1.0\r\nReported-Domain: example.org\r\nAuth-Failure: dmarc\r\nSource-IP: 192.0.2.1\r\n--x--\r\n").utf8)

    static func mail(_ attachment: [UInt8], _ type: String, _ name: String) -> [UInt8] {
        let lines = Data(attachment).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed])
        return Array(("From: a@b.example\r\nSubject: Report Domain: example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nA report.\r\n--x\r\n"
            + "Content-Type: \(type)\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"\(name)\"\r\n\r\n\(lines)\r\n--x--\r\n").utf8)
    }

    /// A ZIP with one file, by Python's own writer.
    static func zip(_ octets: [UInt8]) async throws -> [UInt8] {
        let folder = try TemporaryFolder(), path = folder.path
        try Data(octets).write(to: URL(fileURLWithPath: path + "/report.xml"))
        let status = try await blocking { try ChildProcess.run("python3", ["-c", "import zipfile; zipfile.ZipFile('r.zip', 'w', zipfile.ZIP_DEFLATED).write('report.xml')"], folder: path) }
        #expect(status == 0)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path + "/r.zip")))
    }

    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }

    @Test func everyForm() async throws {
        let door = try await TestDoor(), token = try await door.token(.reports, tenant: "blue")
        func post(_ body: [UInt8], _ type: String) async throws -> RawAnswer { try await door.ask("POST", "/v1/reports", token: token, type: type, body: body) }
        let rows: [(name: String, body: [UInt8], type: String, kind: String)] = [
            ("xml", Self.aggregate("xml"), "application/xml; charset=utf-8", "aggregate"), ("text", Self.aggregate("text"), "text/xml", "aggregate"),
            ("gzip", try Gzip.compress(Self.aggregate("gzip")), "application/gzip", "aggregate"), ("zip", try await Self.zip(Self.aggregate("zip")), "application/zip", "aggregate"),
            ("by its octets", try Gzip.compress(Self.aggregate("octets")), "application/octet-stream", "aggregate"),
            ("mail", Self.mail(try Gzip.compress(Self.aggregate("mail")), "application/gzip", "b.example!example.org!1!2.xml.gz"), "message/rfc822", "aggregate"),
            ("json", Array(Self.tls.utf8), "application/tlsrpt+json", "tls"), ("json in gzip", try Gzip.compress(Array(Self.tls.replacing("5065427c", with: "2").utf8)), "application/tlsrpt+gzip", "tls"),
            ("failure", Self.failure, "message/rfc822", "failure"),
        ]
        for row in rows {
            let first = try await post(row.body, row.type)
            #expect(first.status == 201 && items(first).count == 1 && items(first)[0]["new"] as? Bool == true, "\(row.name): \(first.text)")
            #expect(items(first)[0]["kind"] as? String == row.kind && items(first)[0]["tenant"] as? String == "blue" && items(first)[0]["domain"] as? String == "example.org", "\(row.name)")
            let again = try await post(row.body, row.type)
            #expect(again.status == 200 && items(again)[0]["new"] as? Bool == false && items(again)[0]["id"] as? String == items(first)[0]["id"] as? String, "\(row.name)")
        }
        let all = try await door.ask("GET", "/v1/reports?limit=1000", token: token)
        #expect(items(all).count == rows.count && all.json["next_cursor"] is NSNull)
        var seen: [String] = [], cursor: String? = nil
        repeat {
            let page = try await door.ask("GET", "/v1/reports?limit=4" + (cursor.map { "&cursor=\($0)" } ?? ""), token: token)
            seen += items(page).compactMap { $0["id"] as? String }
            cursor = page.json["next_cursor"] as? String
        } while cursor != nil
        #expect(seen == items(all).compactMap { $0["id"] as? String })
        #expect(items(try await door.ask("GET", "/v1/reports?kind=tls&domain=EXAMPLE.org", token: token)).count == 2)
        #expect(items(try await door.ask("GET", "/v1/reports?since=2026-11-24&until=2026-11-25&kind=aggregate", token: token)).count == 0)
        #expect(items(try await door.ask("GET", "/v1/reports?since=2026-11-23&until=2026-11-25&kind=aggregate", token: token)).count == 6)
        let one = try await door.ask("GET", "/v1/reports/\(seen.last ?? "")", token: token)
        #expect(one.status == 200 && one.json["report_id"] as? String == "xml" && ((one.json["summary"] as? [String: Any])?["total"] as? [String: Any])?["messages"] as? Int == 5, "\(one.text)")
        let families = door.tally.families()
        func count(_ name: String, _ label: String? = nil) -> Double? { families.first { $0.name == name }?.samples.first { label == nil || $0.labels.first?.value == label }?.value }
        #expect(count("postern_reports_received_total", "aggregate") == 6 && count("postern_reports_received_total", "tls") == 2 && count("postern_reports_received_total", "failure") == 1)
        #expect(count("postern_reports_known_total") == 9)
        try await door.stop()
    }

    @Test func whatIsNoReport() async throws {
        let door = try await TestDoor { $0.reportOctets = 1 << 20 }, token = try await door.token(.reports)
        let bomb = try Gzip.compress([UInt8](repeating: 32, count: 34 << 20), level: 9)
        let rows: [(name: String, body: String.UTF8View?, octets: [UInt8], type: String, status: Int, kind: String, says: String)] = [
            ("other media type", nil, [1], "text/plain", 415, "media-type", "application/gzip"), ("nothing", nil, [], "application/xml", 400, "invalid-body", "no report"),
            ("too large", nil, [UInt8](repeating: 32, count: 2 << 20), "application/xml", 413, "too-large", "1048576"),
            ("a page", "<html></html>".utf8, [], "text/xml", 422, "no-report", "other XML, or HTML"), ("a letter", "From: a@b.example\r\n\r\nHello".utf8, [], "message/rfc822", 422, "no-report", "no report in it"),
            ("a bomb", nil, bomb, "application/gzip", 422, "no-report", "limit met"), ("a bomb in a mail", nil, Self.mail(bomb, "application/gzip", "x.xml.gz"), "message/rfc822", 422, "no-report", "limit met"),
            ("half of it", nil, Array(Self.aggregate().dropLast(40)), "application/xml", 422, "unreadable-report", "the document"),
            ("an entity", #"<!DOCTYPE feedback [<!ENTITY a "b">]><feedback>&a;</feedback>"#.utf8, [], "application/xml", 422, "unreadable-report", "the document"),
            ("half of JSON", #"{"organization-name":"x","#.utf8, [], "application/json", 422, "unreadable-report", "the document"),
            ("no period", #"{"organization-name":"x","report-id":"1","policies":[]}"#.utf8, [], "application/json", 422, "unreadable-report", "date-range"),
        ]
        for row in rows {
            let answer = try await door.ask("POST", "/v1/reports", token: token, type: row.type, body: row.body.map { Array($0) } ?? row.octets)
            #expect(answer.status == row.status && answer.kind == row.kind && answer.text.contains(row.says), "\(row.name): \(answer.status) \(answer.text)")
        }
        #expect(items(try await door.ask("GET", "/v1/reports", token: token)).isEmpty)
        #expect(door.tally.families().first { $0.name == "postern_reports_refused_total" }?.samples.map(\.value) == [4, 4])
        let twice = try await door.ask("POST", "/v1/reports?tenant=a&tenant=b", token: token, type: "application/xml", body: Self.aggregate())
        #expect(twice.status == 400 && twice.json["parameter"] as? String == "tenant", "\(twice.text)")
        for (target, parameter) in [("/v1/reports?kind=x", "kind"), ("/v1/reports?limit=0", "limit"), ("/v1/reports?cursor=x", "cursor"), ("/v1/reports?since=x", "since"), ("/v1/reports?domain=", "domain"),
                                    ("/v1/reports?since=2026-11-02&until=2026-11-01", "until"), ("/v1/reports?kind=tls&kind=tls", "kind"), ("/v1/reports/summary?by=x", "by"), ("/v1/reports/summary?cursor=x", "cursor"),
                                    ("/v1/outgoing-reports?state=x", "state"), ("/v1/outgoing-reports?kind=tls", "kind")] {
            let answer = try await door.ask("GET", target, token: token)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == parameter, "\(target): \(answer.text)")
        }
        try await door.stop()
    }

    @Test func whatReportsSayTogether() async throws {
        let door = try await TestDoor(), token = try await door.token(.reports), blue = try await door.token(.reports, tenant: "blue"), red = try await door.token(.reports, tenant: "red")
        func post(_ body: [UInt8], _ token: String, _ query: String = "") async throws -> RawAnswer { try await door.ask("POST", "/v1/reports" + query, token: token, type: "application/octet-stream", body: body) }
        for (body, who) in [(Self.aggregate("1"), blue), (Self.aggregate("2", [("198.51.100.7", 10, true)]), blue), (Self.aggregate("3", domain: "example.net", [("203.0.113.9", 1, false)]), blue),
                            (Self.aggregate("4", [("192.0.2.1", 100, false)]), red), (Array(Self.tls.utf8), blue)] { #expect(try await post(body, who).status == 201) }
        let bySource = try await door.ask("GET", "/v1/reports/summary", token: blue)
        #expect(bySource.json["by"] as? String == "source" && items(bySource).map { $0["source"] as? String } == ["198.51.100.7", "203.0.113.9"])
        #expect(items(bySource).map { $0["messages"] as? Int } == [13, 3] && items(bySource).map { $0["passed"] as? Int } == [13, 0] && items(bySource).map { $0["failed"] as? Int } == [0, 3])
        #expect(items(bySource)[1]["dispositions"] as? [String: Int] == ["reject": 3] && items(bySource)[0]["reports"] as? Int == 2)
        #expect(bySource.json["tls"] as? [String: Int] == ["reports": 1, "succeeded": 5326, "failed": 303])
        let byDomain = try await door.ask("GET", "/v1/reports/summary?by=domain", token: blue)
        #expect(items(byDomain).map { $0["domain"] as? String } == ["example.org", "example.net"] && items(byDomain).map { $0["messages"] as? Int } == [15, 1])
        #expect(items(try await door.ask("GET", "/v1/reports/summary?by=domain&domain=example.net", token: blue)).count == 1)
        #expect(items(try await door.ask("GET", "/v1/reports/summary?since=2026-11-24", token: blue)).isEmpty)
        #expect(items(try await door.ask("GET", "/v1/reports/summary?limit=1", token: blue)).count == 1)

        // Tenants do not see each other.
        #expect(items(try await door.ask("GET", "/v1/reports/summary", token: red)).map { $0["messages"] as? Int } == [100])
        #expect(items(try await door.ask("GET", "/v1/reports", token: red)).count == 1)
        let id = items(try await door.ask("GET", "/v1/reports", token: blue)).first?["id"] as? String ?? ""
        #expect(try await door.ask("GET", "/v1/reports/\(id)", token: red).status == 404)
        #expect(try await door.ask("GET", "/v1/reports/\(id)", token: token).status == 200)
        #expect(try await post(Self.aggregate("5"), red, "?tenant=blue").status == 403)
        #expect(items(try await post(Self.aggregate("5"), token, "?tenant=green"))[0]["tenant"] as? String == "green")
        #expect(items(try await post(Self.aggregate("5"), token))[0]["tenant"] as? String == "default")
        #expect(items(try await door.ask("GET", "/v1/reports", token: token)).count == 7)
        let other = try await door.token(.history, .judge, .metrics)
        for target in ["/v1/reports", "/v1/reports/summary", "/v1/outgoing-reports"] { #expect(try await door.ask("GET", target, token: other).status == 403) }
        try await door.stop()
    }

    /// Puts reports into the outbox, by way of a day of the tenant.
    static func fill(_ outbox: MemoryReportOutbox, _ tenant: String, _ destinations: [String]) async throws -> [ClaimedReport] {
        let noon = Timestamp(microseconds: 1_795_521_600_000_000)
        try outbox.judge(VerdictRecord.sample(tenant: tenant, at: noon.adding(seconds: -86_400)))
        let day = try #require(try await outbox.claimDay(at: noon))
        let reports = destinations.enumerated().map { place, destination in
            NewReport(policyDomain: "d\(place).example", begin: day.start, end: day.next.adding(seconds: -1), destination: destination, reportID: "\(tenant)-\(place)", document: [0x1f, 0x8b], organization: "d\(place).example")
        }
        #expect(try await outbox.keep(reports, of: day, at: noon) == reports.count)
        #expect(try await outbox.finish(day, at: noon))
        return try await outbox.claim(limit: 100, at: noon).reports.sorted { $0.row.reportID < $1.row.reportID }
    }

    @Test func thoseThatGoOut() async throws {
        let door = try await TestDoor(), blue = try await door.token(.reports, tenant: "blue"), red = try await door.token(.reports, tenant: "red"), admin = try await door.token(.admin)
        let noon = Timestamp(microseconds: 1_795_521_600_000_000), claimed = try await Self.fill(door.outbox, "blue", ["a@d0.example", "b@d1.example", "c@d2.example"])
        _ = try await door.outbox.begin(claimed[0], at: noon)
        #expect(try await door.outbox.finish(claimed[0], .failed("550 5.1.1 no such user (rcpt)", suppresses: true), at: noon))
        #expect(try await door.outbox.finish(claimed[1], .withheld("dbl.test lists d1.example"), at: noon))
        _ = try await Self.fill(door.outbox, "red", ["a@d0.example"])
        func list(_ query: String = "", _ token: String) async throws -> [[String: Any]] { items(try await door.ask("GET", "/v1/outgoing-reports" + query, token: token)) }
        let mine = try await list("", blue)
        #expect(mine.count == 3 && mine.allSatisfy { $0["tenant"] as? String == "blue" })
        let failed = try #require(try await list("?state=failed", blue).first), id = failed["id"] as? String ?? ""
        #expect(failed["destination"] as? String == "a@d0.example" && failed["reason"] as? String == "550 5.1.1 no such user (rcpt)" && failed["attempts"] as? Int == 1 && failed["ended_at"] != nil)
        #expect(failed["next_attempt_at"] == nil && failed["domain"] as? String == "d0.example")
        #expect(try await list("?domain=d1.example", blue).map { $0["state"] as? String } == ["withheld"])
        #expect(try await list("", red).count == 1)
        #expect(try await list("?limit=3", admin).count == 3)
        let next = try await door.ask("GET", "/v1/outgoing-reports?limit=3", token: admin).json["next_cursor"] as? String ?? ""
        #expect(try await list("?limit=3&cursor=\(next)", admin).count == 1)

        #expect(try await door.ask("POST", "/v1/outgoing-reports/\(id)/retry", token: red).status == 404)
        #expect(try await door.outbox.destinations(tenant: "blue").count == 1)
        let again = try await door.ask("POST", "/v1/outgoing-reports/\(id)/retry", token: blue)
        #expect(again.status == 200 && again.json["state"] as? String == "pending" && again.json["next_attempt_at"] != nil, "\(again.text)")
        #expect(try await door.outbox.destinations(tenant: "blue").isEmpty, "its mailbox may have reports again")
        let busy = try await door.ask("POST", "/v1/outgoing-reports/\(id)/retry", token: blue)
        #expect(busy.status == 409 && busy.kind == "not-ended" && busy.text.contains("pending"))
        // The third arrives, and comes back.
        _ = try await door.outbox.begin(claimed[2], at: noon)
        #expect(try await door.outbox.finish(claimed[2], .sent("250 ok (content)"), at: noon))
        let bounce = Array(("From: m@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
            + "Reporting-MTA: dns; b.example\r\n\r\nFinal-Recipient: rfc822; c@d2.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            + "Message-ID: <blue-2.\(claimed[2].row.id)@us.example>\r\n\r\n--x--\r\n").utf8)
        #expect(try await door.ask("POST", "/v1/reports", token: red, type: raw, body: bounce).status == 422)
        let back = try await door.ask("POST", "/v1/reports", token: admin, type: raw, body: bounce)
        #expect(back.status == 200 && ((back.json["returned"] as? [[String: Any]])?.first?["reason"] as? String) == "bounced: 5.1.1", "\(back.text)")
        #expect(try await door.outbox.destinations(tenant: "blue").map(\.destination) == ["c@d2.example"])
        #expect(try await door.ask("POST", "/v1/outgoing-reports/x/retry", token: blue).status == 404)
        #expect(try await door.ask("GET", "/v1/outgoing-reports/\(id)/retry", token: blue).status == 405)
        try await door.stop()
    }
}
