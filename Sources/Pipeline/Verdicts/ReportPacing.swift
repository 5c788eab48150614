/// When reports are sent, tried again and given up.
package struct ReportPacing: Sendable {
    /// Seconds for which a claim is its claimer's; longer than sending all that is claimed at once may take.
    package var lease = 1800
    /// Seconds before the second attempt; each pause is twice the one before, up to the longest.
    package var firstPause = 900
    package var longestPause = 6 * 3600
    /// Seconds after which a report that could not be sent is given up, counted from when it was made.
    package var giveUpAfter = 4 * 86_400
    /// Seconds for which nothing goes to a destination that refused for the first time; twice that for the second and so on, up to the longest.
    package var suppression = 7 * 86_400
    package var longestSuppression = 90 * 86_400
    /// Seconds after a day's end before its reports are made, so that every verdict of it is written.
    package var settling = 3600
    /// Days back whose reports are still made.
    package var daysBack = 7

    /// Seconds between two reports that a node sends, and reports that all nodes together send in an hour: who sends many at once is taken for a spammer.
    package var between = 5
    package var perHour = 300
    /// Seconds between two reports that go to one mailbox, whichever node sends them; 0 for no pause.
    package var betweenSame = 30
    /// Seconds for which a report waits for a blocklist that does not answer.
    package var listPatience = 6 * 3600

    /// Seconds after which a host is asked again whether it takes mail that said no: longer than resolvers remember that there is nothing (RFC 2308 §5: one to three hours), or the
    /// same answer would be counted twice.
    package var hostPause = 4 * 3600

    /// Octets that the document of a report has at most.
    package static let documentLimit = 25 << 20
    /// Mailboxes that one report is kept for at most, those counted that it was sent on from; each host has the same share of them.
    package static let addressesLimit = 40

    /// Mailboxes that one reporter's reports about us come to at most: who sent a day's reports to more of them, and nothing else, is reported on all the same.
    ///
    /// Only reports about the mail that our own reports are can keep two reporters answering each other, and those come to the few mailboxes that one record names; what is dressed
    /// as reports to hide that it is forged goes to many.
    package static let loopMailboxes = 10

    package init() {}

    /// The pause after an attempt that failed for the time being.
    /// - Parameter attempts: attempts made, at least 1.
    package func pause(after attempts: Int) -> Int { doubled(firstPause, max(attempts, 1) - 1, longestPause) }

    /// How long a destination is left alone.
    /// - Parameter refusals: since it last took a report, at least 1.
    package func suppression(after refusals: Int) -> Int { doubled(suppression, max(refusals, 1) - 1, longestSuppression) }

    private func doubled(_ seconds: Int, _ times: Int, _ longest: Int) -> Int {
        guard times < 24, seconds < 1 << 31 else { return longest }
        return min(max(seconds, 1) << times, max(longest, 1))
    }

    /// What the relay's word means to a report.
    ///
    /// A mailbox that refused, or that refused the message itself, is suppressed. A refusal of the sender is none of the destination's; and what the relay's
    /// own policy forbids is put off, until somebody sets the relay right.
    /// - Parameter report: as it was claimed, before this attempt.
    package func end(of outcome: RelayOutcome, for report: ReportRow, at now: Timestamp) -> ReportEnd {
        switch outcome {
        case .accepted(let reply): return .sent(reply.line)
        case .refused(let reply) where reply.isOfPolicy: return putOff(report, reply.line, at: now)
        case .refused(let reply): return .failed(reply.line, suppresses: reply.stage == .rcpt || reply.stage == .content)
        case .unanswered(let why): return .unknown(why)
        case .deferred(let reply, let why): return putOff(report, reply?.line ?? why, at: now)
        }
    }

    /// To be tried again, or given up for its age.
    /// - Parameter report: as it was claimed, before this attempt.
    package func putOff(_ report: ReportRow, _ words: String, at now: Timestamp) -> ReportEnd {
        let attempts = report.attempts &+ 1, next = now.adding(seconds: pause(after: attempts))
        guard next <= report.createdAt.adding(seconds: giveUpAfter) else { return .failed("given up after \(attempts) attempts: \(words)", suppresses: false) }
        return .later(next, words)
    }
}

/// What became of a report; with what was said, or why.
package enum ReportEnd: Sendable, Equatable {
    case sent(String)
    /// To be tried again.
    case later(Timestamp, String)
    /// Given up.
    case failed(String, suppresses: Bool)
    case unknown(String)
    /// Not to be sent.
    case withheld(String)
}

extension RelayReply {
    /// Whether it says that we may not, rather than that there is no such mailbox: for want of a name and password, or as a matter of policy.
    /// Source: RFC 4954 §6, RFC 3463 §3.8.
    package var isOfPolicy: Bool { code == 530 || text.hasPrefix("5.7.") }

    /// `550 5.1.1 no such user (rcpt)`.
    ///
    /// ``ReportEnd/reason`` finds the stage again.
    package var line: String { text.isEmpty ? "\(code) (\(stage.rawValue))" : "\(code) \(text) (\(stage.rawValue))" }
}

extension ReportEnd {
    /// Why a report failed, in a word that can be counted: `given_up`, the stage of the reply that refused it, or `unsendable`; nil for any other end.
    package var reason: String? {
        guard case .failed(let words, _) = self else { return nil }
        if words.hasPrefix("given up after ") { return "given_up" }
        return RelayStage.allCases.first { words.hasSuffix("(\($0.rawValue))") }?.rawValue ?? "unsendable"
    }

    /// What ``reason`` can be.
    package static let reasons = ["given_up", "unsendable"] + RelayStage.allCases.map(\.rawValue)
}
