import DNS
import Foundation
import Postgres
import Storage
import Synchronization
import TestSupport
import Testing
import TestStores
import Verdicts

@Suite(.longWork) struct HistoryTests {
    private let fewTokens = { var limits = TenantLimits(); limits.tokens = 5; return limits }()

    @Test func theTwinConforms() async throws {
        try await VerdictStoreConformance(MemoryVerdictStore(), now: .present).run()
        try await checkTokenStore(MemoryTokenStore(limits: fewTokens), limits: fewTokens)
    }

    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 4)
            // What is right is asked here, not how soon: a disk that others use may keep one waiting.
            var limits = PostgresVerdictStore.Limits()
            (limits.append, limits.read) = (.seconds(60), .seconds(60))
            let store = PostgresVerdictStore(settings, pool: pool, limits: limits)
            try await VerdictStoreConformance(store, now: .present).run()
            try await checkTokenStore(PostgresTokenStore(pool, limits: fewTokens, limit: .seconds(60)), limits: fewTokens)
            try await hostileText(store)
            try await whatIsRefused(store)
            #expect(store.backlog == 0)
            await store.close()
            await pool.close()
        }
    }

    /// What PostgreSQL does not take as it is, is kept all the same: no message may be put off for ever because of its words.
    private func hostileText(_ store: PostgresVerdictStore) async throws {
        var record = VerdictRecord.sample(tenant: "hostile", at: .present, queueID: "nul\u{0}id")
        record.subject = "a\u{0}b"
        record.messageID = String(repeating: "é", count: 3000)
        record.mailFrom = HistoryPath(String(repeating: "x", count: 5000) + "@example.org")
        record.recipients = [String(repeating: "🚪", count: 3000), "\u{0}@example.net"].map { HistoryPath($0) }
        record.evidence = Array(#"{"a":"\u0000","b":"\\u0000","c":"\ud83d\udeaa","d":"\ud83d","e":"\udeaa\ud83dx"}"#.utf8)
        #expect(try await store.append(record) == nil)
        let kept = try #require(try await store.verdict(record.id, tenant: "hostile"))
        #expect(kept.subject == "a\u{fffd}b" && kept.queueID == "nul\u{fffd}id")
        #expect(kept.messageID == String(repeating: "é", count: 500))
        #expect(kept.recipients.map(\.text) == [String(repeating: "🚪", count: 250), "\u{fffd}@example.net"])
        let evidence = try #require(try JSONSerialization.jsonObject(with: Data(kept.evidence)) as? [String: String])
        #expect(evidence == ["a": "\u{fffd}", "b": #"\u0000"#, "c": "🚪", "d": "\u{fffd}", "e": "\u{fffd}\u{fffd}x"])
        var filter = HistoryFilter()
        filter.sender = record.mailFrom
        filter.messageID = record.messageID
        filter.queueID = record.queueID
        #expect(try await store.verdicts(matching: filter, before: nil, limit: 10).map(\.id) == [record.id])
        #expect(try await store.append(record) == nil, "the same record again is the same")
        var again = record
        again.id = VerdictID(at: .present)
        #expect(try await store.append(again)?.id == record.id)
    }

    private func whatIsRefused(_ store: PostgresVerdictStore) async throws {
        func refused(_ what: Comment, _ change: (inout VerdictRecord) -> Void) async {
            var record = VerdictRecord.sample(at: .present)
            change(&record)
            let error = await #expect(throws: StoreTrouble.self, what) { try await store.append(record) }
            guard case .refused? = error else { Issue.record("\(what): \(String(describing: error))"); return }
        }
        await refused("a document that is no JSON") { $0.evidence = Array("{".utf8) }
        await refused("a digest too short") { $0.digest = [1] }
        await refused("no tenant") { $0.tenant = "" }
        await refused("an id of another day") { $0.id = VerdictID(at: $0.receivedAt.adding(seconds: 86_401)) }
        // Among good ones the bad one fails alone.
        let kept = await withTaskGroup(of: Bool.self) { group in
            for place in 0..<60 {
                group.addTask {
                    var record = VerdictRecord.sample(tenant: "mixed", at: .present)
                    if place == 30 { record.decision = Array("nonsense".utf8) }
                    do { return try await store.append(record) == nil } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(kept == 59)
    }

    /// A list reads no document that it does not show: one who may not read those gets lists all the same.
    @Test func aListReadsNoEvidence() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 1)
            let store = PostgresVerdictStore(settings, pool: pool)
            let record = VerdictRecord.sample(at: .present)
            #expect(try await store.append(record) == nil)
            let columns = try #require(try await pool.execute("""
                SELECT string_agg(column_name, ', ') FROM information_schema.columns
                WHERE table_name = 'verdicts' AND column_name NOT IN ('evidence', 'envelope', 'decision')
                """, by: soon).first?.text(0))
            try await pool.execute("CREATE ROLE narrow", by: soon)
            try await pool.execute("GRANT SELECT (\(columns)) ON verdicts TO narrow", by: soon)
            let narrow = PostgresPool(PostgresSettings("\(settings) options='-c role=narrow'"), size: 1)
            let lists = PostgresVerdictStore(settings, pool: narrow)
            #expect(try await lists.verdicts(matching: HistoryFilter(), before: nil, limit: 10).map(\.id) == [record.id])
            await #expect(throws: StoreTrouble.self, "the whole verdict has them") { try await lists.verdict(record.id, tenant: nil) }
            #expect(try await store.verdict(record.id, tenant: nil)?.evidence.isEmpty == false)
            for one in [store, lists] { await one.close() }
            for one in [pool, narrow] { await one.close() }
        }
    }

    @Test func twoNodesGiveOneVerdict() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2)
            let nodes = (0..<3).map { _ in PostgresVerdictStore(settings, pool: pool) }
            let now = Timestamp.present
            for round in 0..<5 {
                let standing = try await withThrowingTaskGroup(of: (Int, VerdictID).self) { group in
                    for place in 0..<300 {
                        group.addTask {
                            // Ten messages in an order of each task's own; each node's clock is a little different.
                            let record = VerdictRecord.sample(tenant: "nodes\(round)", at: Timestamp(microseconds: now.microseconds + Int64(place % 3) * 40_000),
                                                              queueID: "N\(place * 7 % 10)", digest: 1)
                            return (place * 7 % 10, try await nodes[place % 3].append(record)?.id ?? record.id)
                        }
                    }
                    return try await group.reduce(into: [Int: Set<VerdictID>]()) { $0[$1.0, default: []].insert($1.1) }
                }
                #expect(standing.count == 10 && standing.values.allSatisfy { $0.count == 1 })
                var filter = HistoryFilter()
                filter.tenant = "nodes\(round)"
                #expect(Set(try await nodes[0].verdicts(matching: filter, before: nil, limit: 1000).map(\.id)) == Set(standing.values.flatMap { $0 }))
            }
            for node in nodes { await node.close() }
            await pool.close()
        }
    }

    /// Whatever was acknowledged is there after a crash; whatever was tried again is there once.
    @Test func nothingAcknowledgedIsLostInACrash() async throws {
        try await withDatabase { cluster, settings in
            let pool = PostgresPool(settings, size: 2)
            let store = PostgresVerdictStore(settings, pool: pool)
            let count = Counter()
            let server = try #require(await cluster.processID)
            let acknowledged = try await withThrowingTaskGroup(of: [VerdictID].self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        var ids: [VerdictID] = []
                        for place in 0..<60 {
                            let record = VerdictRecord.sample(tenant: "crash", at: .present, queueID: "C\(writer)-\(place)", digest: 1)
                            // Tried until it is kept, as an MTA would.
                            while true {
                                do {
                                    ids.append(try await store.append(record)?.id ?? record.id)
                                    break
                                } catch is StoreTrouble { try await Task.sleep(for: .milliseconds(20)) }
                            }
                            if count.next() == 300 { kill(server, SIGKILL) }
                        }
                        return ids
                    }
                }
                return try await group.reduce(into: [VerdictID]()) { $0 += $1 }
            }
            #expect(acknowledged.count == 960 && Set(acknowledged).count == 960)
            var filter = HistoryFilter()
            filter.tenant = "crash"
            #expect(Set(try await store.verdicts(matching: filter, before: nil, limit: 1000).map(\.id)) == Set(acknowledged))
            #expect(await cluster.processID != server)
            await store.close()
            await pool.close()
        }
    }

    @Test func withoutADatabaseItSaysSo() async throws {
        var settings = PostgresSettings("host=/nonexistent dbname=x")
        settings.patience = .milliseconds(50)
        let pool = PostgresPool(settings, size: 1)
        var limits = PostgresVerdictStore.Limits()
        limits.append = .seconds(60)
        limits.read = .seconds(60)
        let store = PostgresVerdictStore(settings, pool: pool, limits: limits)
        for attempt in 0..<2 {
            let error = await #expect(throws: StoreTrouble.self) {
                if attempt == 0 { _ = try await store.append(.sample(at: .present)) } else { _ = try await store.verdict(VerdictID(at: .present), tenant: nil) }
            }
            guard case .unavailable? = error else { Issue.record("\(String(describing: error))"); return }
        }
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int { value.withLock { $0 += 1; return $0 } }
}

/// Rows a second; prints, and asserts nothing about time. POSTERN_MEASURE=1 runs it.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["POSTERN_MEASURE"] != nil)) struct HistoryThroughput {
    @Test func timeToStart() async throws {
        try await withTemporaryFolder { folder in
            let cluster = EmbeddedCluster(ClusterSettings(folder: folder + "/db"))
            for name in ["first start", "next start"] {
                let begin = ContinuousClock.now
                _ = try await cluster.start()
                let started = ContinuousClock.now
                await cluster.stop()
                print("\(name): \(begin.duration(to: started)), stop \(started.duration(to: .now))")
            }
        }
    }

    @Test func rowsASecond() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2)
            let store = PostgresVerdictStore(settings, pool: pool)
            for callers in [8, 32, 128] {
                let end = ContinuousClock.now + .seconds(4), begin = ContinuousClock.now
                let times = try await withThrowingTaskGroup(of: [Double].self) { group in
                    for caller in 0..<callers {
                        group.addTask {
                            var times: [Double] = [], place = 0
                            while ContinuousClock.now < end {
                                var record = VerdictRecord.sample(at: .present, queueID: "\(callers)-\(caller)-\(place)", digest: UInt8(place & 255))
                                record.mailFrom = HistoryPath("user\(place % 997)@domain\(place % 313).example")
                                record.messageID = "\(callers).\(caller).\(place)@example.org"
                                record.clientIP = .v4(UInt32(truncatingIfNeeded: place &* 2_654_435_761))
                                let start = ContinuousClock.now
                                _ = try await store.append(record)
                                let took = start.duration(to: .now)
                                times.append(Double(took.components.seconds) * 1000 + Double(took.components.attoseconds) / 1e15)
                                place += 1
                            }
                            return times
                        }
                    }
                    return try await group.reduce(into: [Double]()) { $0 += $1 }
                }.sorted()
                let seconds = Double(begin.duration(to: .now).components.seconds) + Double(begin.duration(to: .now).components.attoseconds) / 1e18
                print("\(callers) callers: \(Int(Double(times.count) / seconds)) rows/s, p50 \(times[times.count / 2]) ms, p99 \(times[times.count * 99 / 100]) ms")
            }
            await store.close()
            await pool.close()
        }
    }
}
