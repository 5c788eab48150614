import Limiting
import Postgres
import RateLimits
import Storage
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct AllowanceTests {
    @Test func theTwinConforms() async throws {
        var limits = AllowanceLimits()
        limits.subjects = 40
        let now = Mutex(1_800_000_000_000), twin = MemoryAllowances(limits: limits) { now.withLock { $0 } }
        try await AllowanceStoreConformance(twin, twin, most: 40) { milliseconds in now.withLock { $0 += milliseconds } }.run()
    }

    /// Two stores stand for two nodes; the time is simulated.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), clock = try await SimulatedClock(pool)
            var limits = AllowanceLimits()
            limits.subjects = 40
            let stores = (0..<2).map { _ in PostgresAllowances(settings, pool: pool, limits: limits, clock: SimulatedClock.expression) }
            try await AllowanceStoreConformance(stores[0], stores[1], most: 40) { try await clock.pass($0) }.run()
            for store in stores { await store.close() }
            await pool.close()
        }
    }

    @Test func definitionsConform() async throws {
        var limits = AllowanceLimits()
        limits.definitions = 20
        try await LimitStoreConformance(MemoryLimits(limits: limits), most: 20).run()
        let bounded = limits
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2)
            try await LimitStoreConformance(PostgresLimits(pool, limits: bounded), most: 20).run()
            await pool.close()
        }
    }
}

/// A database's clock that goes when it is told to.
struct SimulatedClock {
    static let expression = "(SELECT now FROM simulated_clock)"
    private let pool: PostgresPool

    init(_ pool: PostgresPool) async throws {
        self.pool = pool
        try await pool.execute("CREATE TABLE simulated_clock AS SELECT clock_timestamp() AS now", by: soon)
    }

    func pass(_ milliseconds: Int) async throws {
        try await pool.execute("UPDATE simulated_clock SET now = now + $1::bigint * interval '1 millisecond'", [.integer(Int64(milliseconds))], by: soon)
    }
}
