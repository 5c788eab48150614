import FoundationEssentials
import JSON
import TransportSecurity

/// What must hold for the reading of any octets as a TLS report, and as the dates in it.
struct TLSReportTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        if let date = TLSReportDate(String(decoding: octets, as: UTF8.self)) {
            precondition(TLSReportDate(date.description) == date, "a date changes when it is written and read")
        }
        guard let report = try? JSONDecoder().decode(TLSReport.self, from: Data(octets)) else { return }
        precondition(report.policies.count <= TLSReportLimits.policies)
        for each in report.policies {
            precondition((0...TLSReportLimits.count).contains(each.succeeded) && (0...TLSReportLimits.count).contains(each.failed) && !each.policy.domain.isEmpty)
            precondition(each.failures.count <= TLSReportLimits.failures && each.policy.lines.count <= TLSReportLimits.lines && each.policy.hosts.count <= TLSReportLimits.lines)
        }
        let again = try? JSONDecoder().decode(TLSReport.self, from: Data(jsonOctets(report)))
        precondition(again == report, "a report changes when it is written and read")
    }
}
