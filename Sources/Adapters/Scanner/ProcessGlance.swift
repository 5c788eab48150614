internal import Glibc

/// What the kernel says of another process at one moment.
struct ProcessGlance: Equatable {
    /// Stopped by a signal or a tracer: it does nothing until somebody lets it go on.
    let isStopped: Bool
    /// Waits for something that is not a disk.
    let isAsleep: Bool
    /// Clock ticks that it has computed for.
    let ticks: UInt64

    /// Looks now; never waits.
    /// - Returns: nil where the process is gone or hidden from us.
    init?(_ process: Int32) {
        guard let text = SystemText.read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        // Behind the name, which may hold anything: the state is field 3, utime and stime are 14 and 15.
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[11]), let kernel = UInt64(fields[12]) else { return nil }
        isStopped = fields[0] == "T" || fields[0] == "t"
        isAsleep = fields[0] == "S"
        ticks = user &+ kernel
    }
}

/// Files in which the kernel tells of itself.
enum SystemText {
    /// - Returns: at most the first 64 KiB; nil where it cannot be read.
    static func read(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = [], room = [UInt8](repeating: 0, count: 4096)
        while text.count < 65_536 {
            let count = unsafe Glibc.read(file, &room, room.count)
            if count < 0 { return nil }
            if count == 0 { break }
            text += room.prefix(count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
