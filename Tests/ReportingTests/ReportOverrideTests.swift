import BlockLists
import DMARC
import DNS
import Mail
import Reporting
import Testing
import TestStores
import TestSupport
import Verdicts

/// Destinations that name others, learnt when the report is to be sent (RFC 9990 §4).
@Suite(.longWork) struct ReportOverrideTests {
    /// A report of `home.test` for these, made while their host did not answer; by now it says `override`.
    private func late(_ rua: [String], _ override: String, local: [LocalEntry] = []) async throws -> ReportBench {
        let bench = ReportBench(local: local), down = MemoryResolver()
        down.fail("home.test._report._dmarc.vendor.test")
        bench.resolver.txt("home.test._report._dmarc.vendor.test", override)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=\(rua.map { "mailto:\($0)" }.joined(separator: ","))")
        #expect(try await bench.day(down).makeNext()?.new == rua.count)
        bench.now = bench.now.adding(seconds: DayReportLimits().silence)
        return bench
    }

    /// User pain: a vendor that names the old mailbox and a new one got nothing at the new one.
    @Test func theMailboxItselfAndOthers() async throws {
        let bench = try await late(["a@vendor.test"], "v=DMARC1; rua=mailto:new@vendor.test,mailto:A@vendor.test,mailto:NEW@vendor.test,mailto:more@vendor.test")
        #expect(try await bench.send().map(\.word) == ["sent", "sent", "sent"])
        #expect(bench.relay.taken.map(\.recipient).sorted() == ["a@vendor.test", "more@vendor.test", "new@vendor.test"])
        #expect(Set(bench.relay.taken.compactMap { ReportReader().read(Message(octets: $0.octets)).documents.first?.name }).count == 1, "the same report")
        #expect(try await bench.rows().map(\.state) == [.sent, .sent, .sent])
        bench.now = bench.now.adding(seconds: 86_400)
        #expect(try await bench.send().isEmpty, "each once")
    }

    @Test func theMailboxItselfIsLeftOutAndTheOthersAreNot() async throws {
        let block = LocalEntry(effect: .block, subject: try #require(LocalSubject("a@vendor.test")), reason: "so")
        let bench = try await late(["a@vendor.test"], "v=DMARC1; rua=mailto:a@vendor.test,mailto:new@vendor.test", local: [block])
        #expect(Set(try await bench.send().map(\.word)) == ["withheld", "sent"])
        #expect(bench.relay.taken.map(\.recipient) == ["new@vendor.test"])
    }

    /// What is odd may have another in its place; so its host is asked first.
    @Test(arguments: [("another in its place", "mailto:new@vendor.test", ["new@vendor.test"]), ("another beside it", "mailto:x%25y@vendor.test,mailto:new@vendor.test", ["new@vendor.test"]),
                      ("itself", "mailto:x%25y@vendor.test", []), ("none", "", []), ("another odd one", "mailto:-x@vendor.test", [])])
    func anOddMailboxIsJudgedAfterItsHostWasAsked(_ name: String, _ instead: String, _ taken: [String]) async throws {
        let bench = try await late(["x%25y@vendor.test"], "v=DMARC1\(instead.isEmpty ? "" : "; rua=\(instead)")")
        let ends = try await bench.send()
        #expect(bench.relay.taken.map(\.recipient) == taken)
        let isReplaced = name == "another in its place" || name == "another odd one"
        #expect(ends.contains { $0.word == "withheld" && $0.words.contains(isReplaced ? "instead" : "its local part may be taken for a route") }, "\(ends)")
        #expect(bench.resolver.asked.contains { $0.name.text == "home.test._report._dmarc.vendor.test" })
        #expect(try await bench.rows().allSatisfy { $0.state != .pending })
    }

    /// User pain: of a record with two hosts one named many mailboxes, and the other got no report.
    @Test func noHostTakesThePlacesOfAnother() async throws {
        let bench = ReportBench(), many = (0..<16).map { "mailto:r\($0)@greedy.test" }.joined(separator: ",")
        bench.resolver.txt("home.test._report._dmarc.greedy.test", "v=DMARC1; rua=\(many)")
        bench.resolver.txt("home.test._report._dmarc.modest.test", "v=DMARC1")
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:r@greedy.test,mailto:r@modest.test,mailto:s@modest.test,mailto:r@home.test")
        _ = try await bench.day().makeNext()
        let made = try await bench.rows().map(\.destination)
        #expect(made.count == DayReportLimits().destinations && Set(made).isSuperset(of: ["r@modest.test", "s@modest.test", "r@home.test"]))
    }
}
