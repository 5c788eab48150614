internal import Glibc

/// How much memory there is.
enum SystemMemory {
    /// Octets that are to be had: the least of what the kernel calls available, and of what each control group around us leaves, its files that are kept for nobody included.
    /// - Returns: nil where nothing is known.
    static func free() -> Int? {
        var least = SystemText.read("/proc/meminfo").flatMap { number("MemAvailable:", in: $0) }.map { $0 * 1024 }
        guard var group = SystemText.read("/proc/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) else { return least }
        while true {
            let folder = "/sys/fs/cgroup" + group
            if let most = file(folder + "/memory.max"), let taken = file(folder + "/memory.current") {
                let kept = SystemText.read(folder + "/memory.stat").flatMap { number("inactive_file", in: $0) } ?? 0
                let left = max(0, most - min(most, taken)) + min(kept, most)
                least = min(least ?? left, left)
            }
            guard let slash = group.lastIndex(of: "/") else { return least }
            group = group[..<slash]
        }
    }

    /// Octets that a process has in memory; nil where it is gone.
    static func taken(by process: Int32) -> Int? {
        guard let fields = SystemText.read("/proc/\(process)/statm")?.split(separator: " "), fields.count > 1, let pages = Int(fields[1]), (0...(1 << 40)).contains(pages) else { return nil }
        return pages * max(1, min(1 << 20, Int(sysconf(Int32(_SC_PAGESIZE)))))
    }

    /// The number behind a word at the start of a line; at most 2^50.
    private static func number(_ word: String, in text: String) -> Int? {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(word) }) else { return nil }
        return line.dropFirst(word.utf8.count).split(separator: " ").first.flatMap { Int($0) }.map { max(0, min(1 << 50, $0)) }
    }

    /// A file that holds one number; nil for `max`.
    private static func file(_ path: String) -> Int? {
        SystemText.read(path).flatMap { Int($0.prefix { $0 != "\n" }) }.map { max(0, min(1 << 50, $0)) }
    }
}
