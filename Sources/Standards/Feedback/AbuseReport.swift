package import DNS
internal import JSON
internal import Mail

/// What a receiver of mail passes on of the feedback on a message.
/// Source: RFC 5965 §3, RFC 6591 §3 (auth-failure), RFC 6692 (Source-Port).
package struct AbuseReport: Sendable, Hashable {
    package var feedbackType: FeedbackType
    package var version: String?
    package var userAgent: String?
    /// The envelope's sender, `local@domain`; empty for the null path, nil where it is not told.
    package var originalMailFrom: String?
    /// The envelope's recipients. Empty where they are not told: many receivers leave them out, or write something else in their place.
    package var originalRcptTo: [String] = []
    /// Recipients beyond ``FeedbackLimits/recipients``.
    package var originalRcptToLeftOut = 0
    package var originalEnvelopeID: String?
    package var arrivalDate: ReportTime?
    package var sourceIP: IPAddress?
    package var sourcePort: UInt16?
    package var reportingMTA: TypedText?
    /// In lower case.
    package var reportedDomain: [String] = []
    package var reportedURI: [String] = []
    /// How many messages like this one it stands for, 1…``FeedbackLimits/incidents``.
    package var incidents = 1
    package var authenticationResults: [String] = []
    /// Of an auth-failure: what failed, what became of the message, and what did not align.
    package var authFailure: String?, deliveryResult: String?, identityAlignment: String?
    package var returned: ReturnedMessage?

    package init(feedbackType: FeedbackType) { self.feedbackType = feedbackType }

    /// Reads the fields; of one that should be there once the first counts, and empty lines between them are passed over.
    /// - Throws: ``FeedbackReportError`` where no field says what it is about.
    init(_ octets: [UInt8], returned: ReturnedMessage?, limits: FeedbackLimits) throws(FeedbackReportError) {
        let fields = ReportFields(fields: ReportFields.groups(octets, most: 16).groups.flatMap(\.fields))
        guard let said = fields.text("Feedback-Type", limits), let type = FeedbackType(said) else { throw .missing("Feedback-Type", group: nil) }
        self.init(feedbackType: type)
        version = fields.text("Version", limits)
        userAgent = fields.text("User-Agent", limits)
        originalMailFrom = fields.first("Original-Mail-From").map { ReportAddress.all($0.value, limits).first ?? "" }
        let rcptTo = fields.all("Original-Rcpt-To", most: limits.recipients)
        let recipients = rcptTo.some.flatMap { ReportAddress.all($0.value, limits) }
        originalRcptTo = Array(recipients.prefix(limits.recipients))
        originalRcptToLeftOut = rcptTo.count - rcptTo.some.count + recipients.count - originalRcptTo.count
        originalEnvelopeID = fields.text("Original-Envelope-Id", limits)
        arrivalDate = fields.time("Arrival-Date") ?? fields.time("Received-Date")
        sourceIP = fields.text("Source-IP", limits).flatMap(Self.address)
        sourcePort = fields.text("Source-Port", limits).flatMap { UInt16($0.prefix { $0.isNumber }) }
        reportingMTA = fields.text("Reporting-MTA", limits).flatMap { TypedText($0, usual: "dns", limits: limits) }
        reportedDomain = fields.texts("Reported-Domain", limits).map { DomainName($0)?.text ?? $0.lowercased() }
        reportedURI = fields.texts("Reported-URI", limits)
        incidents = fields.text("Incidents", limits).map { Self.count($0, limits) } ?? 1
        authenticationResults = fields.texts("Authentication-Results", limits)
        authFailure = fields.text("Auth-Failure", limits)
        deliveryResult = fields.text("Delivery-Result", limits)
        identityAlignment = fields.text("Identity-Alignment", limits)
        self.returned = returned
    }

    /// `192.0.2.1`, `[IPv6:2001:db8::1]`, or one of them with words behind it.
    private static func address(_ text: String) -> IPAddress? {
        var word = text.prefix { $0 != " " && $0 != "(" && $0 != "]" }.drop { $0 == "[" }
        if word.prefix(5).lowercased() == "ipv6:" { word = word.dropFirst(5) }
        return IPAddress(word)
    }

    private static func count(_ text: String, _ limits: FeedbackLimits) -> Int {
        let digits = Array(text.utf8.prefix { ASCII.isDigit($0) })
        return digits.isEmpty ? 1 : max(1, min(ASCII.number(digits[...]) ?? limits.incidents, limits.incidents))
    }
}

extension AbuseReport: Decodable {
    private enum CodingKeys: String, CodingKey {
        case feedbackType = "feedback_type", version, userAgent = "user_agent", originalMailFrom = "original_mail_from", originalRcptTo = "original_rcpt_to"
        case originalRcptToLeftOut = "original_rcpt_to_left_out", originalEnvelopeID = "original_envelope_id", arrivalDate = "arrival_date", sourceIP = "source_ip", sourcePort = "source_port"
        case reportingMTA = "reporting_mta", reportedDomain = "reported_domain", reportedURI = "reported_uri", incidents, authenticationResults = "authentication_results"
        case authFailure = "auth_failure", deliveryResult = "delivery_result", identityAlignment = "identity_alignment", returned
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member(CodingKeys.feedbackType, feedbackType)
        json.member(CodingKeys.version, version)
        json.member(CodingKeys.userAgent, userAgent)
        json.member(CodingKeys.originalMailFrom, originalMailFrom)
        json.member(CodingKeys.originalRcptTo, originalRcptTo)
        json.member(CodingKeys.originalRcptToLeftOut, originalRcptToLeftOut)
        json.member(CodingKeys.originalEnvelopeID, originalEnvelopeID)
        json.member(CodingKeys.arrivalDate, arrivalDate)
        json.member(CodingKeys.sourceIP, sourceIP)
        json.member(CodingKeys.sourcePort, sourcePort)
        json.member(CodingKeys.reportingMTA, reportingMTA)
        json.member(CodingKeys.reportedDomain, reportedDomain)
        json.member(CodingKeys.reportedURI, reportedURI)
        json.member(CodingKeys.incidents, incidents)
        json.member(CodingKeys.authenticationResults, authenticationResults)
        json.member(CodingKeys.authFailure, authFailure)
        json.member(CodingKeys.deliveryResult, deliveryResult)
        json.member(CodingKeys.identityAlignment, identityAlignment)
        json.member(CodingKeys.returned, returned)
    }
}
