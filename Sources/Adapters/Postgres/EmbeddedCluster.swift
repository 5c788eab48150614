import Foundation
internal import Glibc
internal import Processes
internal import Threads

/// A PostgreSQL of our own: made on first use, run while we run, reached over a unix socket that only we can open.
///
/// It gets SIGINT (an orderly, fast shutdown) from the kernel when this process ends in whatever way. When it ends by itself it is
/// started again. All work is done on a thread of its own.
package actor EmbeddedCluster {
    private nonisolated let executor = QueueExecutor(label: "postgres.cluster")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    package nonisolated let settings: ClusterSettings
    private let report: @Sendable (String) -> Void
    private var lock: Int32?
    private var server: ChildProcess?
    private var startedAt = ContinuousClock.now
    private var quickEnds = 0
    private var stopping = false

    /// - Parameter report: gets a line for the log of each thing worth telling.
    package init(_ settings: ClusterSettings, report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.settings = settings
        self.report = report
    }

    /// The server's process id while it runs.
    package var processID: Int32? { server.flatMap { $0.status == nil ? $0.id : nil } }

    /// Makes the cluster where there is none, starts it, and waits until it answers.
    /// - Returns: how to reach it.
    /// - Throws: `ClusterError`, which says what to do.
    package func start() throws -> PostgresSettings {
        if processID != nil { return settings.connection }
        stopping = false
        let deadline = ContinuousClock.now + settings.startLimit
        let folder = try ClusterFolder(settings)
        let programs = try ClusterPrograms.find(settings)
        try folder.prepare()
        if lock == nil { lock = try folder.lock() }
        do {
            if ClusterPrograms.dataVersion(settings) == nil { try initialize(folder, programs, by: deadline) }
            try launch(folder, programs, by: deadline)
            try makeDatabase(by: deadline)
        } catch {
            stop()
            throw error
        }
        return settings.connection
    }

    /// Stops it in an orderly way and waits until it has ended; safe to call at any time.
    package func stop() {
        stopping = true
        endServer(SIGINT)
        unlock()
    }

    // MARK: - Making

    /// `initdb` works in a folder of another name, which gets its own when everything is there: a cluster is whole or absent.
    private func initialize(_ folder: ClusterFolder, _ programs: ClusterPrograms, by deadline: ContinuousClock.Instant) throws {
        let making = settings.dataFolder + ".making", log = settings.folder + "/initdb.log"
        for leftover in [making, settings.dataFolder] where unsafe access(leftover, F_OK) == 0 {
            // Data without PG_VERSION is what an operator left there, not ours to take away.
            guard leftover == making || ((try? FileManager.default.contentsOfDirectory(atPath: leftover)) ?? ["?"]).isEmpty else {
                throw ClusterError.folder(leftover, why: "is not empty, and holds no PostgreSQL data: move it away")
            }
            try FileManager.default.removeItem(atPath: leftover)
        }
        unsafe unlink(log)
        let began = ContinuousClock.now
        let child = try ChildProcess(programs.folder + "/initdb",
                                     ["--pgdata=\(making)", "--encoding=UTF8", "--locale=C", "--username=postern", "--auth=peer"],
                                     environment: Self.environment, log: log, user: folder.change, deathSignal: SIGTERM)
        guard let status = child.wait(until: deadline) else {
            child.signal(SIGTERM)
            _ = child.wait(until: .now + .seconds(5))
            child.signal(SIGKILL)
            throw ClusterError.initialization("it did not end in time; see \(log)")
        }
        guard status == 0 else {
            let words = ClusterFolder.tail(of: log, from: 0)
            throw ClusterError.initialization(words.isEmpty ? "status \(status)" : words)
        }
        guard unsafe rename(making, settings.dataFolder) == 0 else { throw ClusterError.folder(settings.dataFolder, why: systemMessage(errno)) }
        let parent = unsafe open(settings.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if parent >= 0 { fsync(parent); close(parent) }
        unsafe unlink(log)
        report("made a PostgreSQL cluster in \(settings.dataFolder) in \(began.duration(to: .now).milliseconds) ms")
    }

    private func makeDatabase(by deadline: ContinuousClock.Instant) throws {
        guard settings.database != "postgres" else { return }
        let link = try PostgresLink(settings.connection(to: "postgres"), by: deadline)
        let name = ParameterBlock([.text(settings.database)])
        guard try link.statement("SELECT 1 FROM pg_database WHERE datname = $1", name, by: deadline).isEmpty else { return }
        let quoted = settings.database.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        _ = try link.script("CREATE DATABASE \"\(quoted)\"", by: deadline)
    }

    // MARK: - Running

    private static let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"]

    private func launch(_ folder: ClusterFolder, _ programs: ClusterPrograms, by deadline: ContinuousClock.Instant) throws {
        try folder.waitUntilFree(by: min(deadline, .now + .seconds(60)))
        try folder.writeConfiguration()
        let before = ClusterFolder.size(of: settings.logFile)
        let child = try ChildProcess(programs.folder + "/postgres", ["--config-file=\(settings.configurationFile)"],
                                     environment: Self.environment, log: settings.logFile, user: folder.change, deathSignal: SIGINT)
        server = child
        startedAt = .now
        var latest = "no answer"
        while true {
            if let status = child.status {
                let words = ClusterFolder.tail(of: settings.logFile, from: before)
                throw ClusterError.start(words.isEmpty ? "it ended with status \(status)" : words)
            }
            do throws(PostgresError) {
                let link = try PostgresLink(settings.connection(to: "postgres"), by: min(deadline, .now + .seconds(2)))
                _ = try link.script("SELECT 1", by: min(deadline, .now + .seconds(2)))
                break
            } catch { latest = error.message }
            guard ContinuousClock.now < deadline else { throw ClusterError.start("it does not answer: \(latest)") }
            _ = poll(nil, 0, 10)
        }
        child.whenEnded { [weak self] status in
            guard let self else { return }
            Task { await self.ended(child, status) }
        }
    }

    /// The server ended, and nobody had told it to.
    private func ended(_ child: ChildProcess, _ status: Int32) {
        guard !stopping, server === child else { return }
        server = nil
        let how = status >= 256 ? "by signal \(status - 256)" : "with status \(status)"
        report("PostgreSQL ended \(how); starting it again. Its last words: \(ClusterFolder.tail(of: settings.logFile, from: 0))")
        quickEnds = ContinuousClock.now - startedAt > .seconds(60) ? 0 : min(quickEnds + 1, 8)
        startAgain(after: quickEnds <= 1 ? .zero : .milliseconds(100 << quickEnds))   // 400 ms … 25.6 s
    }

    private func startAgain(after pause: Duration) {
        Task {
            try? await Task.sleep(for: pause)
            relaunch()
        }
    }

    private func relaunch() {
        guard !stopping, server == nil else { return }
        do {
            try launch(ClusterFolder(settings), ClusterPrograms.find(settings), by: .now + settings.startLimit)
            report("PostgreSQL runs again")
        } catch {
            endServer(SIGINT)
            quickEnds = min(quickEnds + 1, 8)
            report("\(error); trying again")
            startAgain(after: .milliseconds(100 << quickEnds))
        }
    }

    // MARK: - Ending

    private func endServer(_ signal: Int32) {
        guard let child = server else { return }
        server = nil
        child.signal(signal)
        if child.wait(until: .now + settings.stopLimit) != nil { return }
        report("PostgreSQL did not stop in time; ordering an immediate shutdown")
        child.signal(SIGQUIT)
        if child.wait(until: .now + .seconds(10)) != nil { return }
        child.signal(SIGKILL)
        _ = child.wait(until: .now + .seconds(5))
    }

    private func unlock() {
        if let lock { close(lock) }
        lock = nil
    }
}
