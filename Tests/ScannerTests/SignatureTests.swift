import Foundation
import Glibc
import Malware
import Scanner
import Synchronization
import TestSupport
import Testing

@Suite(.longWork) struct SignatureTests {
    private static let message = Array("a message that a new signature knows\n".utf8)
    private static let signature = "66ebeaf0242dbb0f704cb3fa5f022ba5:37:Test.New\n"

    @Test func newSignaturesTakeOverWhileScansGoOn() async throws {
        try await RunningScanner.with { running in
            let before = try await running.ready()
            #expect(before.signatures?.isBuiltInOnly == true && before.signatures?.count == 1 && before.signatures?.newestFile == nil)
            #expect(await running.scanner.outcome(Self.message, by: soon) == .clean)
            let flag = Flag()
            let wrong = await withTaskGroup(of: [ScanOutcome].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var wrong: [ScanOutcome] = []
                        while !flag.isOver.load(ordering: .relaxed) {
                            let outcome = await running.scanner.outcome(eicar, by: soon)
                            if !outcome.isInfected { wrong.append(outcome) }
                        }
                        return wrong
                    }
                }
                group.addTask {
                    do {
                        try running.sign(Self.signature, as: "new.hdb")
                        try await eventually("the new signature is known") { await running.scanner.outcome(Self.message, by: soon) == .infected("Test.New.UNOFFICIAL") }
                        try await eventually("the old ones are gone") { running.scanner.status.masters.count == 1 }
                    } catch { Issue.record(error) }
                    flag.isOver.store(true, ordering: .relaxed)
                    return []
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(wrong.isEmpty, "\(wrong)")
            let after = try await running.ready()
            #expect(after.generation > before.generation && after.signatures?.count == 2 && after.signatures?.isBuiltInOnly == false && after.broken == 0)
            #expect(abs((after.signatures?.newestFile ?? 0) - Int64(Date().timeIntervalSince1970)) < 600)
            #expect(Set(after.processes).isDisjoint(with: before.processes))
        }
    }

    @Test func brokenSignaturesLeaveTheOldOnesInForce() async throws {
        try await RunningScanner.with(signatures: ["known.hdb": Self.signature]) { running in
            let before = try await running.ready()
            try running.sign("this is no signature\n", as: "broken.hdb")
            try await eventually("the trouble is told") { running.scanner.status.trouble?.contains("cannot be loaded") == true }
            #expect(await running.scanner.outcome(Self.message, by: soon) == .infected("Test.New.UNOFFICIAL"))
            #expect(running.scanner.status.generation == before.generation)
            #expect(running.lines.all.withLock { $0 }.contains { $0.contains("cannot be loaded") })
            try running.sign(Self.signature.replacingOccurrences(of: "New", with: "Newer"), as: "known.hdb")
            try running.unsign("broken.hdb")
            try await eventually("the trouble is over") { running.scanner.status.trouble == nil }
            try await eventually("the newer name") { await running.scanner.outcome(Self.message, by: soon) == .infected("Test.Newer.UNOFFICIAL") }
        }
    }

    @Test func whatIsUnderWayWithOldSignaturesIsFinished() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            let before = try await running.ready(1)
            kill(before.processes[0], SIGSTOP)
            async let old = running.scanner.outcome(eicar, by: soon)
            async let waiting = running.scanner.outcome(harmless, by: soon)
            try await eventually("one is under way, one waits") { running.scanner.status.waiting == 1 }
            try running.sign(Self.signature, as: "new.hdb")
            #expect(await waiting == .clean)
            #expect(running.scanner.status.masters.count == 2)
            kill(before.processes[0], SIGCONT)
            #expect(await old.isInfected)
            let after = try await running.ready(1)
            #expect(after.masters != before.masters && after.broken == 0)
        }
    }

    @Test func aFolderThatCannotBeReadIsTold() async throws {
        guard geteuid() == 0 else { return }
        try await RunningScanner.with(change: { settings, _ in _ = unsafe chmod(settings.signatures, 0o700) }) { running in
            #expect(await running.scanner.outcome(eicar, by: soon).isNotScanned)
            #expect(running.scanner.status.trouble?.contains("cannot be read by user 65534") == true)
        }
    }

    /// As many signatures as wanted; the first one is that of the message.
    private static func signatures(_ count: Int) -> String {
        signature + (1..<max(1, count)).map { String(format: "%032x:37:Test.Other\n", $0) }.joined()
    }

    @Test(arguments: ["emptied", "removed", "less than half"]) func aSetThatIsMuchSmallerIsRefused(_ how: String) async throws {
        try await RunningScanner.with(signatures: ["known.hdb": Self.signatures(9)]) { running in
            let before = try await running.ready()
            #expect(before.signatures?.count == 10)
            switch how {
            case "emptied": try running.unsign("known.hdb")
            case "removed": try FileManager.default.removeItem(atPath: "\(running.folder.path)/signatures")
            default: try running.sign(Self.signatures(3), as: "known.hdb")
            }
            try await eventually("it is refused") { running.scanner.status.trouble == "reload refused: \(how == "less than half" ? 4 : 1) signatures instead of 10" }
            try await eventually("the new ones are gone") { running.scanner.status.masters == before.masters }
            #expect(await running.scanner.outcome(Self.message, by: soon) == .infected("Test.New.UNOFFICIAL"))
            #expect(running.scanner.status.signatures == before.signatures && running.scanner.status.processes == before.processes)
            #expect(running.lines.all.withLock { $0 }.contains { $0.contains("reload refused") && $0.contains("the signatures in force stay") })
            try FileManager.default.createDirectory(atPath: "\(running.folder.path)/signatures", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            try running.sign(Self.signatures(5), as: "known.hdb")
            try await eventually("half of it is taken") { running.scanner.status.signatures?.count == 6 && running.scanner.status.trouble == nil }
            #expect(await running.scanner.outcome(Self.message, by: soon).isInfected)
        }
    }

    /// What is written while others are being loaded, and refused, is not forgotten.
    @Test func whatChangesWhileOthersAreLoadedIsLoaded() async throws {
        try await RunningScanner.with(signatures: ["known.hdb": Self.signatures(9)], change: { settings, folder in
            // The second start waits until it is told to go on.
            try folder.write("""
                #!/bin/sh
                if mkdir '\(folder.path)/first' 2>/dev/null || ! mkdir '\(folder.path)/second' 2>/dev/null; then exec '\(RunningScanner.program)' "$@"; fi
                cp -r '\(folder.path)/signatures' '\(folder.path)/before'; chmod -R a+rx '\(folder.path)/before'
                while [ ! -e '\(folder.path)/go' ]; do sleep 0.02; done
                shift 2
                exec '\(RunningScanner.program)' --signatures '\(folder.path)/before' "$@"
                """, to: "start")
            unsafe chmod("\(folder.path)/start", 0o755)
            settings.program = "\(folder.path)/start"
        }) { running in
            let before = try await running.ready()
            try running.unsign("known.hdb")
            try await eventually("it is being loaded") { FileManager.default.fileExists(atPath: "\(running.folder.path)/before") }
            try running.sign(Self.signatures(12), as: "known.hdb")
            // To be loaded takes several times as long as the one that serves takes to look again.
            try running.folder.write("", to: "go")
            try await eventually("the last ones are in force") { running.scanner.status.signatures?.count == 13 && running.scanner.status.masters != before.masters }
        }
    }

    @Test func aStartAnewWithMuchFewerSignaturesIsTold() async throws {
        try await RunningScanner.with(signatures: ["known.hdb": Self.signatures(9)]) { running in
            let before = try await running.ready()
            try running.unsign("known.hdb")
            try await eventually("it is refused") { running.scanner.status.trouble?.hasPrefix("reload refused") == true }
            kill(before.masters[0], SIGKILL)
            try await eventually("it is told") { running.scanner.status.trouble == "1 signatures instead of 10 were there to be loaded" && running.scanner.status.signatures?.isBuiltInOnly == true }
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            try running.sign(Self.signatures(9), as: "known.hdb")
            try await eventually("all are there again") { running.scanner.status.trouble == nil && running.scanner.status.signatures?.count == 10 }
        }
    }

    @Test func aFolderThatCanNoLongerBeReadIsTold() async throws {
        guard geteuid() == 0 else { return }
        try await RunningScanner.with(signatures: ["known.hdb": Self.signatures(9)]) { running in
            _ = try await running.ready()
            unsafe chmod("\(running.folder.path)/signatures", 0o700)
            try await eventually("it is told") { running.scanner.status.trouble?.contains("cannot be read by user 65534") == true }
            #expect(await running.scanner.outcome(Self.message, by: soon).isInfected)
            unsafe chmod("\(running.folder.path)/signatures", 0o755)
            try await eventually("it can be read again") { running.scanner.status.trouble == nil }
        }
    }

    @Test func withoutMemoryForTwoTheOldOnesGoFirst() async throws {
        try await RunningScanner.with(signatures: ["known.hdb": Self.signatures(1)], change: { settings, _ in settings.children = 1; settings.freeMemory = { 1 << 20 } }) { running in
            let before = try await running.ready(1)
            kill(before.processes[0], SIGSTOP)
            async let old = running.scanner.outcome(Self.message, by: soon)
            async let waiting = running.scanner.outcome(Self.message, by: soon)
            try await eventually("one is under way, one waits") { running.scanner.status.waiting == 1 }
            try running.sign(Self.signature.replacingOccurrences(of: "New", with: "Newer"), as: "known.hdb")
            try await eventually("it is told") { running.lines.all.withLock { $0 }.contains { $0.contains("MiB beside the old ones, and 1 MiB are free") } }
            #expect(running.scanner.status.masters == before.masters && running.scanner.status.waiting == 1)
            kill(before.processes[0], SIGCONT)
            #expect(await old == .infected("Test.New.UNOFFICIAL"))
            #expect(await waiting == .infected("Test.Newer.UNOFFICIAL"))
            let after = try await running.ready(1)
            #expect(after.generation == 2 && after.broken == 0 && after.masters != before.masters && kill(before.masters[0], 0) != 0)
            // What is loaded is not given up for an empty folder.
            try running.unsign("known.hdb")
            try await eventually("it is refused") { running.scanner.status.trouble?.hasPrefix("reload refused: the signatures' folder has less than half") == true }
            #expect(await running.scanner.outcome(Self.message, by: soon).isInfected)
            #expect(running.scanner.status.generation == 2)
        }
    }

    @Test func memoryIsKnown() throws {
        let free = try #require(ScannerSettings(program: "", signatures: "", temporary: "").freeMemory())
        #expect(free > 1 << 20 && free < sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
    }

    private final class Flag: Sendable { let isOver = Atomic(false) }
}
