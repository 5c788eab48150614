internal import JSON

/// What a mail server says became of a message, recipient by recipient.
/// Source: RFC 3464 §2.
package struct DeliveryStatus: Sendable, Hashable {
    /// The ENVID that the message was sent with (RFC 3461 §4.4).
    package var originalEnvelopeID: String?
    /// Who tried.
    package var reportingMTA: TypedText?
    /// From whom it had the message.
    package var receivedFromMTA: TypedText?
    package var arrivalDate: ReportTime?
    /// In order; one at least. Not more than ``FeedbackLimits/recipients``.
    package var recipients: [DeliveryRecipient]
    /// Groups beyond the limits, each of which would be a recipient.
    package var recipientsLeftOut = 0
    /// What could not be read beside those, at most ``FeedbackLimits/problems``, in words that go behind "the report".
    package var problems: [String] = []
    package var returned: ReturnedMessage?

    package init(originalEnvelopeID: String? = nil, reportingMTA: TypedText? = nil, receivedFromMTA: TypedText? = nil, arrivalDate: ReportTime? = nil, recipients: [DeliveryRecipient],
                 recipientsLeftOut: Int = 0, problems: [String] = [], returned: ReturnedMessage? = nil) {
        self.originalEnvelopeID = originalEnvelopeID; self.reportingMTA = reportingMTA; self.receivedFromMTA = receivedFromMTA; self.arrivalDate = arrivalDate
        self.recipients = recipients; self.recipientsLeftOut = recipientsLeftOut; self.problems = problems; self.returned = returned
    }

    /// Reads the fields: those about the message first, then a group for each recipient.
    ///
    /// A group that cannot be read is among the problems where another one can. Fields about the message may stand with the first recipient: some writers forget the empty line.
    /// - Throws: ``FeedbackReportError`` where no group tells of a recipient, the first that was met.
    init(_ octets: [UInt8], returned: ReturnedMessage?, limits: FeedbackLimits) throws(FeedbackReportError) {
        let (groups, unread) = ReportFields.groups(octets, most: limits.groups)
        guard let message = groups.first else { throw .missing("Reporting-MTA", group: nil) }
        var read: [DeliveryRecipient] = [], leftOut = unread, faults: [FeedbackReportError] = []
        for (place, group) in groups.enumerated() where place > 0 || DeliveryRecipient.isAbout(group) {
            if read.count >= limits.recipients { leftOut += 1; continue }
            do throws(FeedbackReportError) { read.append(try DeliveryRecipient(group, number: place + 1, limits: limits)) } catch { if faults.count < limits.problems { faults.append(error) } }
        }
        if read.isEmpty { throw faults.first ?? .noRecipient }
        self.init(originalEnvelopeID: message.text("Original-Envelope-Id", limits),
                  reportingMTA: message.text("Reporting-MTA", limits).flatMap { TypedText($0, usual: "dns", limits: limits) },
                  receivedFromMTA: message.text("Received-From-MTA", limits).flatMap { TypedText($0, usual: "dns", limits: limits) },
                  arrivalDate: message.time("Arrival-Date"), recipients: read, recipientsLeftOut: leftOut, problems: faults.map(\.description), returned: returned)
    }
}

extension DeliveryStatus: Decodable {
    private enum CodingKeys: String, CodingKey {
        case originalEnvelopeID = "original_envelope_id", reportingMTA = "reporting_mta", receivedFromMTA = "received_from_mta", arrivalDate = "arrival_date", recipients
        case recipientsLeftOut = "recipients_left_out", problems, returned
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member(CodingKeys.originalEnvelopeID, originalEnvelopeID)
        json.member(CodingKeys.reportingMTA, reportingMTA)
        json.member(CodingKeys.receivedFromMTA, receivedFromMTA)
        json.member(CodingKeys.arrivalDate, arrivalDate)
        json.member(CodingKeys.recipients, recipients)
        json.member(CodingKeys.recipientsLeftOut, recipientsLeftOut)
        json.member(CodingKeys.problems, problems)
        json.member(CodingKeys.returned, returned)
    }
}
