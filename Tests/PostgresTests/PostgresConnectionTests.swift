import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.longWork) struct PostgresConnectionTests {
    @Test func valuesGoThereAndBack() async throws {
        try await withCluster { _, settings in
            let connection = PostgresConnection(settings)
            let row = try #require(try await connection.execute(
                "SELECT $1::text, $2::bigint, $3::double precision, $4::boolean, encode($5, 'hex'), $6::text, $7::inet, 'x' AS last",
                [.text("Grüße 'x' \\ \""), .integer(.min), .float(0.1), .bool(true), .octets([0, 255, 1]), .null, .text("192.0.2.1")], by: soon).first)
            #expect(row.text(0) == "Grüße 'x' \\ \"")
            #expect(row.integer(1) == Int.min)
            #expect(row.float(2) == 0.1)
            #expect(row.bool(3) == true)
            #expect(row.text(4) == "00ff01")
            #expect(row.octets(5) == nil)
            #expect(row.text(6) == "192.0.2.1")
            #expect(row.text(99) == nil && row.text(-1) == nil)

            var texts = PostgresArray(of: .text), numbers = PostgresArray(of: .bigint), floats = PostgresArray(of: .float), flags = PostgresArray(of: .boolean)
            var ids = PostgresArray(of: .uuid), times = PostgresArray(of: .timestamp), octets = PostgresArray(of: .octets), json = PostgresArray(of: .json)
            var addresses = PostgresArray(of: .address), lists = PostgresArray(of: .text)
            texts.append("a,\"b\\{}"); texts.append(nil as String?)
            numbers.append(-5 as Int64); numbers.append(nil as Int64?)
            floats.append(1.5); floats.append(nil as Double?)
            flags.append(false); flags.append(nil as Bool?)
            ids.append([UInt8](repeating: 0xab, count: 16)); ids.append(nil as [UInt8]?)
            times.append(1_800_000_000_123_456 as Int64); times.append(nil as Int64?)
            octets.append([1, 2]); octets.append(nil as [UInt8]?)
            json.append(#"{"a": [1, "ü"]}"#); json.append(nil as String?)
            addresses.append([192, 0, 2, 9]); addresses.append([UInt8](repeating: 0x20, count: 16))
            lists.append(PostgresArray.literal(["one", "t\"wo\\", "", "NULL", "{,}"])); lists.append(PostgresArray.literal([]))
            let rows = try await connection.execute("""
                SELECT t, n, f, b, i, (extract(epoch FROM m) * 1000000)::bigint, encode(o, 'hex'), j->'a'->>1, host(d), to_json(l::text[])
                FROM unnest($1::text[], $2::bigint[], $3::float8[], $4::boolean[], $5::uuid[], $6::timestamptz[], $7::bytea[], $8::json[], $9::inet[], $10::text[])
                AS x(t, n, f, b, i, m, o, j, d, l)
                """, [texts, numbers, floats, flags, ids, times, octets, json, addresses, lists].map { .array($0) }, by: soon)
            #expect(rows.count == 2)
            let one = try #require(rows.first)
            #expect((0..<10).map { one.text($0) } == ["a,\"b\\{}", "-5", "1.5", "f", "abababab-abab-abab-abab-abababababab", "1800000000123456", "0102", "ü",
                                                      "192.0.2.9", #"["one","t\"wo\\","","NULL","{,}"]"#])
            let two = try #require(Array(rows).last)
            #expect((0..<8).allSatisfy { two.octets($0) == nil })
            #expect(two.text(8) == "2020:2020:2020:2020:2020:2020:2020:2020" && two.text(9) == "[]")
            #expect(try await connection.execute("SELECT $1::text[] = '{}'", [.array(PostgresArray([]))], by: soon).first?.bool(0) == true)
            await connection.close()
        }
    }

    @Test(arguments: [
        ("{}", []), ("{a}", ["a"]), ("{a,b c,\"d,e\"}", ["a", "b c", "d,e"]), (#"{"q\"b\\s",""}"#, [#"q"b\s"#, ""]), (#"{NULL,"NULL",null}"#, ["NULL"]),
        ("{ü,🚪}", ["ü", "🚪"]), ("", nil), ("{", nil), ("a", nil), ("{{a}}", nil), (#"{"a}"#, nil), (#"{a\}"#, nil),
    ] as [(String, [String]?)]) func arraysAreRead(literal: String, expected: [String]?) {
        #expect(PostgresArray.texts(Array(literal.utf8)[...]) == expected)
        if let expected { #expect(PostgresArray.texts(PostgresArray.literal(expected)[...]) == expected) }
        #expect(PostgresArray.texts(nil) == nil)
    }

    @Test func errorsTransactionsAndDeadlines() async throws {
        try await withCluster { cluster, settings in
            let connection = PostgresConnection(settings)
            try await connection.script("CREATE TABLE t (n int PRIMARY KEY CHECK (n > 0)); INSERT INTO t VALUES (1)", by: soon)
            let doubled = await #expect(throws: PostgresError.self) { try await connection.execute("INSERT INTO t VALUES ($1)", [.integer(1)], by: soon) }
            #expect(doubled?.sqlstate == "23505" && doubled?.constraint == "t_pkey" && doubled?.isFaultOfRow == true && doubled?.isTransient == false)
            #expect(doubled?.description.contains("(n)=(1)") == false)

            await #expect(throws: PostgresError.self) {
                try await connection.transaction(by: soon) { connection in
                    try connection.execute("INSERT INTO t VALUES (2)", by: soon)
                    try connection.execute("INSERT INTO t VALUES (-1)", by: soon)
                }
            }
            try await connection.transaction(by: soon) { connection in _ = try connection.execute("INSERT INTO t VALUES (3)", by: soon) }
            #expect(try await connection.execute("SELECT array_agg(n ORDER BY n) FROM t", by: soon).first?.text(0) == "{1,3}")

            // A deadline ends the statement at the server and leaves the connection in order.
            let server = try await connection.execute("SELECT pg_backend_pid()", by: soon).first?.integer(0)
            let late = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT pg_sleep(3600)", by: .now + .milliseconds(50)) }
            #expect(late?.kind == .timeout && late?.isTransient == true)
            #expect(try await connection.execute("SELECT pg_backend_pid()", by: soon).first?.integer(0) == server)
            let gone = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1", by: .now - .seconds(1)) }
            #expect(gone?.kind == .timeout)

            // A cancelled task sends nothing, and spoils nothing.
            let cancelled = Task { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }; try await connection.execute("INSERT INTO t VALUES (77)", by: soon) }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(try await connection.execute("SELECT count(*) FROM t WHERE n = 77", by: soon).first?.integer(0) == 0)

            // A table that changes its shape under a prepared statement.
            _ = try await connection.execute("SELECT * FROM t", by: soon)
            try await connection.script("ALTER TABLE t ADD COLUMN m int DEFAULT 7", by: soon)
            #expect(try await connection.execute("SELECT * FROM t", by: soon).columns == ["n", "m"])

            // More texts than are kept prepared.
            for each in 0..<(PostgresConnection.statementLimit + 5) {
                #expect(try await connection.execute("SELECT \(each)", by: soon).first?.integer(0) == each)
            }

            // An idle connection that the server closed is made anew; one in use tells its caller.
            try await eventually("the backend has ended") {
                let other = PostgresConnection(settings)
                let pid = try await connection.execute("SELECT pg_backend_pid()", by: soon).first?.integer(0) ?? 0
                try await other.execute("SELECT pg_terminate_backend($1::int, 5000)", [.integer(Int64(pid))], by: soon)
                let now = try await connection.execute("SELECT pg_backend_pid()", by: soon).first?.integer(0)
                await other.close()
                return now != pid
            }
            let lost = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", by: soon) }
            #expect(lost?.isTransient == true)
            #expect(try await connection.execute("SELECT 1", by: soon).first?.integer(0) == 1)

            let within = await #expect(throws: PostgresError.self) {
                try await connection.transaction(by: soon) { connection in
                    try connection.execute("INSERT INTO t VALUES (90)", by: soon)
                    _ = try? connection.execute("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", by: soon)
                    try connection.execute("INSERT INTO t VALUES (91)", by: soon)
                }
            }
            #expect(within?.isTransient == true)
            #expect(try await connection.execute("SELECT count(*) FROM t WHERE n >= 90", by: soon).first?.integer(0) == 0)
            await connection.close()
            await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1", by: soon) }
        }
    }

    @Test func aServerThatIsNotThere() async throws {
        var settings = PostgresSettings("host=/nonexistent dbname=x user=y password=hunter2")
        settings.patience = .milliseconds(100)
        let connection = PostgresConnection(settings)
        let error = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1", by: soon) }
        #expect(error?.kind == .unavailable && error?.isTransient == true)
        #expect("\(settings)" == "host=/nonexistent dbname=x user=y")
        var shown = ""
        dump(settings, to: &shown)
        #expect(!shown.contains("hunter2"))
        let wrong = PostgresConnection(PostgresSettings("hunter2"))
        let unreadable = await #expect(throws: PostgresError.self) { try await wrong.execute("SELECT 1", by: .now + .seconds(1)) }
        #expect(unreadable?.description.contains("hunter2") == false)
    }

    /// A server that takes the connection and then says nothing must not hold anyone beyond the deadline.
    @Test func aServerThatIsSilent() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in(sin_family: sa_family_t(AF_INET), sin_port: 0, sin_addr: in_addr(s_addr: UInt32(0x7f00_0001).bigEndian), sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, length) + listen(listener, 8) + getsockname(listener, $0, &length) }
        }
        #expect(bound == 0)
        let connection = PostgresConnection(PostgresSettings("host=127.0.0.1 port=\(UInt16(bigEndian: address.sin_port)) dbname=x user=y sslmode=disable"))
        let error = await #expect(throws: PostgresError.self) { try await connection.execute("SELECT 1", by: .now + .milliseconds(100)) }
        #expect(error?.kind == .unavailable)
    }

    @Test func theUntypedPoolLendsInOrderAndWithinItsBounds() async throws {
        try await withCluster { _, settings in
            let pool = PostgresPool(settings, size: 2, waitingLimit: 3)
            // Two lent, three wait, the sixth is turned away at once.
            let gate = Gate()
            let holders = (0..<2).map { _ in Task { try await pool.lend(by: soon) { _ in await gate.wait() } } }
            try await eventually("both are lent") { await pool.load.lent == 2 }
            let late = Task { try await pool.execute("SELECT 1", by: .now + .milliseconds(100)) }
            let cancelled = Task { try await pool.execute("SELECT 1", by: soon) }
            let patient = Task { try await pool.execute("SELECT 42", by: soon) }
            let timedOut = await #expect(throws: PostgresError.self) { try await late.value }
            #expect(timedOut?.kind == .timeout)
            try await eventually("two wait") { await pool.load.waiting == 2 }
            let third = Task { try await pool.execute("SELECT 3", by: soon) }
            try await eventually("three wait") { await pool.load.waiting == 3 }
            let full = await #expect(throws: PostgresError.self) { try await pool.execute("SELECT 1", by: soon) }
            #expect(full?.kind == .full)
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            await gate.open()
            for holder in holders { try await holder.value }
            #expect(try await patient.value.first?.integer(0) == 42)
            #expect(try await third.value.first?.integer(0) == 3)

            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for each in 0..<5 { group.addTask { try await pool.execute("SELECT $1::int", [.integer(Int64(each))], by: soon).first?.integer(0) ?? -100 } }
                return try await group.reduce(0, +)
            }
            #expect(sum == 10)
            #expect(await pool.load == (0, 0))
            await pool.close()
            await #expect(throws: PostgresError.self) { try await pool.execute("SELECT 1", by: soon) }
        }
    }
}

/// Holds tasks back until it is opened.
actor Gate {
    private var opened = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func wait() async {
        if opened { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        opened = true
        for each in waiting { each.resume() }
        waiting = []
    }
}
