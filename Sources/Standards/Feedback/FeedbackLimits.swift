/// How much of a report is read. What is beyond is counted where the report says so, and else passed over.
package struct FeedbackLimits: Sendable, Hashable {
    /// Recipients of a delivery status that are told one by one; so many Original-Rcpt-To of a feedback report.
    package var recipients = 1_000
    /// Groups of a delivery status that are read, whether or not they tell of a recipient.
    package var groups = 2_000
    /// Faults that are told one by one.
    package var problems = 20
    /// Octets of a text; more is cut.
    package var textOctets = 1_024
    /// Values of any other field that may be there more than once.
    package var repetitions = 100
    /// Addresses that are told of a returned message, for each field.
    package var addresses = 100
    /// The largest number of incidents; above it a report says no more than that.
    package var incidents = 1_000_000

    package init() {}
}
