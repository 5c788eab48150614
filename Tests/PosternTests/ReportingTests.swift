import DMARC
import DNS
import Foundation
import Mail
import Postgres
import TestSupport
import Testing

/// From messages that are judged to a report that arrives, and comes back as one of others: two services on one database, a real mail server, a real name server.
@Suite(.serialized, .longWork) struct ReportingTests {
    private static let zone = ExampleZone.root + """
        _dmarc.example.org. IN TXT "v=DMARC1; p=reject; rua=mailto:dmarc@reports.vendor.net"
        example.org._report._dmarc.reports.vendor.net. IN TXT "v=DMARC1"
        reports.vendor.net. IN MX 10 mx.vendor.net.
        _dmarc.stranger.org. IN TXT "v=DMARC1; p=none; rua=mailto:r@victim.net"
        _dmarc.listed.org. IN TXT "v=DMARC1; p=none; rua=mailto:r@listed.org"
        listed.org.dbl.lists. IN A 127.0.0.2
        test.dbl.lists. IN A 127.0.0.2

        """

    private static func settings(_ relay: TestRelay, more: String = "") -> String {
        """
        \(more)
        own_names: [mx.receiver.net]
        blocklists:
          use: []
          zones: [{name: dbl.lists, kind: domains, code: test.dbl}]
        reports:
          organization: Receiver of mail
          email: dmarc@receiver.net
          extra_contact: https://receiver.net/dmarc
          relay:
            url: smtp://localhost:\(relay.port)
            encryption: none
          settle: 0s
          check_every: 200ms
          between: 0s
          between_same: 0s
        """
    }

    private func judge(_ service: RunningService, _ domain: String, client: String, _ number: Int, subject: String = "Hello", type: String = "text/plain", body: String = "Hello") async throws {
        let message = Array("From: Anna <anna@\(domain)>\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <\(number)@\(domain)>\r\nSubject: \(subject)\r\nContent-Type: \(type)\r\n\r\n\(body) \(number)\r\n".utf8)
        let answer = try await service.ask("POST", "/v1/verdicts?client_ip=\(client)&helo=mx.\(domain)&mail_from=anna@\(domain)&rcpt=b@example.net&tls_version=TLSv1.3", body: message)
        #expect(answer.status == 200, "\(answer.text)")
    }

    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }

    @Test func fromAMessageToAReportThatArrives() async throws {
        let relay = try await TestRelay(), names = try await TestNameServer.nsd(zones: [".": Self.zone])
        let first = try await RunningService(settings: Self.settings(relay), dns: [names.port])
        let place = "host='\(first.folder.path)/state/postgres/run' port=5432 user=postern dbname=postern"
        let second = try await RunningService(settings: Self.settings(relay, more: "database:\n  url: \"\(place)\""), dns: [names.port])
        for number in 0..<3 { try await judge(number == 0 ? second : first, "example.org", client: "198.100.1.25", number) }
        for number in 3..<5 { try await judge(second, "example.org", client: "198.100.2.9", number) }
        try await judge(first, "example.org", client: "198.100.1.25", 5, subject: "Report Domain: mx.receiver.net Submitter: example.org Report-ID: <1>", type: "application/zip", body: "PK\u{3}\u{4}")
        try await judge(first, "stranger.org", client: "198.100.2.9", 6)
        try await judge(second, "listed.org", client: "198.100.2.9", 7)

        // The day ends: what was judged today becomes yesterday's, all of it at once.
        let pool = PostgresPool(PostgresSettings(place), size: 1)
        let moved = try await pool.execute("""
            UPDATE verdicts SET id = (lpad(to_hex(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint - 86400000), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid
            """, by: .now + .seconds(60))
        #expect(moved.affected == 8)
        try await until("the day is done") { try await pool.execute("SELECT count(*) FROM report_days WHERE done_at IS NOT NULL", by: .now + .seconds(60)).first?.integer(0) ?? 0 > 0 }
        try await until("everything has ended") {
            let states = items(try await first.ask("GET", "/v1/outgoing-reports")).compactMap { $0["state"] as? String }
            return states.count == 3 && !states.contains("pending") && !states.contains("sending")
        }
        await pool.close()
        let rows = items(try await second.ask("GET", "/v1/outgoing-reports"))
        func row(_ domain: String) -> [String: Any] { rows.first { $0["domain"] as? String == domain } ?? [:] }
        #expect(row("example.org")["state"] as? String == "sent" && row("example.org")["destination"] as? String == "dmarc@reports.vendor.net" && row("example.org")["attempts"] as? Int == 1)
        #expect(row("stranger.org")["state"] as? String == "withheld" && (row("stranger.org")["reason"] as? String)?.contains("has no TXT record") == true)
        #expect(row("listed.org")["state"] as? String == "withheld" && (row("listed.org")["reason"] as? String)?.contains("dbl.lists lists listed.org") == true, "\(row("listed.org"))")

        // Both services looked, and looked again: one report, once.
        let before = try await sums([first, second])
        #expect(before["postern_reports_made_total"] == 3 && before["postern_reports_ended_total{end=\"sent\"}"] == 1 && before["postern_reports_ended_total{end=\"withheld\"}"] == 2)
        let taken = try relay.taken()
        #expect(taken.count == 1 && taken.first?.rcpt == ["dmarc@reports.vendor.net"] && taken.first?.mail_from == "dmarc@receiver.net" && taken.first?.helo == "mx.receiver.net")
        let mail = Array(try #require(taken.first).content)
        try await checkReport(mail)

        // Its reader takes it in, and sees who sent in the domain's name.
        let posted = try await second.ask("POST", "/v1/reports", body: mail)
        #expect(posted.status == 201 && items(posted).first?["organization"] as? String == "Receiver of mail" && items(posted).first?["domain"] as? String == "example.org", "\(posted.text)")
        #expect(try await first.ask("POST", "/v1/reports", body: mail).status == 200)
        let summary = items(try await first.ask("GET", "/v1/reports/summary"))
        #expect(summary.map { $0["source"] as? String } == ["198.100.1.25", "198.100.2.9"] && summary.map { $0["messages"] as? Int } == [4, 2], "who only calls his mail a report hides nothing")
        #expect(summary.map { $0["passed"] as? Int } == [4, 0] && summary.map { $0["failed"] as? Int } == [0, 2])
        let byDomain = items(try await first.ask("GET", "/v1/reports/summary?by=domain"))
        #expect(byDomain.count == 1 && byDomain.first?["domain"] as? String == "example.org" && byDomain.first?["messages"] as? Int == 6)

        // What was withheld goes out when a person says so, if nothing is in its way any more; here something is.
        let id = row("listed.org")["id"] as? String ?? ""
        #expect(try await first.ask("POST", "/v1/outgoing-reports/\(id)/retry").json["state"] as? String == "pending")
        try await until("it is withheld again") { items(try await first.ask("GET", "/v1/outgoing-reports?domain=listed.org")).first?["state"] as? String == "withheld" }
        #expect(try relay.taken().count == 1)
        second.stop()
        first.stop()
        withExtendedLifetime(names) {}
    }

    /// The samples of all services, added up.
    private func sums(_ services: [RunningService]) async throws -> [String: Int] {
        var sums: [String: Int] = [:]
        for service in services {
            for line in try await service.ask("GET", "/metrics").text.split(separator: "\n") where line.hasPrefix("postern_reports_") {
                guard let blank = line.lastIndex(of: " "), let number = Int(line[line.index(after: blank)...]) else { continue }
                sums[String(line[..<blank]), default: 0] += number
            }
        }
        return sums
    }

    private func checkReport(_ mail: [UInt8]) async throws {
        let document = try #require(ReportReader().read(mail, mediaType: "message/rfc822").documents.first).content.get()
        let folder = try TemporaryFolder(), path = folder.path
        try folder.write(ReportSchema.text, to: "tables.xsd")
        try folder.write(String(decoding: document, as: UTF8.self), to: "report.xml")
        for schema in ["\(path)/tables.xsd"] + (Suites.folder.map { ["\($0)/dmarc/xsd/dmarc-xml-0.2.xsd"] } ?? []) {
            let status = try await blocking { try ChildProcess.run("xmllint", ["--nonet", "--noout", "--schema", schema, "\(path)/report.xml"], log: "\(path)/log") }
            #expect(status == 0, "\((try? folder.read("log")) ?? "")")
        }
        let report = try AggregateReport(xml: document)
        #expect(report.problems.isEmpty && report.metadata.extraContact == "https://receiver.net/dmarc" && report.metadata.email == "dmarc@receiver.net" && report.policy.request == .reject)
        #expect(report.records.map(\.count).sorted() == [2, 4] && report.metadata.begin % 86_400 == 0 && report.metadata.end - report.metadata.begin == 86_399)
        #expect(report.records.first { $0.count == 4 }?.evaluated.isPass == true && report.records.first { $0.count == 2 }?.evaluated.isPass == false)
    }

    private func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("waited in vain until \(what)")
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String, yaml: String, says: [String]
    }

    private static let three = "organization: x\n  email: d@example.org\n  relay:\n    url: smtps://mail.example.org\n"

    @Test(arguments: [
        Row(testDescription: "nobody", yaml: "email: d@example.org", says: ["reports.organization", "missing"]),
        Row(testDescription: "no mailbox", yaml: "organization: x", says: ["reports.email", "missing"]),
        Row(testDescription: "no relay", yaml: "organization: x\n  email: d@example.org", says: ["reports.relay.url", "missing"]),
        Row(testDescription: "a relay without a server", yaml: "relay:\n    user: x", says: ["reports.relay.url", "reports.relay.user needs it"]),
        Row(testDescription: "not a mailbox", yaml: "organization: x\n  email: example.org\n  relay:\n    url: smtp://mail.example.org", says: ["reports.email", "mailbox", "example.org"]),
        Row(testDescription: "not a server", yaml: "organization: x\n  email: d@example.org\n  relay:\n    url: http://mail.example.org", says: ["reports.relay.url", "smtp://host"]),
        Row(testDescription: "a password in the url", yaml: "organization: x\n  email: d@example.org\n  relay:\n    url: smtps://joe:hunter2@mail.example.org", says: ["reports.relay.url", "password_file"]),
        Row(testDescription: "encryption", yaml: "\(three)    encryption: none", says: ["reports.relay.encryption", "smtps://"]),
        Row(testDescription: "no such encryption", yaml: "\(three)    encryption: tls", says: ["reports.relay.encryption", "implicit"]),
        Row(testDescription: "certificates", yaml: "\(three)    ca_file: /nonexistent", says: ["reports.relay.ca_file", "/nonexistent"]),
        Row(testDescription: "a user alone", yaml: "\(three)    user: joe", says: ["reports.relay.password_file", "missing"]),
        Row(testDescription: "a password alone", yaml: "\(three)    password_file: /etc/hostname", says: ["reports.relay.user", "missing"]),
        Row(testDescription: "no password", yaml: "\(three)    user: joe\n    password_file: /nonexistent", says: ["reports.relay.password_file", "/nonexistent"]),
        Row(testDescription: "a password in the clear", yaml: "organization: x\n  email: d@example.org\n  relay:\n    url: smtp://mail.example.org\n    encryption: none\n    user: joe\n    password_file: /etc/hostname", says: ["reports.relay.user", "TLS"]),
        Row(testDescription: "host", yaml: "\(three)  host: a..b", says: ["reports.host", "a..b"]),
        Row(testDescription: "pace", yaml: "\(three)  per_hour: 0", says: ["reports.per_hour", "from 1"]),
        Row(testDescription: "time", yaml: "\(three)  between_same: 30", says: ["reports.between_same", "30"]),
        Row(testDescription: "a slip", yaml: "\(three)  retain: 30d", says: ["reports.retain", "is no setting"]),
    ])
    func settingsThatDoNotHold(_ row: Row) async throws {
        let (status, text) = try await SettingsTests.check("reports:\n  \(row.yaml)", [])
        #expect(status != 0 && !text.contains("hunter2"))
        for part in row.says { #expect(text.contains(part), "\(text)") }
    }

    @Test func settingsThatHold() async throws {
        let folder = try TemporaryFolder()
        try folder.write("hunter2\n", to: "password")
        let (status, text) = try await SettingsTests.check("reports:\n  \(Self.three)    user: joe\n    password_file: \(folder.path)/password\n", [])
        #expect(status == 0 && text.contains("Reports are sent from d@example.org by smtps://mail.example.org:465.") && !text.contains("hunter2") && !text.contains("joe"), "\(text)")
    }
}
