internal import Feedback
internal import Foundation
internal import HTTPTypes
internal import JSON
internal import Limiting
internal import Mail
internal import RateLimits
internal import Threads
internal import Verdicts
internal import Watching

/// `POST /v1/feedback`: what comes back for mail that was sent: delivery status notifications (RFC 3464) and complaints (RFC 5965) as they are, or in a few words of JSON.
struct FeedbackRoute: Sendable {
    let desk: FeedbackDesk
    let limits: APILimits
    private let readers = QueueRound(label: "postern.feedback", width: 1)

    init(desk: FeedbackDesk, limits: APILimits) { self.desk = desk; self.limits = limits }

    private static let types = ["message/rfc822", "application/json"]
    /// How long a question waits.
    private static let patience = Duration.seconds(5)
    /// Recipients in one document.
    private static let recipients = 1000

    var route: Route { Route(.post, "/v1/feedback", .scope(.feedback), take) }

    private struct Document: Decodable {
        var kind: SenderFeedback.Kind
        var verdict: String?
        var messageID: String?
        var recipients: [String]?
        var status: String?

        enum CodingKeys: String, CodingKey, CaseIterable { case kind, verdict, messageID = "message_id", recipients, status }
    }

    @Sendable private func take(_ call: Call) async throws -> Answer {
        let tenant = try SmallDocument.tenantMeant(by: call)
        guard let type = MediaType(call.request)?.name, Self.types.contains(type) else { throw Problem.mediaType(Self.types) }
        if type == "application/json" {
            let returned = try Self.returned(try SmallDocument.read(Document.self, try await call.document(), members: Document.CodingKeys.allCases.map(\.rawValue)))
            return try await answer(returned, report: nil, tenant: tenant, at: call.time)
        }
        let report = try await report(call)
        return try await answer(ReturnedMail(report), report: report, tenant: tenant, at: call.time)
    }

    private func report(_ call: Call) async throws -> FeedbackReport {
        let limit = min(limits.reportOctets, limits.bodyOctets), declared = try call.declaredLength(limit: limit)
        if declared == 0 { throw Problem.body("There is no message.") }
        let octets = try await call.body(declared: declared, limit: limit)
        defer { call.load.release(octets.count) }
        if octets.isEmpty { throw Problem.body("There is no message.") }
        let read = await withTaskExecutorPreference(readers.next) { @concurrent () -> Result<FeedbackReport, FeedbackReportError> in
            do throws(FeedbackReportError) { return .success(try FeedbackReport(Message(octets: octets))) } catch { return .failure(error) }
        }
        switch read {
        case .success(let report): return report
        case .failure(let error): throw Problem(.unprocessableContent, "report", "The message is no report", "The message \(error).")
        }
    }

    /// - Returns: nil where it does not count: it may be delivered yet, or the mailbox is full.
    private static func returned(_ document: Document) throws(Problem) -> ReturnedMail? {
        var verdicts: [VerdictID] = []
        if let text = document.verdict {
            guard let id = VerdictID(text) else { throw .parameter("verdict", "is not the id of a verdict") }
            verdicts = [id]
        }
        guard !verdicts.isEmpty || document.messageID?.isEmpty == false else { throw .parameter("verdict", "is missing, and so is message_id: one of them says which message it is about") }
        let recipients = document.recipients ?? []
        guard recipients.count <= Self.recipients, recipients.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 998 }) else { throw .parameter("recipients", "are more than \(Self.recipients), or one is empty or longer than 998 octets") }
        if document.kind == .bounce, recipients.isEmpty { throw .parameter("recipients", "are missing: who was not reached") }
        if let text = document.status {
            guard let status = DeliveryStatusCode(text) else { throw .parameter("status", "is not \(DeliveryStatusCode.textForm)") }
            if document.kind == .bounce, status.category != 5 || status.subject == 2 && status.detail == 2 { return nil }
        }
        return ReturnedMail(document.kind, verdicts: verdicts, messageID: document.messageID, recipients: recipients.map { [$0] })
    }

    private func answer(_ returned: ReturnedMail?, report: FeedbackReport?, tenant: String?, at time: Timestamp) async throws -> Answer {
        var outcome = FeedbackOutcome()
        if let returned { outcome = try await desk.take(returned, tenant: tenant, at: time, by: .now + Self.patience) } else { outcome.reason = "it tells of nobody who cannot be reached for good, nor of a complaint" }
        var json = JSONWriter(capacity: 1024)
        json.openObject()
        if let returned { json.key("kind"); json.string(returned.kind.rawValue) }
        json.key("verdict")
        if let id = outcome.verdict { json.string(id.description) } else { json.null() }
        if let sender = outcome.sender {
            json.key("tenant"); json.string(sender.tenant)
            json.key("sender"); json.string(sender.subject.description)
        }
        json.key("counted"); json.integer(outcome.counted)
        if let reason = outcome.reason { json.key("reason"); json.string(reason) }
        if let restraint = outcome.changed.first { json.key("restraint"); restraint.write(to: &json) }
        if let report { json.key("report"); report.write(to: &json) }
        json.closeObject()
        return Answer(json: json.octets)
    }
}
