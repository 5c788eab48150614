internal import CLinux
import Foundation
internal import Glibc
internal import Processes

/// One start of `postern-scanner`: the process that loads the signatures and forks the scanners.
final class ScannerMaster: Sendable {
    let process: ChildProcess
    /// What it says; closing it ends it and its scanners.
    let control: Int32

    /// - Parameters:
    ///   - number: which start it is; no other start of this process has the same.
    ///   - ended: called once, when it is off the process table and its folder is removed.
    /// - Throws: a sentence that says what could not be done.
    init(_ settings: ScannerSettings, number: Int, ended: @escaping @Sendable () -> Void) throws(Trouble) {
        let folder = "\(settings.temporary)/\(getpid())-\(number)"
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711]) } catch {
            throw Trouble(description: "the folder \(folder) cannot be made")
        }
        var ends: [Int32] = [-1, -1]
        let code = unsafe postern_packet_pair(&ends)
        guard code == 0 else { throw Trouble(description: "no socket can be made: \(systemMessage(-code))") }
        defer { close(ends[1]) }
        do {
            // A program that Swift links asks for Swift's crash reporter otherwise, and the C library for the time zone at every scan.
            process = try ChildProcess(settings.program, settings.arguments(folder: folder), environment: ["SWIFT_BACKTRACE=enable=no", "TZ=UTC0"],
                                       log: settings.log, user: nil, deathSignal: SIGKILL, passing: ends[1])
        } catch {
            close(ends[0])
            try? FileManager.default.removeItem(atPath: folder)
            throw Trouble(description: "\(error)")
        }
        control = ends[0]
        process.whenEnded { _ in
            try? FileManager.default.removeItem(atPath: folder)
            ended()
        }
    }

    deinit { close(control) }

    /// Removes what starts of processes that have ended left in the folder, where they were killed.
    static func clear(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let parts = name.split(separator: "-")
            guard parts.count == 2, let process = Int32(parts[0]), process > 0, Int(parts[1]) != nil, kill(process, 0) != 0, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    struct Trouble: Error, CustomStringConvertible { let description: String }
}
