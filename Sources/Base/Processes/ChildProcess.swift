internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A program that we started; it ends when we end.
package final class ChildProcess: Sendable {
    package let id: Int32
    private let ended = DispatchGroup()
    private let state = Mutex<Int32?>(nil)

    /// The user that a program runs as.
    package struct User: Sendable, Equatable {
        package let id: UInt32
        package let group: UInt32

        package init(id: UInt32, group: UInt32) { self.id = id; self.group = group }

        /// The user of that name on this machine; nil where there is none.
        package init?(named name: String) {
            guard let entry = unsafe getpwnam(name) else { return nil }
            self = unsafe User(id: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
        }
    }

    /// The program could not be started.
    package struct StartError: Error, Sendable, CustomStringConvertible {
        package let path: String
        package let step: String
        package let code: Int32
        package var description: String { "\(path) could not be started (\(step)): \(systemMessage(code))" }
    }

    /// Starts a program: in a process group of its own, with none of our descriptors.
    /// - Parameters:
    ///   - path: its absolute path.
    ///   - arguments: without the program's own name.
    ///   - environment: all of it, as `NAME=value`.
    ///   - log: the file to which its output is appended; nil throws it away.
    ///   - user: whom it becomes; nil leaves it as we are. Needs root.
    ///   - deathSignal: the signal it gets when this process ends in whatever way.
    ///   - passing: a descriptor of ours that it finds as its descriptor 3; nil for none.
    package init(_ path: String, _ arguments: [String], environment: [String], log: String?, user: User?, deathSignal: Int32, passing: Int32? = nil) throws(StartError) {
        let words = unsafe ([path] + arguments).map { unsafe strdup($0) }, settings = unsafe environment.map { unsafe strdup($0) }
        defer { for unsafe each in unsafe words + settings { unsafe free(each) } }
        var wordList = unsafe words + [nil], settingList = unsafe settings + [nil], step: Int32 = 0
        let child = unsafe path.withCString { path in
            unsafe wordList.withUnsafeMutableBufferPointer { words in
                unsafe settingList.withUnsafeMutableBufferPointer { settings in
                    unsafe withOptionalCString(log) { log in
                        var program = unsafe postern_program(path: path, arguments: words.baseAddress, environment: settings.baseAddress, log: log,
                                                             user: user?.id ?? .max, group: user?.group ?? .max, death_signal: deathSignal, passed: passing ?? -1)
                        return unsafe postern_start(&program, &step)
                    }
                }
            }
        }
        guard child > 0 else {
            let steps = ["", "fork", "its log file", "its group", "its user", "the signal at our end", "exec", "its descriptor"]
            throw StartError(path: path, step: steps.indices.contains(Int(step)) ? steps[Int(step)] : "", code: -child)
        }
        id = child
        ended.enter()
        let ended = ended
        DispatchQueue(label: "child.\(child)").async { [self] in
            _ = postern_await(child)
            state.withLock { $0 = postern_reap(child) }
            ended.leave()
        }
    }

    /// The exit code, or 256 + the signal that ended it; nil while it runs.
    package var status: Int32? { state.withLock { $0 } }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        state.withLock { if $0 == nil { _ = kill(id, number) } }
    }

    /// Blocks the calling thread until it has ended, or the time is over.
    package func wait(until deadline: ContinuousClock.Instant) -> Int32? {
        let left = (deadline - .now).components
        _ = ended.wait(timeout: .now() + .milliseconds(Int(max(0, min(left.seconds, 86_400))) * 1000 + Int(max(0, left.attoseconds) / 1_000_000_000_000_000)))
        return status
    }

    /// Calls `body` once when it has ended.
    package func whenEnded(_ body: @escaping @Sendable (Int32) -> Void) {
        ended.notify(queue: DispatchQueue(label: "child.ended")) { body(self.status ?? -1) }
    }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return unsafe text.withCString { unsafe body($0) }
}

/// The system's words for an errno.
package func systemMessage(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &text, 256) == 0 else { return "errno \(code)" }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
