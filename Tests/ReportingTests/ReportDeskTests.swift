import DMARC
import Foundation
import Mail
import Reporting
import TestSupport
import Testing
import TestStores
import TransportSecurity
import Verdicts

@Suite(.longWork) struct ReportDeskTests {
    private func desk(_ outbox: MemoryReportOutbox = MemoryReportOutbox()) -> ReportDesk {
        ReportDesk(received: MemoryReceivedReports(), outbox: outbox, intake: ReportIntake { try JSONDecoder().decode(TLSReport.self, from: Data($0)) })
    }

    private func sample(_ desk: ReportDesk, _ name: String, _ label: String? = nil) -> Double? {
        desk.tally.families().first { $0.name == name }?.samples.first { label == nil || $0.labels.first?.value == label }?.value
    }

    @Test func whatComesIsKeptOnceAndCounted() async throws {
        let desk = desk(), octets = try ReportIntakeTests.aggregate().xml()
        let reports = try desk.read(octets, mediaType: nil, tenant: "acme", at: ReportBench.noon).reports, first = try await desk.keep(reports)
        #expect(first.map(\.isNew) == [true] && first.map(\.report.id) == reports.map(\.id))
        let again = try await desk.keep(try desk.read(octets, mediaType: nil, tenant: "acme", at: ReportBench.noon.adding(seconds: 60)).reports)
        #expect(again.map(\.isNew) == [false] && again.map(\.report.id) == reports.map(\.id))
        #expect(try await desk.keep(try desk.read(octets, mediaType: nil, tenant: "other", at: ReportBench.noon).reports).map(\.isNew) == [true])
        #expect(throws: ReportIntake.Fault.self) { try desk.read([1, 2], mediaType: nil, tenant: "acme", at: ReportBench.noon) }
        #expect(throws: ReportIntake.Fault.self) { try desk.read(Array("<feedback>".utf8), mediaType: nil, tenant: "acme", at: ReportBench.noon) }
        #expect(sample(desk, "postern_reports_received_total", "aggregate") == 2 && sample(desk, "postern_reports_known_total") == 1)
        #expect(sample(desk, "postern_reports_refused_total", "nothing") == 1 && sample(desk, "postern_reports_refused_total", "unreadable") == 1)
    }

    @Test func sentAgainOnDemand() async throws {
        let relay = FakeRelay { mail in mail.recipient.hasPrefix("full") ? .refused(RelayReply(stage: .rcpt, code: 552, text: "5.2.2 full")) : .accepted(RelayReply(stage: .content, code: 250, text: "ok")) }
        let bench = ReportBench(relay: relay), desk = desk(bench.outbox)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:full@home.test,mailto:b@home.test")
        _ = try await bench.day().makeNext()
        for end in try await bench.send() { desk.tally.count(end) }
        #expect(sample(desk, "postern_reports_ended_total", "sent") == 1 && sample(desk, "postern_reports_ended_total", "failed") == 1 && sample(desk, "postern_reports_failed_total", "rcpt") == 1)
        let rows = try await bench.rows(), failed = try #require(rows.first { $0.state == .failed }), sent = try #require(rows.first { $0.state == .sent })
        #expect(try await desk.retry(sent.id, tenant: nil, at: bench.now) == false)
        #expect(try await desk.retry(failed.id, tenant: "other", at: bench.now) == nil)
        #expect(try await desk.retry(failed.id, tenant: "acme", at: bench.now) == true)
        #expect(try await bench.outbox.destinations(tenant: nil).isEmpty)
        bench.now = bench.now.adding(seconds: bench.pacing.betweenSame)
        #expect(try await bench.send().map(\.word) == ["failed"], "it went out, and was not withheld")
        #expect(relay.taken.filter { $0.recipient == "full@home.test" }.count == 2)
    }

    /// A notification as Postfix writes it.
    private func notification(_ row: ReportRow, recipient: String? = nil, action: String = "failed", returned: String = "message/rfc822", id: String? = nil, reportID: String? = nil,
                              answers: String = "X-Nothing", times: Int = 1) -> [UInt8] {
        let messageID = "<\(reportID ?? row.reportID).\(id ?? row.id.description)@mx.receiver.test>"
        let group = ["Final-Recipient: rfc822; \(recipient ?? row.destination)", "Action: \(action)", "Status: 5.1.1", "Diagnostic-Code: smtp; 550 5.1.1 no such user", ""]
        let lines = [
            "From: MAILER-DAEMON@relay.test", "To: dmarc@mx.receiver.test", "Subject: Undelivered", "\(answers): \(messageID)", "MIME-Version: 1.0",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x", "",
            "--x", "Content-Type: text/plain", "", "Sorry.", "--x", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; relay.test", "Arrival-Date: Thu, 26 Nov 2026 01:00:00 +0000", "",
        ] + Array(repeating: group, count: times).joined() + [
            "--x", "Content-Type: \(returned)", "", "From: <dmarc@mx.receiver.test>", "To: <\(row.destination)>", answers == "X-Nothing" ? "Message-ID: \(messageID)" : "X-Nothing: x",
            "Subject: Report Domain: \(row.policyDomain)", " Submitter: mx.receiver.test", " Report-ID: <\(row.reportID)>", "", "x", "--x--", "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private func sent(_ desk: (MemoryReportOutbox) -> ReportDesk) async throws -> (ReportBench, ReportDesk, ReportRow) {
        let bench = ReportBench(), desk = desk(bench.outbox)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:Gone@home.test")
        _ = try await bench.day().makeNext()
        #expect(try await bench.send().map(\.word) == ["sent"])
        return (bench, desk, try #require(try await bench.rows().first))
    }

    @Test(arguments: [("message/rfc822", "X-Nothing"), ("text/rfc822-headers", "X-Nothing"), ("text/rfc822-headers", "In-Reply-To"), ("text/plain", "References"), ("text/plain", "Original-Message-ID")])
    func reportsThatComeBack(_ returned: String, _ answers: String) async throws {
        let (bench, desk, row) = try await sent(desk)
        #expect(Message(octets: try #require(bench.relay.taken.first).octets).messageID == "<\(row.reportID).\(row.id)@mx.receiver.test>")
        func read(_ octets: [UInt8]) throws -> [ReportBounce] { try desk.read(octets, mediaType: "message/rfc822", tenant: "acme", at: bench.now).bounces }
        #expect(throws: ReportIntake.Fault.self) { try read(notification(row, action: "delayed", returned: returned, answers: answers)) }
        let octets = notification(row, recipient: "gone@HOME.test", returned: returned, answers: answers)
        #expect(try await desk.note(try read(octets), tenant: "other", at: bench.now).isEmpty)
        #expect(try await bench.outbox.destinations(tenant: nil).isEmpty)
        let noted = try await desk.note(try read(octets), tenant: "acme", at: bench.now)
        #expect(noted.map(\.id) == [row.id] && noted.first?.lastReply == "bounced: 550 5.1.1 no such user" && noted.first?.state == .failed)
        #expect(try await bench.outbox.destinations(tenant: "acme").map(\.reason) == ["bounced: 550 5.1.1 no such user"])
        #expect(sample(desk, "postern_reports_bounced_total") == 1)
    }

    /// User pain: with a forged bounce anybody could silence the reports to anybody.
    @Test func bouncesThatNobodyCouldGuessAreBelieved() async throws {
        let (bench, desk, row) = try await sent(desk)
        func note(_ octets: [UInt8]) async throws -> [ReportRow] {
            try await desk.note((try? desk.read(octets, mediaType: "message/rfc822", tenant: "acme", at: bench.now))?.bounces ?? [], tenant: "acme", at: bench.now)
        }
        for forged in [notification(row, id: ""), notification(row, id: "0badcafe"), notification(row, id: VerdictID(high: row.id.high, low: row.id.low ^ 1).description),
                       notification(row, reportID: "other"), notification(row, recipient: "victim@other.test")] { #expect(try await note(forged).isEmpty) }
        #expect(try await bench.outbox.destinations(tenant: nil).isEmpty)
        // Not the same one twenty times, neither in one notification nor in twenty.
        for times in [20, 1, 1] { _ = try await note(notification(row, times: times)) }
        #expect(try await bench.outbox.destinations(tenant: nil).map(\.refusals) == [1])
        #expect(try await bench.rows().map(\.state) == [.failed])
        #expect(sample(desk, "postern_reports_bounced_total") == 1)
    }

    /// All reports leave from one address: who reads its mail does not know whose they are.
    @Test func aCallerOfNoTenantNeedNotKnowWhoseItIs() async throws {
        let (bench, desk, row) = try await sent(desk)
        let bounces = try desk.read(notification(row), mediaType: "message/rfc822", tenant: "default", at: bench.now).bounces
        #expect(try await desk.note(bounces, tenant: nil, at: bench.now).map(\.tenant) == ["acme"])
        #expect(try await bench.outbox.destinations(tenant: "acme").count == 1)
    }
}
