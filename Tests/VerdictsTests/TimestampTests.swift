import Testing
import Verdicts

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-23T10:00:00Z", 1_795_428_000_000_000), ("2026-11-23T12:00:00+02:00", 1_795_428_000_000_000),
        ("2026-11-23", 1_795_392_000_000_000), ("2024-02-29T23:59:59.5Z", 1_709_251_199_500_000), ("1969-12-31T23:59:59Z", -1_000_000),
        ("2023-02-29T00:00:00Z", nil), ("2026-13-01", nil), ("2026-11-23T24:00:00Z", nil), ("2026-11-23T10:00:00", nil),
        ("2026-11-23T10:00:00.Z", nil), ("x", nil), ("", nil), ("2026-11-23T10:00:00Zx", nil),
    ] as [(String, Int64?)])
    func reading(_ text: String, _ microseconds: Int64?) {
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test func roundTrip() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            let moment = Timestamp(microseconds: Int64.random(in: 0..<4_102_444_800_000_000, using: &random))
            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test func idsSortByTime() throws {
        let early = VerdictID(at: Timestamp(microseconds: 1_000_000)), late = VerdictID(at: Timestamp(microseconds: 2_000_000))
        #expect(early < late)
        #expect(VerdictID(late.description) == late)
        #expect(late.time.microseconds == 2_000_000)
        #expect(late.description.dropFirst(14).first == "7")
        #expect(VerdictID("not-an-id") == nil)
        #expect(VerdictID.lowest(at: late.time) <= late)
    }
}
