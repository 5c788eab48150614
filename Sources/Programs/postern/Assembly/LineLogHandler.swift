import Foundation
import Glibc
import JSON
import Logging
import Verdicts

/// Writes one line for each event to standard error: a JSON object, or plain text.
struct LineLogHandler: LogHandler {
    let label: String
    let form: Configuration.LogForm
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        let time = Timestamp.now
        var line: String
        switch form {
        case .text:
            line = "\(time) \(event.level) \(event.message)"
            for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.plain("\(value)"))" }
        case .json:
            var json = JSONWriter(capacity: 256)
            json.openObject()
            for (name, text) in [("time", "\(time)"), ("level", event.level.rawValue), ("message", event.message.description)] { json.key(name); json.string(text) }
            for (name, value) in fields.sorted(by: { $0.key < $1.key }) { json.key(name); json.string("\(value)") }
            json.closeObject()
            line = String(decoding: json.octets, as: UTF8.self)
        }
        Self.write(Array((line + "\n").utf8))
    }

    /// Nobody may be reading any more; that must not end the service.
    private static func write(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { return }
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
