import Foundation
import Glibc
import JSON
import Logging
import Logs
import Verdicts

/// Hands one line for each event to those that wait for standard error: a JSON object, or plain text.
struct LineLogHandler: LogHandler {
    let label: String
    let form: Configuration.LogForm
    let lines: LineRing
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add(Self.line(form, event.level, event.message.description, metadata.merging(event.metadata ?? [:]) { $1 }))
    }

    /// The lines of a process, on their way to standard error; only one thread waits for whoever reads it.
    static func standardError(_ form: Configuration.LogForm) -> LineRing {
        makeWritesFail()
        return LineRing(mark: { line(form, .warning, "log lines were dropped", ["count": "\($0)"]) }, write: write)
    }

    /// Has a full pipe refuse what is written to it instead of holding up who writes: libraries write to standard error too, from any thread.
    /// For our own description of the pipe only: others may have it too. What is no pipe stays as it is.
    private static func makeWritesFail() {
        var status = stat()
        guard unsafe fstat(STDERR_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return }
        let own = unsafe open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard own >= 0 else { return }
        dup2(own, STDERR_FILENO)
        close(own)
    }

    private static func line(_ form: Configuration.LogForm, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> [UInt8] {
        let time = Timestamp.now, fields = metadata.sorted { $0.key < $1.key }
        switch form {
        case .text:
            var line = "\(time) \(level) \(message)"
            for (key, value) in fields { line += " \(key)=\(plain("\(value)"))" }
            return Array((line + "\n").utf8)
        case .json:
            var json = JSONWriter(capacity: 256)
            json.openObject()
            for (name, text) in [("time", "\(time)"), ("level", level.rawValue), ("message", message)] { json.key(name); json.string(text) }
            for (name, value) in fields { json.key(name); json.string("\(value)") }
            json.closeObject()
            return json.octets + [UInt8(ascii: "\n")]
        }
    }

    /// Nobody may be reading any more; that must not end the service.
    private static func write(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written > 0 { rest = rest.dropFirst(written); continue }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // The pipe is full; there is time to wait here.
                var place = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&place, 1, -1)
            default: return
            }
        }
    }

    /// Line ends and other controls out of the way: one event is one line, whatever a client sent.
    private static func plain(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
    }
}

extension Timestamp {
    /// The moment by the clock of this machine.
    static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
