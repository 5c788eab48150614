import Glibc
import Synchronization

/// A program that a test started, ended with the value's last reference, by its process id.
package final class ChildProcess: Sendable {
    package struct Trouble: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package let pid: Int32
    private let ended = Mutex<Int32?>(nil)

    /// Starts a program.
    /// - Parameters:
    ///   - program: its name, looked for in the usual folders, `/usr/sbin` among them, or its path.
    ///   - log: a file that takes what the program writes; nil throws it away.
    ///   - folder: where the program runs; nil for the test's own.
    /// - Throws: `Trouble` that names the program where it is not installed.
    package init(_ program: String, _ arguments: [String] = [], environment: [String] = [], log: String? = nil, folder: String? = nil) throws {
        guard let path = Self.find(program) else {
            throw Trouble(description: "\(program) is not installed; `make test` installs what the tests need")
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, log ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The test's own threads may block signals; the program must not inherit that.
        var attributes = posix_spawnattr_t(), none = sigset_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        // env changes the folder and becomes the program, under the same process id.
        let command = folder.map { ["/usr/bin/env", "-C", $0, path] } ?? [path]
        let words = unsafe (command + arguments).map { unsafe strdup($0) } + [nil]
        let inherited = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
        let variables = unsafe (inherited + environment).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) }; unsafe variables.forEach { unsafe free($0) } }
        var started: pid_t = 0
        let status = unsafe posix_spawn(&started, command[0], &actions, &attributes, words, variables)
        guard status == 0 else { throw Trouble(description: "cannot start \(path): error \(status)") }
        pid = started
    }

    /// Runs a program to its end.
    /// - Returns: its exit status, 128 + signal where a signal ended it.
    package static func run(_ program: String, _ arguments: [String] = [], log: String? = nil, folder: String? = nil) throws -> Int32 {
        try ChildProcess(program, arguments, log: log, folder: folder).wait()
    }

    /// The same for programs that take long: a thread of its own waits, and Swift's pool has its threads for other tests.
    package static func runAside(_ program: String, _ arguments: [String] = [], log: String? = nil, folder: String? = nil) async throws -> Int32 {
        let process = try ChildProcess(program, arguments, log: log, folder: folder)
        return await withCheckedContinuation { done in
            let wait = Waiting { done.resume(returning: process.wait()) }
            var thread = pthread_t()
            let status = unsafe pthread_create(&thread, nil, { unsafe Unmanaged<Waiting>.fromOpaque($0!).takeRetainedValue().work(); return nil }, Unmanaged.passRetained(wait).toOpaque())
            if status == 0 { pthread_detach(thread) } else { wait.work() }
        }
    }

    private final class Waiting: Sendable {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }

    /// Whether the program still runs.
    package var isRunning: Bool { reap(WNOHANG) == nil }

    /// Waits for the program's end.
    package func wait() -> Int32 { reap(0) ?? -1 }

    package func signal(_ number: Int32) {
        ended.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// Asks the program to end, and ends it by force after twenty seconds.
    package func stop() {
        signal(SIGTERM)
        for _ in 0..<2000 {
            if !isRunning { return }
            usleep(10_000)
        }
        signal(SIGKILL)
        _ = wait()
    }

    deinit { stop() }

    private func reap(_ options: Int32) -> Int32? {
        ended.withLock { ended in
            if let ended { return ended }
            var status: Int32 = 0
            guard unsafe waitpid(pid, &status, options) == pid else { return nil }
            let signal = status & 0x7f
            ended = signal == 0 ? (status >> 8) & 0xff : 128 + signal
            return ended
        }
    }

    private static func find(_ program: String) -> String? {
        let candidates = program.contains("/") ? [program] : ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"].map { "\($0)/\(program)" }
        return candidates.first { unsafe access($0, X_OK) == 0 }
    }
}
