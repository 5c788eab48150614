import Foundation
import Limiting
import Postgres
import RateLimits
import Storage

/// `Counting MIGRATIONS SECONDS [CALLERS] [RECIPIENTS]`: how many recipients a second an embedded PostgreSQL counts for a thousand hot mailboxes, with three windows at
/// four levels (server, customer, domain, mailbox), and how long a caller waits. RECIPIENTS is the largest number of a message; each has from one to so many.
///
/// Nothing is refused and no message comes twice: each costs all that counting can cost. What was counted is on the disk when it is answered.
@main struct Counting {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2, let seconds = Int(arguments[2]) else { print("Counting MIGRATIONS SECONDS [CALLERS] [RECIPIENTS]"); exit(64) }
        let callers = arguments.count > 3 ? Int(arguments[3]) ?? 32 : 32, largest = arguments.count > 4 ? Int(arguments[4]) ?? 10 : 10
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("postern-counting-\(getpid())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = EmbeddedCluster(ClusterSettings(folder: folder + "/db")), settings = try await cluster.start()
        _ = try await Migrator(folder: arguments[1]).migrate(settings, by: .now + .seconds(60))
        let pool = PostgresPool(settings, size: 1), store = PostgresAllowances(settings, pool: pool), hot = try Hot()
        _ = try await hot.run(store, callers: callers, largest: largest, seconds: 2)
        let figures = try await hot.run(store, callers: callers, largest: largest, seconds: seconds)
        print("callers \(callers) recipients 1...\(largest): \(figures.messages / seconds) messages/s \(figures.recipients / seconds) recipients/s p50 \(figures.percentile(50)) p99 \(figures.percentile(99)) ms")
        await store.close()
        await pool.close()
        await cluster.stop()
    }
}

/// Those who send.
private struct Hot {
    let families: [[LimitedSubject]]

    init() throws {
        let windows = ["1m", "1h", "1d"].compactMap { LimitWindow($0) }
        let limits = try windows.map { try RateLimit(counts: .recipients, most: 1_000_000_000, window: $0) }
        families = try (0..<1000).map { number in
            let domain = number / 10, customer = domain / 4
            return [LimitedSubject(try LimitSubject(.server, "mx1"), limits), LimitedSubject(try LimitSubject(.customer, "customer\(customer)"), limits),
                    LimitedSubject(try LimitSubject(.domain, "domain\(domain).example"), limits), LimitedSubject(try LimitSubject(.mailbox, "user\(number)@domain\(domain).example"), limits)]
        }
    }

    struct Figures: Sendable {
        var messages = 0, recipients = 0
        var waits: [Double] = []

        func percentile(_ part: Int) -> Double {
            let sorted = waits.sorted()
            return sorted.isEmpty ? 0 : (sorted[min(sorted.count * part / 100, sorted.count - 1)] * 100).rounded() / 100
        }
    }

    func run(_ store: PostgresAllowances, callers: Int, largest: Int, seconds: Int) async throws -> Figures {
        let end = ContinuousClock.now + .seconds(seconds)
        return try await withThrowingTaskGroup(of: Figures.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var figures = Figures()
                    while .now < end {
                        let recipients = Int.random(in: 1...largest), begin = ContinuousClock.now
                        let name = (0..<32).map { _ in UInt8.random(in: 0...255) }
                        let message = CountedMessage(tenant: "default", name: name, amounts: Amounts(recipients: recipients, octets: 5000), subjects: families[Int.random(in: families.indices)])
                        guard case .counted = try await store.count(message, by: .now + .seconds(30)).admission else { throw Refused() }
                        figures.messages += 1
                        figures.recipients += recipients
                        figures.waits.append(Double((ContinuousClock.now - begin).components.attoseconds) / 1e15)
                    }
                    return figures
                }
            }
            return try await group.reduce(into: Figures()) { $0.messages += $1.messages; $0.recipients += $1.recipients; $0.waits += $1.waits }
        }
    }

    struct Refused: Error {}
}
