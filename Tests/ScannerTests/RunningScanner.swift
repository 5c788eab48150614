import Foundation
import Glibc
import Malware
import Scanner
import Synchronization
import TestSupport
import Testing

/// Long enough for a machine that has much else to do.
var soon: ContinuousClock.Instant { .now + .seconds(60) }

/// The EICAR test file, put together where it is needed: no file of ours shall look like it.
let eicar = Array(("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*").utf8)
let harmless = Array("From: a@example.org\r\nTo: b@example.org\r\nSubject: lunch\r\n\r\nAt twelve?\r\n".utf8)

/// The scanner with folders of its own.
struct RunningScanner {
    /// The program that was built with these tests.
    static let program: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("postern-scanner").path
        return FileManager.default.isExecutableFile(atPath: beside) ? beside : FileManager.default.currentDirectoryPath + "/.build/release/postern-scanner"
    }()

    let folder: TemporaryFolder
    let scanner: MalwareScanner
    let lines: Lines

    final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Adds or replaces a file of signatures as freshclam does: whole, or not at all.
    func sign(_ text: String, as name: String) throws {
        try folder.write(text, to: "new")
        unsafe chmod("\(folder.path)/new", 0o644)
        guard unsafe rename("\(folder.path)/new", "\(folder.path)/signatures/\(name)") == 0 else { throw ChildProcess.Trouble(description: "no file of signatures") }
    }

    func unsign(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder.path)/signatures/\(name)") }

    /// Runs a test with a scanner, and ends it.
    static func with(signatures: [String: String] = [:], change: (inout ScannerSettings, TemporaryFolder) throws -> Void = { _, _ in },
                     _ test: (RunningScanner) async throws -> Void) async throws {
        let folder = try TemporaryFolder(), lines = Lines()
        for each in ["signatures", "temporary"] { try FileManager.default.createDirectory(atPath: "\(folder.path)/\(each)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755]) }
        for (name, text) in signatures {
            try folder.write(text, to: "signatures/\(name)")
            unsafe chmod("\(folder.path)/signatures/\(name)", 0o644)
        }
        var settings = ScannerSettings(program: program, signatures: "\(folder.path)/signatures", temporary: "\(folder.path)/temporary")
        settings.children = 2
        settings.log = "\(folder.path)/log"
        settings.limits.poll = .milliseconds(50)
        // Tests stop scanners to hold them, and machines that test have much else to do: there, seventy MiB or thousands of files may take longer than a scan may.
        (settings.limits.scan, settings.limits.signOfLife, settings.limits.unserved, settings.limits.yield) = (.seconds(200), .seconds(60), .seconds(60), .seconds(60))
        try change(&settings, folder)
        let scanner = MalwareScanner(settings) { line in lines.all.withLock { $0.append(line) } }
        let running = RunningScanner(folder: folder, scanner: scanner, lines: lines)
        do { try await test(running) } catch {
            await scanner.stop()
            throw error
        }
        let before = scanner.status
        await scanner.stop()
        // Nobody and nothing is left.
        for process in before.masters { #expect(kill(process, 0) != 0, "process \(process) is left") }
        // Those of a master that was killed are their new parent's to take off the table.
        for process in before.processes { #expect(try kill(process, 0) != 0 || statusField(process, "State").hasPrefix("Z") && statusField(process, "PPid") != "\(getpid())", "process \(process) is left") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: settings.temporary).isEmpty)
    }

    /// Waits until as many serve as there shall be.
    func ready(_ count: Int = 2) async throws -> ScannerStatus {
        try await eventually("\(count) scanners serve") { scanner.status.processes.count == count && scanner.status.masters.count == 1 }
        return scanner.status
    }
}

func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = soon
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

struct NeverCame: Error { let what: String }

extension MalwareScanner {
    func outcome(_ octets: [UInt8], by deadline: ContinuousClock.Instant) async -> ScanOutcome { await scan(octets, by: deadline).outcome }
}

extension ScanOutcome {
    var isInfected: Bool { if case .infected = self { true } else { false } }
    var isNotScanned: Bool { if case .notScanned = self { true } else { false } }
    var exceeds: Bool { if case .limitsExceeded = self { true } else { false } }
}

/// Field `name` of /proc/PID/status.
func statusField(_ process: Int32, _ name: String) throws -> String {
    let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + ":") })
    return line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
}
