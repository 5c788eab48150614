import Cryptography
package import Malware
package import Synchronization

/// The scanner's twin in memory: what holds a word is infected, what holds another one is encrypted, and so on.
package final class WordScanner: OctetScanner {
    package struct State {
        package var edition = 1
        /// What the octets hold, and what they come to then; the first that fits counts.
        package var words: [(String, ScanOutcome)] = [("EVIL", .infected("Evil.Word")), ("SECRET", .encrypted("Zip")), ("ODD", .suspicious("Heuristics.Odd"))]
        package var seen: [[UInt8]] = []
        /// Of the scans, in the same order.
        package var tickets: [MessageTicket] = []
        package var deadlines: [ContinuousClock.Instant] = []
        /// Parts that it tells to have decoded itself, of octets that begin as a mail.
        package var parts: [ScanReport.Part] = []
        /// Files that it left out of those, likewise.
        package var leftOut = 0
    }

    package init() {}

    package let state = Mutex(State())

    package var knowledge: MalwareKnowledge? {
        let edition = state.withLock { $0.edition }
        return edition == 0 ? nil : MalwareKnowledge(edition: edition, signatures: SignatureState(count: 3, isBuiltInOnly: false, newestFile: 100, dailyMade: nil, dailyVersion: 0, mainVersion: 0, library: "words"))
    }

    package func scan(_ octets: [UInt8], of ticket: MessageTicket, by deadline: ContinuousClock.Instant) async -> ScanReport {
        state.withLock { state in
            state.seen.append(octets)
            state.tickets.append(ticket)
            state.deadlines.append(deadline)
            let text = String(decoding: octets, as: UTF8.self)
            var report = ScanReport(state.words.first { text.contains($0.0) }?.1 ?? .clean, contents: text.contains("PACKED") ? [ContainedFile(content: .program, name: "dir/run.dat", depth: 1)] : [])
            if text.hasPrefix("From:") { (report.parts, report.leftOut) = (state.parts, state.leftOut) }
            return report
        }
    }
}
