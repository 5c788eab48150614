import BlockLists
import DMARC
import DNS
import Mail
import Reporting
import Synchronization
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite(.longWork) struct ReportDeliveryTests {
    /// A bench whose outbox has one report of `home.test` for each destination.
    private func filled(_ destinations: [String] = ["a@home.test"], relay: FakeRelay = FakeRelay(), zones: [ListZone] = [], local: [LocalEntry] = [],
                        pacing: ReportPacing = ReportPacing()) async throws -> ReportBench {
        let bench = ReportBench(relay: relay, zones: zones, local: local, pacing: pacing)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=\(destinations.map { "mailto:\($0)" }.joined(separator: ","))")
        #expect(try await bench.day().makeNext()?.new == destinations.count)
        return bench
    }

    @Test func sentOnce() async throws {
        let bench = try await filled(["a@home.test", "b@home.test"])
        #expect(try await bench.send() == [.sent("250 2.0.0 ok (content)"), .sent("250 2.0.0 ok (content)")])
        #expect(try await bench.send().isEmpty)
        #expect(Set(bench.relay.taken.map(\.recipient)) == ["a@home.test", "b@home.test"] && bench.relay.taken.allSatisfy { $0.sender == "dmarc@mx.receiver.test" })
        let mail = try #require(bench.relay.taken.first), message = Message(octets: mail.octets)
        #expect(ReportLoop.isReport(message))
        let found = try #require(ReportReader().read(message).documents.first)
        let report = try AggregateReport(xml: found.content.get())
        #expect(report.policy.domain == "home.test" && report.records.map(\.count) == [1])
    }

    @Test(arguments: [
        ("a stranger", "v=spf1 -all", "no record that begins with v=DMARC1"),
        ("it moved", "v=DMARC1; rua=mailto:new@victim.test", ""),
        ("it agrees", "v=DMARC1", ""),
    ])
    func elsewhere(_ name: String, _ text: String, _ why: String) async throws {
        let bench = ReportBench()
        bench.resolver.txt("home.test._report._dmarc.victim.test", text)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@victim.test")
        _ = try await bench.day().makeNext()
        let ends = try await bench.send()
        if why.isEmpty {
            #expect(ends == [.sent("250 2.0.0 ok (content)")] && bench.relay.taken.map(\.recipient) == [name == "it moved" ? "new@victim.test" : "a@victim.test"])
        } else {
            #expect(ends.count == 1 && ends[0].word == "withheld" && ends[0].words.contains(why) && bench.relay.taken.isEmpty)
        }
    }

    @Test func notKnownNow() async throws {
        let bench = ReportBench()
        bench.resolver.fail("home.test._report._dmarc.victim.test")
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@victim.test")
        _ = try await bench.day().makeNext()
        #expect(try await bench.send().isEmpty, "its host did not answer when it was made")
        bench.now = bench.now.adding(seconds: DayReportLimits().silence)
        #expect(try await bench.send().map(\.word) == ["later"])
        #expect(try await bench.send().isEmpty, "not before the pause is over")
        bench.now = bench.now.adding(seconds: bench.pacing.firstPause)
        #expect(try await bench.send().map(\.word) == ["later"])
        bench.now = bench.now.adding(seconds: bench.pacing.giveUpAfter)
        #expect(try await bench.send().map(\.word) == ["withheld"])
        #expect(bench.relay.taken.isEmpty)
        #expect(try await bench.rows().map(\.attempts) == [0])
    }

    /// User pain: the reports to a vendor whose DNS was down when they were made were withheld, for it takes them at other addresses.
    @Test func anOverrideThatIsLearntWhenTheReportIsSent() async throws {
        let bench = ReportBench(), down = MemoryResolver()
        down.fail("home.test._report._dmarc.vendor.test")
        bench.resolver.txt("home.test._report._dmarc.vendor.test", "v=DMARC1; rua=mailto:in@vendor.test,mailto:more@vendor.test,https://vendor.test/x")
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@vendor.test,mailto:b@vendor.test,mailto:MORE@vendor.test")
        #expect(try await bench.day(down).makeNext()?.new == 3)
        bench.now = bench.now.adding(seconds: DayReportLimits().silence)
        let ends = try await bench.send()
        #expect(Set(bench.relay.taken.map { $0.recipient.lowercased() }) == ["in@vendor.test", "more@vendor.test"] && bench.relay.taken.count == 2)
        #expect(ends.filter { $0.word == "sent" }.count == 2)
        #expect(ends.filter { $0.word == "withheld" }.map(\.words) == Array(repeating: "vendor.test takes reports at in@vendor.test, more@vendor.test instead", count: 2))
        #expect(Set(bench.relay.taken.compactMap { ReportReader().read(Message(octets: $0.octets)).documents.first?.name }).count == 1, "the same report")
        #expect(try await bench.rows().allSatisfy { $0.state != .pending })
    }

    /// A destination that names another address each time it is asked gets a report a few times, and no more.
    @Test(.timeLimit(.minutes(10))) func anOverrideThatNeverRests() async throws {
        let restless = RestlessResolver(), bench = ReportBench(resolver: restless)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@vendor.test")
        _ = try await bench.day(restless).makeNext()
        _ = try await bench.send()
        let rows = try await bench.rows()
        #expect(bench.relay.taken.isEmpty && rows.count <= ReportPacing.addressesLimit && rows.allSatisfy { $0.state == .withheld })
    }

    /// User pain: `u%victim.example@own.example` went to the relay, and a relay of old habits takes it for a route to the victim.
    @Test(arguments: [
        ("a route behind %", "u%25victim.test@home.test"), ("a path of UUCP", "victim%21u@home.test"), ("an option", "-oX@home.test"), ("an encoded option", "%2doX@home.test"),
        ("a program", "%7Cprogram@home.test"), ("a file", "%2Ftmp%2Fx@home.test"), ("quotes", "%22a%22@home.test"), ("a second @", "a%40victim.test@home.test"),
        ("a dot at its end", "a.@home.test"), ("two dots", "a..b@home.test"), ("a comma", "a%2Cb@home.test"), ("letters that are not ASCII", "gr%C3%BCn@home.test"), ("no UTF-8", "gr%FFn@home.test"),
        ("an expansion", "$%7Brun%7B/bin/id%7D%7D@home.test"), ("a command in quotes", "%60id%60@home.test"), ("somebody's home", "~root@home.test"), ("two commands", "a%26b@home.test"),
        ("longer than 64 octets", "\(String(repeating: "x", count: 65))@home.test"),
    ])
    func destinationsThatNoRelayGets(_ name: String, _ address: String) async throws {
        let bench = try await filled([address])
        let ends = try await bench.send()
        #expect(ends.count == 1 && ends[0].word == "withheld" && ends[0].words.contains("its local part"), "\(ends)")
        #expect(bench.relay.taken.isEmpty)
        #expect(try await bench.rows().map(\.state) == [.withheld])
        #expect(try await bench.outbox.destinations(tenant: nil).isEmpty, "it did not refuse")
    }

    @Test(arguments: ["a.b+c=d@home.test", "dmarc-rua@home.test", "x/y@home.test", "O'Hara_#?@home.test", "\(String(repeating: "x", count: 64))@home.test"])
    func destinationsOfRareCharacters(_ address: String) async throws {
        let bench = try await filled([address.replacing("?", with: "%3F")])
        #expect(try await bench.send().map(\.word) == ["sent"] && bench.relay.taken.map(\.recipient) == [address])
    }

    /// User pain: what named hosts that are none used up the hour's reports, and a pause for each.
    @Test(arguments: [("no such name", "is no host"), ("neither a mail exchange nor an address", "has neither"), ("no mail", "takes no mail"), ("an exchange", ""), ("an address", ""), ("an address of IPv6", ""), ("nobody knows", "")])
    func hostsThatTakeNoMail(_ name: String, _ why: String) async throws {
        let bench = ReportBench(), start = bench.now
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test", areThere: false)
        switch name {
        case "neither a mail exchange nor an address": bench.resolver.txt("home.test", "x")
        case "no mail": bench.resolver.add("home.test", .mx, .exchange(0, try #require(DomainName("."))))
        case "an exchange": bench.resolver.mx("home.test", 10, "mx.other.test")
        case "an address": bench.resolver.a("home.test", "192.0.2.1")
        case "an address of IPv6": bench.resolver.a("home.test", "2001:db8::1")
        case "nobody knows": bench.resolver.fail("home.test", .mx)
        default: break
        }
        _ = try await bench.day().makeNext()
        let ends = try await bench.send(), standing = try await bench.outbox.standing(since: start.adding(seconds: -3600))
        if why.isEmpty {
            #expect(ends.map(\.word) == ["sent"] && standing.wentOut == 1)
        } else {
            #expect(ends.count == 1 && ends[0].word == "later" && ends[0].words.contains(why), "\(ends)")
            bench.now = bench.now.adding(seconds: bench.pacing.hostPause - 1)
            #expect(try await bench.send().isEmpty)
            bench.now = bench.now.adding(seconds: 1)
            let last = try await bench.send()
            #expect(last.count == 1 && last[0].word == "withheld" && last[0].words.contains(why) && !last[0].words.contains("again"), "\(last)")
            #expect(standing.wentOut == 0 && bench.relay.taken.isEmpty, "it counts for nothing")
            #expect(try await bench.rows().map(\.attempts) == [0])
        }
    }

    /// User pain: one resolver that said for a moment that there is no such name gave up the report.
    @Test(arguments: ["no such name", "no mail"]) func aHostThatWasGoneForAMoment(_ name: String) async throws {
        let blinking = MemoryResolver(), bench = ReportBench(resolver: blinking)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test", areThere: false)
        if name == "no mail" { bench.resolver.add("home.test", .mx, .exchange(0, try #require(DomainName(".")))) }
        _ = try await bench.day().makeNext()
        #expect(try await bench.send().map(\.word) == ["later"])
        bench.now = bench.now.adding(seconds: bench.pacing.hostPause)
        bench.resolver.mx("home.test", 10, "mx.home.test")
        #expect(try await bench.send().map(\.word) == ["sent"] && bench.relay.taken.count == 1)
    }

    /// Also where it was put off for another reason before, and long: a host is asked twice in any case.
    @Test func aHostIsAskedTwiceHoweverOldTheReportIs() async throws {
        let bench = ReportBench()
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test", areThere: false)
        _ = try await bench.day().makeNext()
        bench.now = bench.now.adding(seconds: bench.pacing.giveUpAfter)
        #expect(try await bench.send().map(\.word) == ["later"])
        bench.now = bench.now.adding(seconds: bench.pacing.hostPause)
        #expect(try await bench.send().map(\.word) == ["withheld"])
    }

    /// What is not known in time is no reason: the relay finds out.
    @Test func aHostThatDoesNotSayItInTimeIsLeftToTheRelay() async throws {
        let bench = ReportBench(limits: { var limits = ReportDeliveryLimits(); limits.mailHost = .zero; return limits }(), exchanges: PunctualResolver())
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@home.test", areThere: false)
        _ = try await bench.day().makeNext()
        #expect(try await bench.send().map(\.word) == ["sent"])
    }

    /// User pain: a report was lost that its host had wanted at an odd mailbox only, for a moment: the odd one got none, and the other one had been passed over for it.
    @Test(arguments: [("both", "v=DMARC1; rua=mailto:x%25y@vendor.test,mailto:a@vendor.test"), ("none", "v=DMARC1"), ("the odd one alone", "v=DMARC1; rua=mailto:x%25y@vendor.test")])
    func anOddMailboxTakesNoReportWithIt(_ name: String, _ last: String) async throws {
        let odd = MemoryResolver(), asked = ChangingResolver(odd), bench = ReportBench(resolver: asked)
        odd.txt("home.test._report._dmarc.vendor.test", "v=DMARC1; rua=mailto:x%25y@vendor.test")
        let now = MemoryResolver()
        now.txt("home.test._report._dmarc.vendor.test", last)
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:a@vendor.test")
        let before = MemoryResolver()
        before.txt("home.test._report._dmarc.vendor.test", "v=DMARC1")
        #expect(try await bench.day(before).makeNext()?.new == 1)
        asked.change(to: now, after: "home.test._report._dmarc.vendor.test")
        var ends = try await bench.send()
        #expect(ends.map(\.word) == ["withheld", "withheld"], "sent on, and not there")
        bench.now = bench.now.adding(seconds: bench.pacing.firstPause)
        ends = try await bench.send()
        if name == "the odd one alone" {
            #expect(ends.isEmpty && bench.relay.taken.isEmpty)
        } else {
            #expect(ends.map(\.word) == ["sent"] && bench.relay.taken.map(\.recipient) == ["a@vendor.test"])
        }
        #expect(try await bench.rows().first { $0.destination.hasPrefix("x") }?.lastReply.contains("its local part") == true)
    }

    /// Two odd mailboxes do not wake each other for ever.
    @Test(.timeLimit(.minutes(10))) func oddMailboxesRest() async throws {
        let bench = ReportBench()
        bench.resolver.txt("home.test._report._dmarc.vendor.test", "v=DMARC1; rua=mailto:a%25b@vendor.test,mailto:c%25d@vendor.test")
        try bench.judge("home.test", record: "v=DMARC1; p=reject; rua=mailto:r@vendor.test")
        #expect(try await bench.day().makeNext()?.new == 2)
        #expect(try await bench.send().map(\.word) == ["withheld", "withheld"])
        bench.now = bench.now.adding(seconds: bench.pacing.firstPause)
        #expect(try await bench.send().isEmpty)
    }

    /// What no envelope can have is refused before it counts.
    @Test(arguments: ["a@x_y.home.test", "a@-x.home.test", "a@x-.home.test", "a@x*y.home.test", "a@\(String(repeating: "x", count: 63)).home.test"])
    func hostsThatAreNoHosts(_ address: String) async throws {
        let bench = try await filled([address]), start = bench.now
        let ends = try await bench.send(), standing = try await bench.outbox.standing(since: start.adding(seconds: -3600))
        #expect(ends.count == 1 && standing.wentOut == bench.relay.taken.count && bench.now == start.adding(seconds: bench.relay.taken.count * bench.pacing.between), "\(ends)")
    }

    @Test func listed() async throws {
        let zone = SpamhausZones.dbl(at: "dbl.test")
        let bench = try await filled(zones: [zone])
        bench.resolver.a("home.test.dbl.test", "127.0.1.4")
        let ends = try await bench.send()
        #expect(ends.map(\.word) == ["withheld"] && ends[0].words.hasPrefix("dbl.test lists home.test") && bench.relay.taken.isEmpty)
    }

    @Test(arguments: [("home.test", LocalEffect.block, false), (".test", .block, false), ("a@home.test", .block, false), ("home.test", .allow, true), ("other.test", .block, false)])
    func localList(_ subject: String, _ effect: LocalEffect, _ isListedBesides: Bool) async throws {
        let zone = SpamhausZones.dbl(at: "dbl.test"), entry = LocalEntry(effect: effect, subject: try #require(LocalSubject(subject)), reason: "so")
        let bench = try await filled(zones: [zone], local: [entry])
        if isListedBesides { bench.resolver.a("home.test.dbl.test", "127.0.1.4") }
        let ends = try await bench.send()
        if effect == .block && subject != "other.test" {
            #expect(ends == [.withheld("the local list has \(subject): so")] && bench.relay.taken.isEmpty)
        } else { #expect(ends.map(\.word) == ["sent"]) }
    }

    @Test func aListThatDoesNotAnswer() async throws {
        let bench = try await filled(zones: [SpamhausZones.dbl(at: "dbl.test")])
        bench.resolver.fail("home.test.dbl.test")
        #expect(try await bench.send().map(\.word) == ["later"])
        bench.now = bench.now.adding(seconds: bench.pacing.listPatience)
        #expect(try await bench.send().map(\.word) == ["sent"], "not for ever")
    }

    @Test func refusedAndPutOff() async throws {
        let bench = try await filled(["full@home.test", "busy@home.test"], relay: FakeRelay { mail in
            mail.recipient.hasPrefix("full") ? .refused(RelayReply(stage: .rcpt, code: 550, text: "5.1.1 no")) : .deferred(nil, why: "down")
        })
        #expect(try await bench.send().map(\.word).sorted() == ["failed", "later"])
        #expect(try await bench.outbox.destinations(tenant: nil).map(\.destination) == ["full@home.test"])
        try bench.judge("other.test", record: "v=DMARC1; p=reject; rua=mailto:full@home.test", tenant: "acme") { $0.id = VerdictID(at: bench.now) }
        bench.resolver.txt("other.test._report._dmarc.home.test", "v=DMARC1")
        bench.now = bench.now.adding(seconds: 86_400)
        _ = try await bench.day().makeNext()
        let before = bench.relay.taken.count
        _ = try await bench.send()
        #expect(bench.relay.taken.dropFirst(before).allSatisfy { $0.recipient == "busy@home.test" })
        #expect(try await bench.rows().first { $0.policyDomain == "other.test" }?.state == .withheld)
    }

    /// User pain: a relay that dies after every message made the whole outbox `unknown` within minutes.
    @Test func aRelayThatDoesNotAnswerIsLeftAlone() async throws {
        let works = Mutex(false)
        let bench = try await filled((0..<4).map { "r\($0)@home.test" }, relay: FakeRelay { _ in
            works.withLock { $0 } ? .accepted(RelayReply(stage: .content, code: 250, text: "ok")) : .unanswered(why: "gone")
        })
        let delivery = try bench.delivery()
        func send() async throws -> [ReportEnd] {
            var ends: [ReportEnd] = []
            _ = try await delivery.sendDue(pause: { _ in }, tell: { ends.append($1) })
            return ends
        }
        let start = bench.now
        #expect(try await send() == [.unknown("gone")])
        #expect(try await send().isEmpty)
        bench.now = start.adding(seconds: bench.pacing.pause(after: 1))
        #expect(try await send() == [.unknown("gone")])
        bench.now = bench.now.adding(seconds: bench.pacing.pause(after: 1))
        #expect(try await send().isEmpty, "longer than the first time")
        bench.now = start.adding(seconds: bench.pacing.pause(after: 1) + bench.pacing.pause(after: 2))
        works.withLock { $0 = true }
        #expect(try await send().map(\.word) == ["sent", "sent"])
    }

    /// User pain: a relay that was set wrong for an hour silenced every destination for a week.
    @Test(arguments: ["5.7.1 relaying denied", "message not allowed"]) func aRelayThatRefusesEverybody(_ words: String) async throws {
        let works = Mutex(false)
        let bench = ReportBench(relay: FakeRelay { _ in
            works.withLock { $0 } ? .accepted(RelayReply(stage: .content, code: 250, text: "ok")) : .refused(RelayReply(stage: .rcpt, code: 550, text: words))
        })
        for place in 0..<4 { try bench.judge("home\(place).test", record: "v=DMARC1; p=reject; rua=mailto:r@home\(place).test") }
        _ = try await bench.day().makeNext()
        _ = try await bench.send()
        bench.now = bench.now.adding(seconds: 60)
        _ = try await bench.send()
        #expect(try await bench.outbox.destinations(tenant: nil).isEmpty)
        #expect(try await bench.rows().allSatisfy { $0.state == .pending })
        works.withLock { $0 = true }
        bench.now = bench.now.adding(seconds: bench.pacing.longestPause)
        #expect(try await bench.send().map(\.word) == ["sent", "sent", "sent", "sent"])
    }

    /// User pain: what a suppressed destination did not get was written nowhere.
    @Test func whatAClaimEndsIsTold() async throws {
        let bench = try await filled(["a@home.test", "b@home.test"])
        try await bench.outbox.suppress("a@home.test", tenant: "acme", reason: "bounced", at: bench.now)
        #expect(Set(try await bench.send().map(\.words)) == ["the destination takes no reports: bounced", "250 2.0.0 ok (content)"])
    }

    /// User pain: a reporter that sends everything at once is taken for a spammer.
    @Test func notTooMany() async throws {
        let pacing = { var pacing = ReportPacing(); pacing.perHour = 3; pacing.between = 7; return pacing }()
        let bench = try await filled((0..<8).map { "r\($0)@home.test" }, pacing: pacing)
        let start = bench.now
        #expect(try await bench.send().count == 3)
        #expect(bench.now == start.adding(seconds: 21), "a pause after each")
        #expect(try await bench.send().isEmpty)
        bench.now = start.adding(seconds: 3700)
        #expect(try await bench.send().count == 3)
        bench.now = start.adding(seconds: 7400)
        #expect(try await bench.send().count == 2)
        #expect(Set(bench.relay.taken.map(\.recipient)).count == 8)
    }

    @Test func theTally() {
        let tally = ReportTally()
        for end in [ReportEnd.sent("x"), .sent("y"), .withheld("z"), .failed("f", suppresses: true)] { tally.count(end) }
        tally.count(made: 4)
        tally.stands(OutboxStanding(waiting: 3, wentOut: 2))
        let families = tally.families()
        #expect(families.map(\.name) == ["made_total", "ended_total", "failed_total", "received_total", "known_total", "bounced_total", "refused_total", "waiting"].map { "postern_reports_\($0)" })
        #expect(families[1].samples.map(\.value) == [2, 1, 1, 0, 0] && families[0].samples[0].value == 4 && families.last?.samples[0].value == 3)
    }
}
