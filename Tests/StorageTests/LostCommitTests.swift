import Limiting
import Postgres
import RateLimits
import Storage
import TestSupport
import TestStores
import Testing
import Verdicts

/// The connection that counts breaks while the server commits: the step is done again before anybody knows what became of the first.
@Suite(.longWork) struct LostCommitTests {
    /// The second waits until the first has ended, and then sees what it did, or that it did nothing.
    @Test(arguments: [("the first is committed", true), ("the first comes to nothing", false)])
    func aStepWhileTheFirstIsOpen(name: String, isCommitted: Bool) async throws {
        try await withDatabase { cluster, settings in
            try await withTemporaryFolder { folder in
                let place = cluster.settings.folder + "/run", relay = try SocketRelay(at: folder + "/.s.PGSQL.5432", to: place + "/.s.PGSQL.5432")
                defer { relay.close() }
                let pool = PostgresPool(settings, size: 2), gate = PostgresConnection(settings)
                let store = PostgresAllowances(PostgresSettings("host='\(folder)' port=5432 user=postern dbname=postern"), pool: pool)
                let anna = LimitedSubject(try LimitSubject(.mailbox, "anna@example.org"), [try RateLimit(counts: .recipients, most: 2, window: #require(LimitWindow("1h")))])
                let ids = (0..<3).map { VerdictID(at: .present.adding(seconds: -$0)) }
                @Sendable func count(_ number: Int) async throws -> Counting {
                    try await store.count(CountedMessage(tenant: "t", name: [UInt8](repeating: UInt8(number), count: 32), amounts: Amounts(recipients: 1, octets: 1), subjects: [anna], verdict: CountedVerdict(id: ids[number]) { _ in
                        var record = VerdictRecord.sample(tenant: "t", at: ids[number].time, queueID: "\(number)", action: .accept)
                        record.id = ids[number]
                        return record
                    }), by: soon)
                }
                _ = try await count(0)
                // Each commit waits for the gate.
                _ = try await pool.lend(by: soon) { try await $0.script("""
                    CREATE FUNCTION wait_for_gate() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN NULL; END';
                    CREATE CONSTRAINT TRIGGER gate AFTER UPDATE ON allowances DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_gate()
                    """, by: soon) }
                _ = try await gate.script("SELECT pg_advisory_lock(7)", by: soon)
                let counting = Task { try await count(1) }
                func waiting(_ count: Int) async throws -> Bool { try await pool.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", by: soon).first?.integer(0) == count }
                try await eventually("it commits") { try await waiting(1) }
                relay.cut()
                try await eventually("it is done again") { try await waiting(2) }
                if !isCommitted { _ = try await pool.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'", by: soon) }
                await gate.close()
                let answer = try await counting.value
                #expect(answer.earlier == (isCommitted ? EarlierVerdict(id: ids[1], action: .accept) : nil), "\(name)")
                if isCommitted { #expect(answer.admission == .countedBefore) } else if case .counted = answer.admission {} else { Issue.record("\(answer)") }
                // Both took their place, once each.
                guard case .exceeded = try await count(2).admission else { Issue.record("there was room for a third"); return }
                #expect(try await pool.execute("SELECT (SELECT count(*) FROM counted_messages), (SELECT count(*) FROM verdicts)", by: soon).first.map { [$0.integer(0), $0.integer(1)] } == [2, 3])
                await store.close()
                await pool.close()
            }
        }
    }
}
