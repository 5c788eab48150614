package import XML

/// How much of an aggregate report is read.
package struct AggregateReportLimits: Sendable, Hashable {
    /// Of the document; a record has at most ``XMLLimits/treeElements`` elements.
    package var xml = XMLLimits()
    /// Records; more refuse the report.
    package var records = 100_000
    /// Signatures of one record (RFC 9990 §3.1.3 asks for 100 at most); the rest is a problem.
    package var signatures = 100
    /// SPF results, and reasons, of one record; the rest is a problem.
    package var results = 20
    /// Octets of a name, a word, an identifier; more is cut, and a problem.
    package var textOctets = 1_024
    /// Octets of a comment, an error, an explanation; more is cut, and a problem.
    package var commentOctets = 4_096
    /// Problems that are told, each once.
    package var problems = 50

    package init() {}
}
