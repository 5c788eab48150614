internal import Compression

/// Reports of which more would come out than is opened: they are known by how they begin, for a reporter that writes much is answered no less than others.
/// Source: RFC 9990 §3.1.1 (an aggregate report begins with its metadata and the policy), RFC 8460 §4.4.
enum LargeReport {
    /// Octets of the beginning that are looked at.
    private static let octets = 65_536
    /// Members of an archive whose beginnings are looked at.
    private static let members = 8

    /// Whether a document, or what is compressed, begins like a report.
    /// - Parameter nesting: how many archives and compressed streams may be inside each other.
    static func begins(_ document: [UInt8], nesting: Int) -> Bool {
        switch ReportForm(document) {
        case .document(.aggregate): holds(document.prefix(octets), all: ["report_metadata>", "policy_published>"])
        case .document(.tls): true   // no more is asked of a smaller one
        case .document(.failure), .other: false
        case .gzip: nesting > 0 && begins(CompressedFormat.gzip.beginning(of: document[...], upTo: octets), nesting: nesting - 1)
        case .zip:
            if nesting > 0, let archive = try? ZipArchive(document) {
                archive.members.indices.prefix(members).contains { begins(archive.beginning(of: $0, upTo: octets), nesting: nesting - 1) }
            } else { false }
        }
    }

    /// In any case, and whatever the charset: what matters is ASCII.
    private static func holds(_ octets: ArraySlice<UInt8>, all words: [String]) -> Bool {
        let text = String(decoding: octets.filter { $0 != 0 && $0 < 0x80 }, as: UTF8.self).lowercased()
        return words.allSatisfy { text.contains($0) }
    }
}
