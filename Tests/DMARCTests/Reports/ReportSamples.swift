import Compression
import DMARC
import DNS

/// Reports of our own making.
enum ReportSamples {
    /// Of RFC 9990, as strict as can be.
    static let current = AggregateReport(
        metadata: AggregateReport.Metadata(organization: "Receiver & Sons", email: "reports@receiver.example", extraContact: "https://receiver.example/dmarc",
                                           reportID: "20260101.7f3a@receiver.example", begin: 1_767_225_600, end: 1_767_311_999, error: "sp=: not a word", generator: "Postern"),
        policy: AggregateReport.Policy(domain: "sender.example", discovery: .treeWalk, request: .reject, subdomainRequest: .quarantine, absentRequest: .reject,
                                       dkimAlignment: .relaxed, spfAlignment: .strict, failureOptions: "0:d", isTesting: false),
        records: [
            AggregateReport.Record(source: .v4(0xc000_0201), count: 12, evaluated: AggregateReport.Evaluated(disposition: .pass, dkim: .pass, spf: .fail), headerFrom: "sender.example",
                                   envelopeFrom: "bounce.sender.example", envelopeTo: "receiver.example",
                                   dkim: [AggregateReport.Signature(domain: "sender.example", selector: "s1", result: .pass), AggregateReport.Signature(domain: "esp.example", selector: "k", result: .neutral, explanation: "no <key>")],
                                   spf: [AggregateReport.Identity(domain: "bounce.sender.example", result: .softfail)]),
            AggregateReport.Record(source: .v6(high: 0x2001_0db8_0000_0000, low: 1), count: 1,
                                   evaluated: AggregateReport.Evaluated(disposition: .quarantine, dkim: .fail, spf: .fail, reasons: [AggregateReport.Reason(.mailingList, comment: "list \"a\""), AggregateReport.Reason(.other)]),
                                   headerFrom: "news.sender.example", envelopeFrom: "", dkim: [], spf: []),
        ])

    static func element(_ name: String, _ inside: String) -> String { "<\(name)>\(inside)</\(name)>" }

    static let metadata = element("report_metadata", element("org_name", "R") + element("email", "a@r.example") + element("report_id", "1") + element("date_range", element("begin", "100") + element("end", "200")))
    static let policy = element("policy_published", element("domain", "s.example") + element("p", "none"))

    static func record(address: String = "192.0.2.1", count: String = "3", evaluated: String = "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>",
                       identifiers: String = "<header_from>s.example</header_from>", results: String = "", more: String = "") -> String {
        element("record", element("row", element("source_ip", address) + element("count", count) + element("policy_evaluated", evaluated)) + element("identifiers", identifiers) + element("auth_results", results) + more)
    }

    static func report(metadata: String = metadata, policy: String = policy, records: String = record(), attributes: String = "") -> [UInt8] {
        Array("<?xml version=\"1.0\"?><feedback\(attributes)>\(metadata)\(policy)\(records)</feedback>".utf8)
    }

    /// An archive with one member that is stored.
    static func zip(_ name: String, _ octets: [UInt8]) -> [UInt8] {
        func short(_ number: Int) -> [UInt8] { [UInt8(number & 255), UInt8(number >> 8 & 255)] }
        func long(_ number: Int) -> [UInt8] { short(number & 0xffff) + short(number >> 16) }
        // What gzip writes at its end is the same sum.
        let sum = Array((try? Gzip.compress(octets, level: 0))?.suffix(8).prefix(4) ?? [])
        let fields = short(0) + short(0) + short(0) + short(0) + sum + long(octets.count) + long(octets.count) + short(name.utf8.count) + short(0)
        let file = long(0x0403_4b50) + short(10) + fields + Array(name.utf8) + octets
        let directory = long(0x0201_4b50) + short(10) + short(10) + fields + short(0) + short(0) + short(0) + long(0) + long(0) + Array(name.utf8)
        return file + directory + long(0x0605_4b50) + short(0) + short(0) + short(1) + short(1) + long(directory.count) + long(file.count) + short(0)
    }
}
