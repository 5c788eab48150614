internal import Synchronization
internal import Verdicts

/// What is remembered of the relay from report to report: when it is to be left alone, and whether it refuses everybody alike.
final class RelayRest: Sendable {
    private struct Memory {
        var until: Timestamp?, times = 0
        var refusal: (words: String, host: String, row: ReportRow)?
    }

    private let memory = Mutex(Memory())

    /// Whether nothing goes to the relay now.
    func isOn(at now: Timestamp) -> Bool { memory.withLock { $0.until.map { now < $0 } ?? false } }

    /// A message was taken, and it is not known what became of it: each time longer, so that the outbox does not follow it report by report.
    func begin(_ pacing: ReportPacing, at now: Timestamp) {
        memory.withLock { memory in
            memory.times = min(memory.times + 1, 32)
            memory.until = now.adding(seconds: pacing.pause(after: memory.times))
        }
    }

    /// The relay works.
    func end() { memory.withLock { $0 = Memory() } }

    /// Notes a refusal that would suppress its destination.
    /// - Parameter words: without what names a mailbox.
    /// - Returns: nil where it is the first of its kind, or the same host's; else the report before this one, which another host's mailbox was refused for in the same words.
    func refused(_ words: String, by host: String, _ row: ReportRow) -> ReportRow? {
        memory.withLock { memory in
            let before = memory.refusal
            memory.refusal = (words, host, row)
            return before.flatMap { $0.words == words && $0.host != host ? $0.row : nil }
        }
    }
}
