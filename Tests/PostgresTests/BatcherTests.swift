import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.longWork) struct BatcherTests {
    @Test func everyItemGetsItsOwnAnswer() async throws {
        let sizes = Mutex<[Int]>([])
        let batcher = Batcher<Int, Int>(repeatsAfterLoss: false) { items, _, _ in
            sizes.withLock { $0.append(items.count) }
            await Task.yield()
            return items.map { $0 * 2 }
        }
        let answers = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for each in 0..<1000 { group.addTask { (each, try await batcher.submit(each, by: soon)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 1000 && answers.allSatisfy { $0.value == $0.key * 2 })
        #expect(sizes.withLock { $0.reduce(0, +) == 1000 && $0.allSatisfy { $0 <= 256 } && $0.count < 1000 })
        #expect(batcher.backlog == 0)
    }

    @Test func aBadRowFailsAloneInARealTable() async throws {
        try await withCluster { _, settings in
            let connection = PostgresConnection(settings)
            try await connection.script("CREATE TABLE t (n int PRIMARY KEY CHECK (n <> 13))", by: soon)
            let gate = Gate()
            let batcher = Batcher<Int, Int>(repeatsAfterLoss: true) { items, _, deadline in
                await gate.wait()
                var numbers = PostgresArray(of: .bigint)
                for each in items { numbers.append(Int64(each)) }
                let rows = try await connection.execute("INSERT INTO t SELECT n FROM unnest($1::bigint[]) AS x(n) RETURNING n", [.array(numbers)], by: deadline)
                return rows.compactMap { $0.integer(0) }
            }
            let results = await withTaskGroup(of: (Int, Result<Int, any Error>).self) { group in
                for each in 0..<100 {
                    group.addTask { do { return (each, .success(try await batcher.submit(each, by: soon))) } catch { return (each, .failure(error)) } }
                }
                await gate.open()
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (each, result) in results {
                if each == 13 {
                    let error = #expect(throws: PostgresError.self) { try result.get() }
                    #expect(error?.sqlstate == "23514")
                } else {
                    #expect(try result.get() == each)
                }
            }
            #expect(try await connection.execute("SELECT count(*) FROM t", by: soon).first?.integer(0) == 99)
            await connection.close()
        }
    }

    @Test func theWaitingLineIsBounded() async throws {
        let gate = Gate()
        var limits = BatchLimits()
        limits.batch = 1
        limits.waiting = 2
        let begun = Mutex(false)
        let batcher = Batcher<Int, Int>(limits: limits, repeatsAfterLoss: false) { items, _, _ in
            begun.withLock { $0 = true }
            await gate.wait()
            return items
        }
        let first = Task { try await batcher.submit(1, by: soon) }
        try await eventually("the first is under way") { begun.withLock { $0 } }
        let second = Task { try await batcher.submit(2, by: soon) }, third = Task { try await batcher.submit(3, by: soon) }
        try await eventually("two wait") { batcher.backlog >= 2 }
        let full = await #expect(throws: PostgresError.self) { try await batcher.submit(4, by: soon) }
        #expect(full?.kind == .full)
        await gate.open()
        #expect(try await [first.value, second.value, third.value] == [1, 2, 3])
    }

    struct Octets: Sendable, CustomTestStringConvertible {
        let testDescription: String, waiting: [Int], next: Int, isTaken: Bool
    }

    @Test(arguments: [
        Octets(testDescription: "as many as there may be", waiting: [400, 400], next: 200, isTaken: true),
        Octets(testDescription: "one more", waiting: [400, 400], next: 201, isTaken: false),
        Octets(testDescription: "none beside those that fill it", waiting: [1000], next: 0, isTaken: true),
        Octets(testDescription: "a large one that is alone", waiting: [], next: 5000, isTaken: true),
        Octets(testDescription: "one behind a large one", waiting: [5000], next: 1, isTaken: false),
        Octets(testDescription: "a size that is none", waiting: [1000], next: .max, isTaken: false),
    ])
    func theOctetsThatWaitAreBounded(_ row: Octets) async throws {
        let gate = Gate(), begun = Mutex(false)
        var limits = BatchLimits()
        limits.batch = 1
        limits.waitingOctets = 1000
        let batcher = Batcher<Int, Int>(limits: limits, repeatsAfterLoss: false, octets: { $0 }) { items, _, _ in
            begun.withLock { $0 = true }
            await gate.wait()
            return items
        }
        // What is under way no longer waits.
        let first = Task { try await batcher.submit(900, by: soon) }
        try await eventually("the first is under way") { begun.withLock { $0 } }
        var waiting: [Task<Int, any Error>] = []
        for (place, size) in row.waiting.enumerated() {
            waiting.append(Task { try await batcher.submit(size, by: soon) })
            try await eventually("it waits") { batcher.backlog == place + 1 }
        }
        if row.isTaken {
            waiting.append(Task { try await batcher.submit(row.next, by: soon) })
            try await eventually("it waits too") { batcher.backlog == row.waiting.count + 1 }
        } else {
            let full = await #expect(throws: PostgresError.self) { try await batcher.submit(row.next, by: soon) }
            #expect(full?.kind == .full)
        }
        await gate.open()
        for one in [first] + waiting { _ = try await one.value }
        #expect(try await batcher.submit(1000, by: soon) == 1000, "there is room again")
    }

    @Test func deadlinesAreKeptWhileTheWriteHangs() async throws {
        let gate = Gate(), begun = Mutex(false)
        let batcher = Batcher<Int, Int>(repeatsAfterLoss: false) { items, _, _ in
            begun.withLock { $0 = true }
            await gate.wait()
            return items
        }
        let patient = Task { try await batcher.submit(1, by: soon) }
        try await eventually("it is under way") { begun.withLock { $0 } }
        let waiting = await #expect(throws: PostgresError.self) { try await batcher.submit(2, by: .now + .milliseconds(30)) }
        #expect(waiting?.kind == .timeout)
        let passed = await #expect(throws: PostgresError.self) { try await batcher.submit(2, by: .now - .milliseconds(1)) }
        #expect(passed?.kind == .timeout)
        await gate.open()
        #expect(try await patient.value == 1)
    }

    @Test(arguments: [true, false]) func lossIsRepeatedOnlyWhereItDoesNoHarm(repeats: Bool) async throws {
        let calls = Mutex(0)
        let batcher = Batcher<Int, Int>(repeatsAfterLoss: repeats) { items, _, _ in
            if calls.withLock({ $0 += 1; return $0 }) == 1 { throw PostgresError(.connectionLost, "gone") }
            return items
        }
        if repeats {
            #expect(try await batcher.submit(5, by: soon) == 5)
        } else {
            let error = await #expect(throws: PostgresError.self) { try await batcher.submit(5, by: soon) }
            #expect(error?.kind == .connectionLost)
        }
        #expect(calls.withLock { $0 } == (repeats ? 2 : 1))
    }

    @Test func aDeadlockIsRepeatedAndTheNumberOfAnswersIsChecked() async throws {
        let calls = Mutex(0)
        let batcher = Batcher<Int, Int>(repeatsAfterLoss: false) { items, _, _ in
            if calls.withLock({ $0 += 1; return $0 }) == 1 { throw PostgresError(.server, "deadlock detected", sqlstate: "40P01") }
            return Array(items.dropLast())
        }
        let error = await #expect(throws: PostgresError.self) { try await batcher.submit(1, by: soon) }
        #expect(error?.kind == .unreadable)
        #expect(calls.withLock { $0 } == 2)
    }
}
