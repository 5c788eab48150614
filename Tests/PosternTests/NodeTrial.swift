import Foundation
import Glibc
import Postgres
import RateLimits
import Synchronization
import TestSupport
import Testing

/// Nodes that share one database, each a process with its own state, and clients that send more through them than anybody may, while nodes and the database are killed.
final class NodeTrial: Sendable {
    static let nodes = 4, clients = 12

    /// What dies when so many messages have their answer.
    private struct Strike {
        let at: Int
        /// Empty: the database.
        let nodes: Set<Int>
        /// A moment by lot.
        let delay: Duration
    }

    struct Answers: Sendable {
        var passed: [SendingClient.Passing] = []
        var refused: [SendingClient.Refusal] = []
        /// Messages that need no further answer.
        var done = 0
        /// Tries without an answer, or whose answer was to try again.
        var lost = 0
        var nodesKilled = 0, databaseKilled = 0
    }

    let plan: SendingPlan
    let pool: PostgresPool
    private let cluster: EmbeddedCluster
    private let settings: String
    private let dns: UInt16
    private let folders: [TemporaryFolder]
    private let seed: UInt64
    private let services = Mutex([RunningService?](repeating: nil, count: NodeTrial.nodes))
    private let answers = Mutex(Answers())

    /// - Parameters:
    ///   - cluster: runs.
    ///   - place: the same for libpq.
    ///   - dns: a resolver on 127.0.0.1.
    init(_ plan: SendingPlan, seed: UInt64, _ cluster: EmbeddedCluster, at place: String, dns: UInt16) throws {
        self.plan = plan; self.cluster = cluster; self.dns = dns; self.seed = seed
        pool = PostgresPool(PostgresSettings(place), size: 2)
        folders = try (0..<Self.nodes).map { _ in try TemporaryFolder() }
        settings = "database: {url: \"\(place)\"}\nblocklists: {use: []}\nmalware: {scan: false}\nwatch: {act: false}\nrate_limits:\n\(plan.settings)"
    }

    func service(_ node: Int) -> RunningService? { services.withLock { $0[node] } }

    var seen: Answers { answers.withLock { $0 } }

    func noteNoAnswer() { answers.withLock { $0.lost += 1 } }

    func note(_ answer: SendingClient.Answer) {
        answers.withLock { answers in
            switch answer {
            case .passed(let passing):
                answers.passed.append(passing)
                answers.done += 1
            case .refused(let refusal):
                answers.refused.append(refusal)
                if isForAll(refusal) { answers.done += 1 }
            }
        }
    }

    /// Whether the limit is one for the whole run.
    func isForAll(_ refusal: SendingClient.Refusal) -> Bool { LimitScope(rawValue: refusal.scope).flatMap { plan.limits[$0]?.first?.window.description } == refusal.per }

    /// Starts all nodes at once, has everything sent, and at the end once more what was refused: nothing dies any more then.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in 0..<Self.nodes { group.addTask { try await self.start(node) } }
            try await group.waitForAll()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.strike() }
            send(Array(plan.messages.indices), by: &group)
            // The first who fails ends it for all.
            for try await _ in group {}
        }
        let refused = Set(plan.messages.indices).subtracting(seen.passed.map(\.message)).sorted()
        try await withThrowingTaskGroup(of: Void.self) { group in
            send(refused, by: &group)
            try await group.waitForAll()
        }
    }

    private func send(_ messages: [Int], by group: inout ThrowingTaskGroup<Void, any Error>) {
        for place in 0..<Self.clients {
            let own = stride(from: place, to: messages.count, by: Self.clients).map { messages[$0] }
            group.addTask {
                try await blocking {
                    var client = SendingClient(self)
                    try client.run(own)
                }
            }
        }
    }

    /// One that finds no database ends, and is started again, as an init system does.
    private func start(_ node: Int) async throws {
        for attempt in 1... {
            do {
                let service = try await RunningService(settings: settings, dns: [dns], folder: folders[node])
                services.withLock { $0[node] = service }
                return
            } catch let trouble as ChildProcess.Trouble {
                if attempt == 40 { throw trouble }
            }
        }
    }

    /// Eight nodes die for a thousand messages, sometimes two at once, and the database twice at least.
    private func strikes() -> [Strike] {
        var random = SeededGenerator(~seed)
        let count = plan.messages.count
        func strike(_ number: Int, of all: Int, _ nodes: Set<Int>) -> Strike {
            // One in each stretch, before the last tenth.
            let stretch = count * 9 / 10 / all
            return Strike(at: number * stretch + Int.random(in: 0..<max(stretch, 1), using: &random), nodes: nodes, delay: .microseconds(Int.random(in: 0..<30_000, using: &random)))
        }
        let nodes = max(count * 8 / 1000, 4), databases = max(count / 1500, 2)
        var all: [Strike] = []
        for number in 0..<nodes {
            var dead: Set = [Int.random(in: 0..<Self.nodes, using: &random)]
            if Int.random(in: 0..<4, using: &random) == 0 { dead.insert(Int.random(in: 0..<Self.nodes, using: &random)) }
            all.append(strike(number, of: nodes, dead))
        }
        for number in 0..<databases { all.append(strike(number, of: databases, [])) }
        return all.sorted { $0.at < $1.at }
    }

    private func strike() async throws {
        for strike in strikes() {
            try await eventually("\(strike.at) messages have their answer") { seen.done >= strike.at }
            try await Task.sleep(for: strike.delay)
            if strike.nodes.isEmpty {
                guard let server = await cluster.processID else { continue }
                kill(server, SIGKILL)
                answers.withLock { $0.databaseKilled += 1 }
            }
            for node in strike.nodes {
                service(node)?.signal(SIGKILL)
                answers.withLock { $0.nodesKilled += 1 }
            }
            for node in strike.nodes {
                _ = service(node)?.wait()
                services.withLock { $0[node] = nil }
            }
            for node in strike.nodes { try await start(node) }
        }
    }

    func close() async {
        for node in 0..<Self.nodes { service(node)?.stop() }
        await pool.close()
    }
}
