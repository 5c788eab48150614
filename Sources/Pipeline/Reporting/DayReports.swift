package import DMARC
internal import DNS
package import Verdicts

/// Makes the reports of days that ended and puts them into the outbox; each day is made by one node.
package struct DayReports: Sendable {
    private let days: any ReportDays
    private let maker: ReportMaker
    private let evaluator: DMARCEvaluator
    private let limits: DayReportLimits
    private let now: @Sendable () -> Timestamp

    /// What became of one day.
    package struct Made: Sendable, Equatable {
        package let day: ClaimedDay
        /// Reports that are new in the outbox.
        package var new = 0
        /// Policy domains of which no report was made, with the reason; at most ``DayReportLimits/faults``.
        package var faults: [String] = []
        /// Whether the day is done; it is another's where not.
        package var isDone = false
    }

    /// - Parameter evaluator: asks destinations whether they take reports elsewhere.
    package init(days: any ReportDays, maker: ReportMaker, evaluator: DMARCEvaluator, limits: DayReportLimits = DayReportLimits(), now: @escaping @Sendable () -> Timestamp) {
        self.days = days; self.maker = maker; self.evaluator = evaluator; self.limits = limits; self.now = now
    }

    /// Makes the reports of one day that is due.
    /// - Returns: nil where none is due.
    /// - Throws: `StoreTrouble`; the day is made anew when its claim ends, and what is in the outbox already stays as it is.
    package func makeNext() async throws -> Made? {
        guard let day = try await days.claimDay(at: now()) else { return nil }
        var made = Made(day: day), last: String?
        guard try await days.gather(day, at: now()) else { return made }
        let asking = ContinuousClock.now + limits.asking
        while true {
            let domains = try await days.policyDomains(of: day, after: last, limit: limits.page)
            for domain in domains {
                try Task.checkCancellation()
                do throws(Fault) {
                    let reports = try await reports(of: domain, day, asking: asking)
                    guard let new = try await keep(reports, of: day) else { return made }
                    made.new += new
                } catch {
                    switch error {
                    case .store(let trouble): throw trouble
                    case .domain(let why): if made.faults.count < limits.faults { made.faults.append("\(Self.printable(domain)): \(why)") }
                    }
                }
            }
            last = domains.last
            if domains.count < limits.page { break }
        }
        made.isDone = try await days.finish(day, at: now())
        return made
    }

    /// A name out of the database, for a log.
    private static func printable(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 })) }

    private enum Fault: Error {
        /// The database: all of it is to be tried again.
        case store(any Error)
        /// Of this one domain only.
        case domain(String)

        init(_ error: any Error) {
            if case StoreTrouble.refused(let why) = error { self = .domain(why) } else { self = .store(error) }
        }
    }

    private func keep(_ reports: [NewReport], of day: ClaimedDay) async throws(Fault) -> Int? {
        do { return try await days.keep(reports, of: day, at: now()) } catch { throw Fault(error) }
    }

    private func reports(of domain: String, _ day: ClaimedDay, asking: ContinuousClock.Instant) async throws(Fault) -> [NewReport] {
        guard let name = DomainName(domain), !name.isRoot else { throw .domain("it is no domain name") }
        var results: [CountedResult]
        do { results = try await days.results(of: day, policyDomain: domain, limit: limits.results + 1) } catch { throw Fault(error) }
        let isCut = results.count > limits.results
        if isCut { results.removeLast(results.count - limits.results) }
        guard let (report, record) = maker.report(of: name, day: day, results: results, isCut: isCut) else { return [] }
        let document: [UInt8]
        do { document = try report.gzip() } catch { throw .domain("\(error)") }
        let organization = results.max { $0.last < $1.last }?.outcome.organizationalDomain ?? name.text
        func new(_ destination: String, delay: Int = 0, refusal: String? = nil) -> NewReport {
            NewReport(policyDomain: name.text, begin: day.start, end: day.next.adding(seconds: -1), destination: destination, reportID: report.metadata.reportID, document: document,
                      organization: organization, delay: delay, refusal: refusal)
        }
        let refused = record.refusedURIs.prefix(limits.destinations).map { new($0.text, refusal: RefusedReportURI.why) }
        // What no file can be called after cannot be sent: that is written down, and nobody is asked.
        guard report.fileName(receiver: maker.reporter.host, uniqueID: report.metadata.reportID) != nil else {
            return record.aggregateURIs.compactMap(\.mailbox).prefix(limits.destinations).map { new($0, refusal: "no file can be named after \(name.text)") } + refused
        }
        return await destinations(record, of: name, by: min(.now + limits.patience, asking)).map { new($0.mailbox, delay: $0.isSilent ? limits.silence : 0) } + refused
    }

    /// The mailboxes of a record, or those that they name instead, and whether their host did not answer. All hosts are asked at once. Whether they want it at all
    /// is asked when it is sent.
    /// Source: RFC 9990 §3.5 and §4.
    private func destinations(_ record: DMARCRecord, of domain: DomainName, by deadline: ContinuousClock.Instant) async -> [(mailbox: String, isSilent: Bool)] {
        let uris = record.aggregateURIs.filter { $0.mailbox != nil && $0.host != nil }, evaluator = evaluator
        var asked: [DomainName: DMARCReportURI] = [:]
        for uri in uris { if let host = uri.host, asked[host] == nil { asked[host] = uri } }
        let answers = await withTaskGroup(of: (DomainName, DMARCDestination).self) { group in
            if deadline > .now { for (host, uri) in asked { group.addTask { (host, await evaluator.isAuthorised(uri, for: domain, by: deadline)) } } }
            return await group.reduce(into: [DomainName: DMARCDestination]()) { $0[$1.0] = $1.1 }
        }
        var hosts: [DomainName] = [], named: [DomainName: [(mailbox: String, isSilent: Bool)]] = [:]
        for uri in uris {
            guard let mailbox = uri.mailbox, let host = uri.host else { continue }
            var all = [mailbox], isSilent = false
            switch answers[host] {
            case .authorised(let instead)?: if !instead.isEmpty { all = instead.compactMap(\.mailbox) }
            case .unknown?, nil: isSilent = true
            case .own?, .refused?: break
            }
            if named[host] == nil { hosts.append(host) }
            for one in all where !named[host, default: []].contains(where: { $0.mailbox == one }) { named[host, default: []].append((one, isSilent)) }
        }
        return Self.shared(hosts.compactMap { named[$0] }, limits.destinations)
    }

    /// The first of every host, then the second of every host, and so on: no host's many take the places of others.
    private static func shared(_ lists: [[(mailbox: String, isSilent: Bool)]], _ limit: Int) -> [(mailbox: String, isSilent: Bool)] {
        var shared: [(mailbox: String, isSilent: Bool)] = []
        for place in 0..<(lists.map(\.count).max() ?? 0) {
            for list in lists where place < list.count && shared.count < limit { shared.append(list[place]) }
        }
        return shared
    }
}

/// How much is made of one day.
package struct DayReportLimits: Sendable {
    /// Results of one policy domain that are read; the most frequent count.
    package var results = 50_000
    /// Mailboxes that one report goes to.
    package var destinations = 10
    /// Policy domains that are read at once, 1…1000.
    package var page = 100
    /// Faults that are told of one day.
    package var faults = 20
    /// For the destinations of one policy domain, which are asked at once whether they take reports.
    package var patience = Duration.seconds(10)
    /// For all destinations of the day; after that none is asked, for others wait.
    package var asking = Duration.seconds(120)
    /// Seconds after which reports are due whose destination did not answer, or was not asked.
    package var silence = 900

    package init() {}
}
