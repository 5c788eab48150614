import Compression
import DMARC
import XML

/// What must hold for the reading of any octets as XML, as an archive, and as a report in one of its wrappings.
struct AggregateReportTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        walk(octets)
        open(octets)
        read(octets)
        for mediaType in [nil, "message/rfc822"] {
            let found = ReportReader().read(octets, mediaType: mediaType)
            precondition(found.documents.count <= 50 && (found.nothing == nil) == found.documents.contains { $0.kind != nil })
            for document in found.documents {
                switch document.content {
                case .success(let xml): if document.kind == .aggregate, xml != octets { read(xml) }
                case .failure(let fault): precondition(document.kind == nil && !fault.description.isEmpty)
                }
            }
        }
    }

    /// Begins and ends of elements belong together, up to where the document is not read on.
    private func walk(_ octets: [UInt8]) {
        var depth = 0
        do throws(XMLError) {
            var reader = try XMLReader(octets)
            while let event = try reader.next() {
                switch event {
                case .start(let tag):
                    depth += 1
                    precondition(!tag.name.isEmpty && tag.attributes.count <= 32 && depth <= 32)
                case .end:
                    depth -= 1
                    precondition(depth >= 0)
                case .text(let text): precondition(depth > 0 && text.unicodeScalars.allSatisfy(XMLWriter.isAllowed))
                }
            }
            precondition(depth == 0, "an element that does not end, and nobody says so")
        } catch {
            precondition(!error.description.isEmpty)
        }
    }

    private func open(_ octets: [UInt8]) {
        guard let archive = try? ZipArchive(octets) else { return }
        precondition(archive.members.count <= 100)
        for (place, member) in archive.members.enumerated() {
            if let output = try? archive.open(place) { precondition(output.count == member.size) }
        }
    }

    private func read(_ octets: [UInt8]) {
        guard let report = try? AggregateReport(xml: octets) else { return }
        precondition(report.problems.count <= 50 && report.metadata.begin >= 0 && !report.policy.domain.isEmpty)
        let summary = report.summary
        precondition(summary.sources.count <= report.records.count)
        precondition(summary.total.passed + summary.total.failed + summary.total.untold == summary.total.messages)
        // Errors are joined, so that they may be longer than what is read of one.
        guard (report.metadata.error?.utf8.count ?? 0) <= 4_096, let xml = try? report.xml(), var again = try? AggregateReport(xml: xml) else { return }
        precondition(again.problems.isEmpty, "what we write has problems")
        again.namespace = report.namespace
        again.version = report.version
        again.leftOut = report.leftOut
        again.problems = report.problems
        again.policy.percentage = report.policy.percentage
        precondition(again == report, "a report changes when it is written and read")
    }
}
