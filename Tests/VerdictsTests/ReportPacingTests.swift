import Testing
import Verdicts

@Suite struct ReportPacingTests {
    private let now = Timestamp(microseconds: 1_795_428_000_000_000)

    private func row(attempts: Int = 0, madeSecondsAgo seconds: Int = 0) -> ReportRow {
        ReportRow(id: VerdictID(at: now), tenant: "t", policyDomain: "example.org", begin: now, end: now, destination: "a@example.org", reportID: "1", state: .sending,
                  attempts: attempts, nextAttempt: now, lastReply: "", createdAt: now.adding(seconds: -seconds), endedAt: nil)
    }

    @Test func pausesGrow() {
        let pacing = ReportPacing()
        #expect((1...7).map { pacing.pause(after: $0) } == [900, 1800, 3600, 7200, 14_400, 21_600, 21_600])
        #expect([0, -5, 1000, .max, .min].map { pacing.pause(after: $0) } == [900, 900, 21_600, 21_600, 900])
        #expect((1...5).map { pacing.suppression(after: $0) / 86_400 } == [7, 14, 28, 56, 90])
    }

    @Test(arguments: RelayStageRow.all)
    func whatAReplyMeans(_ row: RelayStageRow) {
        #expect(ReportPacing().end(of: row.outcome, for: self.row(), at: now) == row.end)
    }

    @Test func whyAReportFailedCanBeCounted() {
        for stage in RelayStage.allCases {
            let end = ReportPacing().end(of: .refused(RelayReply(stage: stage, code: 550, text: "no (really)")), for: row(), at: now)
            #expect(end.reason == stage.rawValue && ReportEnd.reasons.contains(stage.rawValue))
        }
        #expect(ReportEnd.failed("given up after 9 attempts: 451 later (rcpt)", suppresses: false).reason == "given_up")
        #expect(ReportEnd.failed("no message can be made of it: x", suppresses: false).reason == "unsendable")
        #expect(ReportEnd.sent("250 ok (content)").reason == nil && ReportEnd.unknown("x (rcpt)").reason == nil)
    }

    struct RelayStageRow: Sendable, CustomTestStringConvertible {
        let testDescription: String, outcome: RelayOutcome, end: ReportEnd

        static let all = [
            RelayStageRow(testDescription: "taken", outcome: .accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 ok")), end: .sent("250 2.0.0 ok (content)")),
            RelayStageRow(testDescription: "no such mailbox", outcome: .refused(RelayReply(stage: .rcpt, code: 550, text: "5.1.1 no")), end: .failed("550 5.1.1 no (rcpt)", suppresses: true)),
            RelayStageRow(testDescription: "the message", outcome: .refused(RelayReply(stage: .content, code: 554, text: "")), end: .failed("554 (content)", suppresses: true)),
            RelayStageRow(testDescription: "relaying denied", outcome: .refused(RelayReply(stage: .rcpt, code: 550, text: "5.7.1 relaying denied")),
                          end: .later(Timestamp(microseconds: 1_795_428_900_000_000), "550 5.7.1 relaying denied (rcpt)")),
            RelayStageRow(testDescription: "no password", outcome: .refused(RelayReply(stage: .mail, code: 530, text: "authenticate")),
                          end: .later(Timestamp(microseconds: 1_795_428_900_000_000), "530 authenticate (mail)")),
            RelayStageRow(testDescription: "the relay's filter", outcome: .refused(RelayReply(stage: .content, code: 554, text: "5.7.1 spam")),
                          end: .later(Timestamp(microseconds: 1_795_428_900_000_000), "554 5.7.1 spam (content)")),
            RelayStageRow(testDescription: "the sender", outcome: .refused(RelayReply(stage: .mail, code: 553, text: "no")), end: .failed("553 no (mail)", suppresses: false)),
            RelayStageRow(testDescription: "we ourselves", outcome: .refused(RelayReply(stage: .local, code: 552, text: "5.3.4 x")), end: .failed("552 5.3.4 x (local)", suppresses: false)),
            RelayStageRow(testDescription: "no answer", outcome: .unanswered(why: "gone"), end: .unknown("gone")),
            RelayStageRow(testDescription: "greylisted", outcome: .deferred(RelayReply(stage: .rcpt, code: 451, text: "4.7.1 later"), why: "x"),
                          end: .later(Timestamp(microseconds: 1_795_428_900_000_000), "451 4.7.1 later (rcpt)")),
            RelayStageRow(testDescription: "nobody there", outcome: .deferred(nil, why: "refused"), end: .later(Timestamp(microseconds: 1_795_428_900_000_000), "refused")),
        ]
    }

    @Test func whatTakesTooLongIsGivenUp() {
        let pacing = ReportPacing(), outcome = RelayOutcome.deferred(nil, why: "nobody there")
        var attempts = 0, age = 0, ages: [Int] = []
        while attempts < 1000 {
            guard case .later(let next, _) = pacing.end(of: outcome, for: row(attempts: attempts, madeSecondsAgo: age), at: now) else { break }
            ages.append(age)
            age += next.seconds - now.seconds
            attempts += 1
        }
        #expect(age <= pacing.giveUpAfter && age > pacing.giveUpAfter - pacing.longestPause && attempts == 19, "\(ages)")
        #expect(pacing.end(of: outcome, for: row(attempts: attempts, madeSecondsAgo: age), at: now) == .failed("given up after \(attempts + 1) attempts: nobody there", suppresses: false))
    }
}
