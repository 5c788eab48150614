import DMARC
import DNS

/// What must hold for the reading of any octets as a policy and as an address.
struct DMARCRecordTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        read(octets)
        read(Array("v=DMARC1;".utf8) + octets)
        if let uri = DMARCReportURI(octets) { check(uri) }
    }

    private func read(_ octets: [UInt8]) {
        guard var record = DMARCRecord(octets) else { return }
        let limits = DMARCLimits()
        precondition(octets.count <= limits.recordOctets && record.aggregateURIs.count <= limits.reportURIs && record.failureURIs.count <= limits.reportURIs)
        precondition(!record.isUnusable || record.policy == .none)
        (record.aggregateURIs + record.failureURIs).forEach(check)
        precondition(record.refusedURIs.count <= limits.reportURIs && record.refusedFailureURIs.count <= limits.reportURIs)
        // What is written leaves the fault out: it reads as none then.
        record.faultyTag = nil
        let text = Array(record.text.utf8)
        precondition(text.allSatisfy { $0 >= 32 && $0 < 127 }, "a record that cannot be published")
        // Written out, sizes may be longer than they were.
        var wide = limits
        (wide.recordOctets, wide.uriOctets) = (.max, .max)
        precondition(DMARCRecord(text, limits: wide) == record, "a record changes when it is written and read")
    }

    private func check(_ uri: DMARCReportURI) {
        precondition(uri.maximumOctets.map { $0 >= 0 } ?? true)
        precondition((uri.scheme == "mailto") == (uri.mailbox != nil) && (uri.mailbox == nil || uri.host != nil))
        if let mailbox = uri.mailbox { precondition(mailbox.utf8.allSatisfy { $0 > 32 && $0 != 127 }, "a mailbox that could end a line") }
        var wide = DMARCLimits()
        wide.uriOctets = .max
        precondition(DMARCReportURI(Array(uri.recordText.utf8), limits: wide) == uri, "an address changes when it is written and read")
    }
}
