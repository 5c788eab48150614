package import DNS
package import JSON

/// An aggregate report by source: how many messages each sent, and how they fared.
package struct AggregateSummary: Sendable, Hashable, Decodable {
    /// The messages of one address, or of all.
    package struct Count: Sendable, Hashable, Decodable {
        package var messages = 0
        /// DMARC passed, failed, or the report does not tell.
        package var passed = 0
        package var failed = 0
        package var untold = 0
        /// Messages by what was done with them: `none`, `pass`, `quarantine`, `reject`; what the report does not tell is not among them.
        package var dispositions: [String: Int] = [:]

        package init() {}

        /// The sum stays at the largest number rather than overflow.
        mutating func add(_ count: Int, _ evaluated: AggregateReport.Evaluated) {
            messages = Self.sum(messages, count)
            switch evaluated.isPass {
            case true: passed = Self.sum(passed, count)
            case false: failed = Self.sum(failed, count)
            case nil: untold = Self.sum(untold, count)
            }
            if let disposition = evaluated.disposition { dispositions[disposition.rawValue] = Self.sum(dispositions[disposition.rawValue] ?? 0, count) }
        }

        private static func sum(_ one: Int, _ other: Int) -> Int {
            let (sum, overflow) = one.addingReportingOverflow(other)
            return overflow ? Int.max : sum
        }
    }

    package struct Source: Sendable, Hashable, Decodable {
        package let address: IPAddress
        package let count: Count
    }

    package let total: Count
    /// Most messages first; of equals the one that comes first in the report.
    package let sources: [Source]
}

extension AggregateReport {
    package var summary: AggregateSummary {
        var total = AggregateSummary.Count(), places: [IPAddress: Int] = [:], counts: [(address: IPAddress, count: AggregateSummary.Count)] = []
        for record in records {
            total.add(record.count, record.evaluated)
            let place = places[record.source] ?? counts.count
            if place == counts.count {
                places[record.source] = place
                counts.append((record.source, AggregateSummary.Count()))
            }
            counts[place].count.add(record.count, record.evaluated)
        }
        let order = counts.enumerated().sorted { ($1.element.count.messages, $0.offset) < ($0.element.count.messages, $1.offset) }
        return AggregateSummary(total: total, sources: order.map { AggregateSummary.Source(address: $0.element.address, count: $0.element.count) })
    }
}

extension AggregateSummary: JSONWritable {
    private enum CodingKeys: String, CodingKey { case total, sources }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.total, total)
        json.member(CodingKeys.sources, sources)
        json.closeObject()
    }
}

extension AggregateSummary.Source: JSONWritable {
    private enum CodingKeys: String, CodingKey { case address, count }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.address, address)
        json.member(CodingKeys.count, count)
        json.closeObject()
    }
}

extension AggregateSummary.Count: JSONWritable {
    private enum CodingKeys: String, CodingKey { case messages, passed, failed, untold, dispositions }

    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.messages, messages)
        json.member(CodingKeys.passed, passed)
        json.member(CodingKeys.failed, failed)
        json.member(CodingKeys.untold, untold)
        json.member(CodingKeys.dispositions, dispositions)
        json.closeObject()
    }
}
