internal import Glibc
package import Processes

/// How messages are scanned for malware.
package struct ScannerSettings: Sendable {
    /// The absolute path of `postern-scanner`.
    package var program: String
    /// The folder of libclamav's signatures, which the scanner's user must be able to read. Without any, only the EICAR test file is known.
    package var signatures: String
    /// A folder of our own, made where it is missing; the scanner's user must be able to pass through those above it.
    package var temporary: String
    /// Processes that scan, 1…64.
    package var children: Int
    /// Whom the scanners become; nil leaves them as we are. Needs root.
    package var user: ChildProcess.User?
    /// Where the program writes what goes wrong with the signatures; nil throws it away.
    package var log: String? = nil
    package var limits = ScannerLimits()
    /// How many octets of memory are to be had; nil where nobody knows. Where new signatures do not fit beside the old ones, these are let go first.
    package var freeMemory: @Sendable () -> Int? = { SystemMemory.free() }

    /// With one process for each core, and as root with the user `nobody` (65534).
    package init(program: String, signatures: String, temporary: String) {
        self.program = program
        self.signatures = signatures
        self.temporary = temporary
        children = max(1, min(64, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        user = geteuid() == 0 ? ChildProcess.User(id: 65534, group: 65534) : nil
    }

    /// The program's arguments.
    /// - Parameter folder: the temporary folder of this one start.
    func arguments(folder: String) -> [String] {
        let numbers: [(String, Int)] = [
            ("--children", max(1, min(64, children))), ("--user", Int(user?.id ?? 0)), ("--group", Int(user?.group ?? 0)),
            ("--message-octets", max(1, min(2_000_000_000, limits.message))), ("--unpacked-octets", max(1, min(4_000_000_000, limits.unpacked))),
            ("--scan-ms", limits.scan.wholeMilliseconds(1...3_600_000)), ("--memory-octets", max(1 << 20, min(1 << 50, limits.memory))),
            ("--temp-octets", max(1 << 16, min(1 << 50, limits.temporary))), ("--nesting", max(1, min(100, limits.nesting))),
            ("--files", max(1, min(1_000_000, limits.files))), ("--scans", max(1, min(1_000_000_000, limits.scansOfOne))),
            ("--poll-ms", limits.poll.wholeMilliseconds(10...86_400_000)),
        ]
        return ["--signatures", signatures, "--temp", folder] + numbers.flatMap { [$0.0, "\($0.1)"] }
    }
}

/// What a scan may take.
package struct ScannerLimits: Sendable {
    /// Octets of a message, 1…2,000,000,000.
    package var message = 64 << 20
    /// Octets that all files in a message come to when they are unpacked, 1…4,000,000,000.
    package var unpacked = 400 << 20
    /// After which a scan stops and says so, 1 ms…1 h; one that does not stop is ended half a second later. Of a message that must be answered
    /// sooner, seven eighths of the time that is left.
    package var scan: Duration = .seconds(6)
    /// Octets of memory that a scanner takes beside the signatures, from 1 MiB.
    package var memory = 1 << 30
    /// Octets of files that a scanner writes, from 64 KiB; they are in memory where that can be, and elsewhere this holds for each file alone. Less than `unpacked` and `message` together
    /// only makes this the limit that a large message exceeds.
    package var temporary = 512 << 20
    /// Archives inside archives, 1…100.
    package var nesting = 17
    /// Files in a message, 1…1,000,000.
    package var files = 10_000
    /// Scans after which a process is replaced by a fresh one, 1…1,000,000,000.
    package var scansOfOne = 1000
    /// How often the signatures' folder is looked at, 10 ms…1 day.
    package var poll: Duration = .seconds(10)
    /// How long signatures may take to load before the start counts as failed.
    package var loading: Duration = .seconds(300)
    /// How long no scanner may serve once they are loaded before the program is started anew.
    package var starting: Duration = .seconds(30)
    /// Messages and parts of messages that wait for a scanner; one more is not scanned.
    package var waiting = 4096
    /// Octets of all messages that wait; likewise.
    package var waitingOctets = 256 << 20
    /// How often a message is tried before the scanners' ends are taken to be its doing.
    package var attempts = 2

    /// After which it is looked at whether a scanner works on its message, or only has it.
    package var signOfLife: Duration = .milliseconds(300)
    /// How long a message waits for a scanner where all are gone; then it is not scanned.
    package var unserved: Duration = .milliseconds(1500)
    /// How long other messages wait for one that has all scanners before it must give one back.
    package var yield: Duration = .milliseconds(500)

    package init() {}
}

extension Duration {
    /// In whole milliseconds, brought into a range.
    func wholeMilliseconds(_ range: ClosedRange<Int>) -> Int {
        let seconds = max(0, min(components.seconds, 100_000)), rest = max(0, components.attoseconds) / 1_000_000_000_000_000
        return max(range.lowerBound, min(range.upperBound, Int(seconds) * 1000 + Int(rest)))
    }
}
