package import DNS

/// The name of the file that an aggregate report travels in.
/// Source: RFC 9990 §3.5.2.
package struct ReportFileName: Sendable, Hashable {
    package let receiver: DomainName
    package let policyDomain: DomainName
    /// Seconds since 1970-01-01T00:00:00Z.
    package let begin: Int
    package let end: Int
    /// Letters and digits, where several reports of one period must be told apart.
    package let uniqueID: String?
    /// Whether the file is gzip.
    package let isCompressed: Bool

    /// - Returns: nil for a unique id of anything but ASCII letters and digits, a period that ends before it begins, and a domain
    ///   with other characters than letters, digits, hyphens and underscores.
    package init?(receiver: DomainName, policyDomain: DomainName, begin: Int, end: Int, uniqueID: String? = nil, isCompressed: Bool = true) {
        guard Self.isPlain(receiver), Self.isPlain(policyDomain), begin >= 0, end >= begin, uniqueID.map(Self.isUniqueID) ?? true else { return nil }
        self.receiver = receiver
        self.policyDomain = policyDomain
        self.begin = begin
        self.end = end
        self.uniqueID = uniqueID
        self.isCompressed = isCompressed
    }

    /// Reads a name, at most 1024 octets; also one that ends with `.zip` or `.gz`, or whose unique id has other characters.
    /// - Returns: nil where it is no such name.
    package init?(_ text: String) {
        guard text.utf8.count <= 1_024 else { return nil }
        var stem = Substring(text), endings = 0
        for ending in [".gz", ".zip", ".xml"] where stem.lowercased().hasSuffix(ending) { stem = stem.dropLast(ending.count); endings += 1 }
        let pieces = stem.split(separator: "!", omittingEmptySubsequences: false)
        guard endings > 0, pieces.count == 4 || pieces.count == 5, let receiver = DomainName(pieces[0]), let domain = DomainName(pieces[1]),
              Self.isPlain(receiver), Self.isPlain(domain), pieces[2].utf8.count <= 15, pieces[3].utf8.count <= 15, let begin = Int(pieces[2]), let end = Int(pieces[3]), begin >= 0, end >= begin else { return nil }
        self.receiver = receiver
        policyDomain = domain
        self.begin = begin
        self.end = end
        uniqueID = pieces.count == 5 ? String(pieces[4]) : nil
        isCompressed = !text.lowercased().hasSuffix(".xml")
    }

    /// `receiver!policy-domain!begin!end[!unique-id].xml.gz`, or `.xml`.
    package var text: String {
        "\(receiver.text)!\(policyDomain.text)!\(begin)!\(end)\(uniqueID.map { "!\($0)" } ?? "").xml\(isCompressed ? ".gz" : "")"
    }

    private static func isPlain(_ name: DomainName) -> Bool {
        !name.isRoot && name.text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 || $0 >= 97 && $0 <= 122 || "-._".utf8.contains($0) }
    }

    private static func isUniqueID(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128 && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 || ($0 | 32) >= 97 && ($0 | 32) <= 122 }
    }
}

extension AggregateReport {
    /// The name of the file for this report.
    /// - Returns: nil where ``ReportFileName`` cannot be made of it.
    package func fileName(receiver: DomainName, uniqueID: String? = nil, isCompressed: Bool = true) -> ReportFileName? {
        DomainName(policy.domain).flatMap {
            ReportFileName(receiver: receiver, policyDomain: $0, begin: metadata.begin, end: metadata.end, uniqueID: uniqueID, isCompressed: isCompressed)
        }
    }
}
