package import DNS

/// What a receiver saw of a domain's mail in a period, source by source.
/// Source: RFC 9990 §3.1 and appendix A; RFC 7489 appendix C, whose reports are read as well.
///
/// Texts are those of the report, without white space around them. What a report does not say, or says in a word nobody knows, is nil or
/// empty here, and among the ``problems`` where it had to be said.
package struct AggregateReport: Sendable, Hashable {
    /// Of the root element: `urn:ietf:params:xml:ns:dmarc-2.0` in a report of RFC 9990, nil in most others.
    package var namespace: String?
    package var version: String?
    package var metadata: Metadata
    package var policy: Policy
    package var records: [Record]
    /// Records that could not be read; the problems tell why.
    package var leftOut = 0
    /// What is off the schema, at most ``AggregateReportLimits/problems``; empty in a report that we make.
    package var problems: [String] = []

    package static let namespace = "urn:ietf:params:xml:ns:dmarc-2.0"

    package init(metadata: Metadata, policy: Policy, records: [Record], namespace: String? = AggregateReport.namespace, version: String? = "1.0") {
        self.namespace = namespace
        self.version = version
        self.metadata = metadata
        self.policy = policy
        self.records = records
    }

    /// Who reports, and about which time.
    package struct Metadata: Sendable, Hashable {
        package var organization: String
        package var email: String
        package var extraContact: String?
        package var reportID: String
        /// Seconds since 1970-01-01T00:00:00Z, 0…253402300799.
        package var begin: Int
        package var end: Int
        /// What went wrong with the policy record; several are lines of one.
        package var error: String?
        /// The program that made the report.
        package var generator: String?

        package init(organization: String, email: String, extraContact: String? = nil, reportID: String, begin: Int, end: Int,
                     error: String? = nil, generator: String? = nil) {
            self.organization = organization; self.email = email; self.extraContact = extraContact; self.reportID = reportID
            self.begin = begin; self.end = end; self.error = error; self.generator = generator
        }
    }

    /// The policy that was found.
    package struct Policy: Sendable, Hashable {
        package var domain: String
        package var discovery: Discovery?
        /// p, sp and np.
        package var request: Request?
        package var subdomainRequest: Request?
        package var absentRequest: Request?
        package var dkimAlignment: Alignment?
        package var spfAlignment: Alignment?
        /// As written in fo=.
        package var failureOptions: String?
        /// t=y; nil where the report does not say.
        package var isTesting: Bool?
        /// pct= of RFC 7489, 0…100; never written.
        package var percentage: Int?

        package init(domain: String, discovery: Discovery? = nil, request: Request?, subdomainRequest: Request? = nil, absentRequest: Request? = nil,
                     dkimAlignment: Alignment? = nil, spfAlignment: Alignment? = nil, failureOptions: String? = nil, isTesting: Bool? = nil) {
            self.domain = domain; self.discovery = discovery; self.request = request; self.subdomainRequest = subdomainRequest
            self.absentRequest = absentRequest; self.dkimAlignment = dkimAlignment; self.spfAlignment = spfAlignment
            self.failureOptions = failureOptions; self.isTesting = isTesting
        }
    }

    /// Messages of one source that fared alike.
    package struct Record: Sendable, Hashable {
        package var source: IPAddress
        /// Messages, 0…999999999999999.
        package var count: Int
        package var evaluated: Evaluated
        package var headerFrom: String
        /// Empty for the null sender.
        package var envelopeFrom: String?
        package var envelopeTo: String?
        package var dkim: [Signature]
        /// RFC 9990 has one at most.
        package var spf: [Identity]

        package init(source: IPAddress, count: Int, evaluated: Evaluated, headerFrom: String, envelopeFrom: String? = nil, envelopeTo: String? = nil,
                     dkim: [Signature] = [], spf: [Identity] = []) {
            self.source = source; self.count = count; self.evaluated = evaluated; self.headerFrom = headerFrom
            self.envelopeFrom = envelopeFrom; self.envelopeTo = envelopeTo; self.dkim = dkim; self.spf = spf
        }
    }

    /// What was made of it.
    package struct Evaluated: Sendable, Hashable {
        package var disposition: Disposition?
        /// Whether an aligned signature passed, and whether an aligned SPF identity did.
        package var dkim: Aligned?
        package var spf: Aligned?
        package var reasons: [Reason]

        package init(disposition: Disposition?, dkim: Aligned?, spf: Aligned?, reasons: [Reason] = []) {
            self.disposition = disposition; self.dkim = dkim; self.spf = spf; self.reasons = reasons
        }

        /// Whether DMARC passed; nil where the report does not tell.
        package var isPass: Bool? {
            if dkim == .pass || spf == .pass { return true }
            return dkim == .fail && spf == .fail ? false : nil
        }
    }

    /// Why another disposition was chosen than the policy asks for.
    package struct Reason: Sendable, Hashable {
        package var type: Override?
        package var comment: String?

        package init(_ type: Override?, comment: String? = nil) { self.type = type; self.comment = comment }
    }

    /// One signature.
    package struct Signature: Sendable, Hashable {
        package var domain: String
        package var selector: String?
        package var result: Outcome?
        package var explanation: String?

        package init(domain: String, selector: String?, result: Outcome?, explanation: String? = nil) {
            self.domain = domain; self.selector = selector; self.result = result; self.explanation = explanation
        }
    }

    /// One identity that SPF looked at.
    package struct Identity: Sendable, Hashable {
        package var domain: String
        package var scope: Scope?
        package var result: Outcome?
        package var explanation: String?

        package init(domain: String, scope: Scope? = .mailFrom, result: Outcome?, explanation: String? = nil) {
            self.domain = domain; self.scope = scope; self.result = result; self.explanation = explanation
        }
    }
}
