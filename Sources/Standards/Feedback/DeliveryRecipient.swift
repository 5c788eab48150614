package import JSON
internal import Mail

/// What became of a message for one recipient.
/// Source: RFC 3464 §2.3.
package struct DeliveryRecipient: Sendable, Hashable {
    /// Source: RFC 3464 §2.3.3.
    package enum Action: String, Sendable, Hashable, CaseIterable, Decodable, JSONWritable { case failed, delayed, delivered, relayed, expanded }

    /// As the sender wrote it (RFC 3461 §4.2), where it came along.
    package var originalRecipient: TypedText?
    /// As the mail server knows it. Where it does not say, the original one.
    package var finalRecipient: TypedText
    package var action: Action
    /// Nil where there is none that can be read.
    package var status: DeliveryStatusCode?
    /// Who said what follows.
    package var remoteMTA: TypedText?
    package var diagnosticCode: TypedText?
    package var lastAttemptDate: ReportTime?
    /// Of a delay: when it gives up.
    package var willRetryUntil: ReportTime?

    package init(originalRecipient: TypedText? = nil, finalRecipient: TypedText, action: Action, status: DeliveryStatusCode? = nil, remoteMTA: TypedText? = nil, diagnosticCode: TypedText? = nil,
                 lastAttemptDate: ReportTime? = nil, willRetryUntil: ReportTime? = nil) {
        self.originalRecipient = originalRecipient; self.finalRecipient = finalRecipient; self.action = action; self.status = status; self.remoteMTA = remoteMTA
        self.diagnosticCode = diagnosticCode; self.lastAttemptDate = lastAttemptDate; self.willRetryUntil = willRetryUntil
    }

    /// - Parameter number: of the group, from 1.
    init(_ fields: ReportFields, number: Int, limits: FeedbackLimits) throws(FeedbackReportError) {
        let original = fields.first("Original-Recipient").flatMap { TypedText(address: $0.value, limits: limits) }
        guard let final = fields.first("Final-Recipient").flatMap({ TypedText(address: $0.value, limits: limits) }) ?? original else { throw .missing("Final-Recipient", group: number) }
        let status = fields.text("Status", limits).flatMap { DeliveryStatusCode($0) }
        self.init(originalRecipient: original, finalRecipient: final, action: try Self.action(fields, status, number, limits), status: status,
                  remoteMTA: fields.text("Remote-MTA", limits).flatMap { TypedText($0, usual: "dns", limits: limits) },
                  diagnosticCode: fields.text("Diagnostic-Code", limits).flatMap { TypedText($0, usual: "smtp", limits: limits) },
                  lastAttemptDate: fields.time("Last-Attempt-Date"), willRetryUntil: fields.time("Will-Retry-Until"))
    }

    /// The first word of the Action; where it is none of the registry, what the class of the status says (RFC 3463 §3.1).
    private static func action(_ fields: ReportFields, _ status: DeliveryStatusCode?, _ number: Int, _ limits: FeedbackLimits) throws(FeedbackReportError) -> Action {
        let text = fields.text("Action", limits)
        if let word = text?.lowercased().split(whereSeparator: { !$0.isLetter }).first, let action = Action(rawValue: String(word)) { return action }
        switch status?.category {
        case 2: return .delivered
        case 4: return .delayed
        case 5: return .failed
        default:
            if let text { throw .invalid("Action", group: number, text: FieldText.visible(text, limit: 80)) }
            throw .missing("Action", group: number)
        }
    }

    /// Whether a group has a field that no group about the message has.
    static func isAbout(_ fields: ReportFields) -> Bool { fields.first("Final-Recipient") != nil || fields.first("Original-Recipient") != nil || fields.first("Action") != nil }
}

extension DeliveryRecipient: JSONWritable, Decodable {
    private enum CodingKeys: String, CodingKey {
        case originalRecipient = "original_recipient", finalRecipient = "final_recipient", action, status, remoteMTA = "remote_mta", diagnosticCode = "diagnostic_code"
        case lastAttemptDate = "last_attempt_date", willRetryUntil = "will_retry_until"
    }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.originalRecipient, originalRecipient)
        json.member(CodingKeys.finalRecipient, finalRecipient)
        json.member(CodingKeys.action, action)
        json.member(CodingKeys.status, status)
        json.member(CodingKeys.remoteMTA, remoteMTA)
        json.member(CodingKeys.diagnosticCode, diagnosticCode)
        json.member(CodingKeys.lastAttemptDate, lastAttemptDate)
        json.member(CodingKeys.willRetryUntil, willRetryUntil)
        json.closeObject()
    }
}
