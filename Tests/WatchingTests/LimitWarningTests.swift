import Limiting
import Notices
import RateLimits
import Testing
import Verdicts
import Watching

@Suite struct LimitWarningTests {
    /// Seconds from the start of an hour at which a warning is told again, of windows of all lengths.
    @Test(arguments: [("1s", 3600), ("1m", 3600), ("1h", 3600), ("90m", 5400), ("1d", 86_400)]) func toldOnce(_ window: String, _ pause: Int) throws {
        let limit = try RateLimit(counts: .recipients, most: 100, window: #require(LimitWindow(window))), start = 1_800_000_000 / 86_400 * 86_400
        func key(_ second: Int) throws -> String? { LimitWarning(tenant: "t", state: .init(try LimitSubject(.mailbox, "anna@example.org"), limit, used: 80), at: Timestamp(milliseconds: (start + second) * 1000)).notice.key }
        #expect(try key(0) == key(pause - 1))
        #expect(try key(0) != key(pause))
    }
}
