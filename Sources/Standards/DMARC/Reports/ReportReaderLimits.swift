package import Compression

/// How much is opened in the search for reports.
package struct ReportReaderLimits: Sendable, Hashable {
    /// Of one attachment.
    package var compression = CompressionLimits()
    /// Octets that come out of all attachments of a message together.
    package var outputOctets = 67_108_864
    /// Documents, and attachments that turned out to be none.
    package var documents = 50
    /// Archives and compressed streams inside each other: some receivers put a gzip into a ZIP, or compress twice.
    package var nesting = 3

    package init() {}
}
