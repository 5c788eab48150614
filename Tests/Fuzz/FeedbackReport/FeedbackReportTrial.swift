import Feedback
import FoundationEssentials
import JSON
import Mail

/// What must hold for the reading of any octets as a report about mail that was sent.
struct FeedbackReportTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        // Small limits, so that each is met.
        var limits = FeedbackLimits()
        (limits.recipients, limits.groups, limits.problems, limits.textOctets, limits.repetitions, limits.addresses) = (3, 5, 2, 64, 2, 2)
        let message = Message(octets: octets)
        check(message, limits)
        check(message, FeedbackLimits())
    }

    private func check(_ message: Message, _ limits: FeedbackLimits) {
        let report: FeedbackReport
        do throws(FeedbackReportError) { report = try FeedbackReport(message, limits: limits) } catch {
            precondition(!error.description.isEmpty && error.description.utf8.count < 400)
            return
        }
        switch report {
        case .delivery(let status):
            precondition((1...limits.recipients).contains(status.recipients.count) && status.recipientsLeftOut >= 0 && status.problems.count <= limits.problems)
            for each in status.recipients { precondition(!each.finalRecipient.text.isEmpty && each.finalRecipient.text.utf8.count <= limits.textOctets) }
        case .feedback(let abuse):
            precondition(abuse.originalRcptTo.count <= limits.recipients && abuse.originalRcptToLeftOut >= 0 && (1...limits.incidents).contains(abuse.incidents))
            precondition(abuse.reportedDomain.count <= limits.repetitions && abuse.authenticationResults.count <= limits.repetitions)
        }
        if let returned = report.returned {
            precondition(returned.from.count <= limits.addresses && returned.to.count <= limits.addresses && returned.toLeftOut >= 0 && returned.verdictIDs.allSatisfy { $0.utf8.count == 36 })
        }
        let again = try? JSONDecoder().decode(FeedbackReport.self, from: Data(jsonOctets(report)))
        precondition(again == report, "a report changes when it is written and read")
    }
}
