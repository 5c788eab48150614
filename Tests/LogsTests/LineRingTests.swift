import Dispatch
import Logs
import Synchronization
import Testing

@Suite struct LineRingTests {
    /// A reader that takes a line only when it is told to.
    final class SlowReader: Sendable {
        private let turns = DispatchSemaphore(value: 0), begun = DispatchSemaphore(value: 0)
        private let taken = Mutex<[String]>([])

        func take(_ line: [UInt8]) {
            begun.signal()
            turns.wait()
            taken.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }

        /// Returns when a line is in its hands.
        func hasOne() { begun.wait() }
        func go(_ lines: Int = 1000) { for _ in 0..<lines { turns.signal() } }
        var lines: [String] { taken.withLock { $0 } }
    }

    static func ring(_ reader: SlowReader, lines: Int = 4096, octets: Int = 1 << 20) -> LineRing {
        var limits = LineRing.Limits()
        (limits.lines, limits.octets) = (lines, octets)
        return LineRing(limits: limits, mark: { Array("dropped \($0)".utf8) }, write: { reader.take($0) })
    }

    @Test func linesComeInOrder() {
        let reader = SlowReader(), ring = Self.ring(reader)
        reader.go()
        let lines = (0..<500).map { "line \($0)" }
        for line in lines { ring.add(Array(line.utf8)) }
        #expect(ring.flush(within: .seconds(60)))
        #expect(reader.lines == lines && ring.dropped == 0)
        ring.add(Array("later".utf8))
        #expect(ring.flush(within: .seconds(60)))
        #expect(reader.lines.last == "later")
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String, lines: Int, octets: Int
        /// Added while the reader holds the first one.
        let added: [String]
        let taken: [String]
    }

    @Test(arguments: [
        Row(testDescription: "as many as there may be", lines: 2, octets: 100, added: ["a", "b"], taken: ["a", "b"]),
        Row(testDescription: "more lines", lines: 2, octets: 100, added: ["a", "b", "c", "d"], taken: ["a", "b", "dropped 2"]),
        Row(testDescription: "as many octets as there may be", lines: 10, octets: 6, added: ["aaa", "bbb"], taken: ["aaa", "bbb"]),
        Row(testDescription: "more octets", lines: 10, octets: 5, added: ["aaa", "bbb", "cc"], taken: ["aaa", "cc", "dropped 1"]),
        Row(testDescription: "a line longer than all may be", lines: 10, octets: 5, added: ["aaaaaa", "b"], taken: ["b", "dropped 1"]),
    ])
    func whatFindsNoRoomIsCounted(_ row: Row) {
        let reader = SlowReader(), ring = Self.ring(reader, lines: row.lines, octets: row.octets)
        ring.add(Array("first".utf8))
        reader.hasOne()
        for line in row.added { ring.add(Array(line.utf8)) }
        let dropped = row.taken.last?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        #expect(ring.dropped == dropped)
        reader.go()
        #expect(ring.flush(within: .seconds(60)))
        #expect(reader.lines == ["first"] + row.taken)
        ring.add(Array("next".utf8))
        #expect(ring.flush(within: .seconds(60)))
        #expect(reader.lines == ["first"] + row.taken + ["next"], "it is said once")
        #expect(ring.dropped == dropped)
    }

    @Test func aReaderThatTakesNothingHoldsUpNobody() {
        let reader = SlowReader(), ring = Self.ring(reader, lines: 10)
        for _ in 0..<10_000 { ring.add(Array("x".utf8)) }
        #expect(ring.dropped >= 10_000 - 20 && ring.flush(within: .zero) == false)
        reader.go(10_000)
        #expect(ring.flush(within: .seconds(60)))
    }

    @Test func aRepetitionIsSaidAtOnceAndThenNowAndThen() {
        let repetition = Repetition(pause: .seconds(60)), start = ContinuousClock.now
        for (second, said) in [(0, 1), (1, nil), (59, nil), (60, 3), (61, nil), (200, 2), (300, 1)] {
            #expect(repetition.count(at: start + .seconds(second)) == said, "second \(second)")
        }
    }
}
