import Foundation
import Glibc
import Malware
import Scanner
import TestSupport
import Testing

@Suite(.longWork) struct TroubleTests {
    /// A stopped scanner has the message and cannot finish it.
    private func caught(_ running: RunningScanner, then act: (ScannerStatus) throws -> Void) async throws -> ScanOutcome {
        let status = try await running.ready(1)
        kill(status.processes[0], SIGSTOP)
        async let outcome = running.scanner.outcome(eicar, by: soon)
        // It is handed over at once, since one is free; when another has to wait, it has been.
        async let second = running.scanner.outcome(harmless, by: soon)
        try await eventually("a message waits behind it") { running.scanner.status.waiting == 1 }
        try act(status)
        #expect(await second == .clean)
        return await outcome
    }

    @Test func aScannerThatIsKilledLosesNothing() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            let outcome = try await caught(running) { kill($0.processes[0], SIGKILL) }, after = try await running.ready(1)
            #expect(outcome.isInfected && after.broken == 1)
        }
    }

    @Test func aScannerThatHangsIsEnded() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1; settings.limits.scan = .milliseconds(100) }) { running in
            let outcome = try await caught(running) { _ in }
            #expect(outcome.isInfected)
        }
    }

    @Test func aMasterThatIsKilledTakesNothingWithIt() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            let before = try await running.ready(1)
            let outcome = try await caught(running) { kill($0.masters[0], SIGKILL) }
            #expect(outcome.isInfected)
            let after = try await running.ready(1)
            #expect(after.masters != before.masters && after.generation == 2 && after.trouble == nil)
        }
    }

    @Test func aMasterThatIsStoppedCanBeEnded() async throws {
        try await RunningScanner.with { running in kill(try await running.ready().masters[0], SIGSTOP) }
    }

    @Test func whatEndsEveryScannerIsNotScanned() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1; settings.limits.attempts = 1 }) { running in
            let outcome = try await caught(running) { kill($0.processes[0], SIGKILL) }
            #expect(outcome == .notScanned("1 scanners tried it, the last was a scanner that ended"))
        }
    }

    @Test func theTimeIsOver() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            kill(try await running.ready(1).processes[0], SIGSTOP)
            async let first = running.scanner.outcome(eicar, by: .now + .milliseconds(300)), second = running.scanner.outcome(eicar, by: .now + .milliseconds(200))
            #expect(await [first, second].allSatisfy(\.isNotScanned))
            #expect(await running.scanner.outcome(eicar, by: .now - .seconds(1)).isNotScanned)
            // Where too little is left for a scan no scanner is ended over it.
            let before = try await running.ready(1)
            #expect(await running.scanner.outcome(eicar, by: .now + .milliseconds(19)) == .notScanned("no scanner was free in time"))
            #expect(running.scanner.status.processes == before.processes && running.scanner.status.broken == before.broken)
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
        }
    }

    @Test func theLineIsBounded() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1; settings.limits.waiting = 2 }) { running in
            let process = try await running.ready(1).processes[0]
            kill(process, SIGSTOP)
            let outcomes = await withTaskGroup(of: ScanOutcome.self) { group in
                for _ in 0..<10 { group.addTask { await running.scanner.outcome(eicar, by: soon) } }
                var all: [ScanOutcome] = []
                // Seven find no place at once; the three others wait for the one that is stopped.
                for _ in 0..<7 { if let one = await group.next() { all.append(one) } }
                #expect(all == .init(repeating: .notScanned("too many messages wait for a scanner"), count: 7))
                kill(process, SIGCONT)
                for await one in group { all.append(one) }
                return all
            }
            #expect(outcomes.count == 10 && outcomes.suffix(3).allSatisfy(\.isInfected))
        }
    }

    @Test func killingAllTheTimeLosesAndInventsNothing() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.limits.attempts = 1000; settings.limits.waiting = 1000 }) { running in
            _ = try await running.ready()
            let outcomes = await withTaskGroup(of: (Int, ScanOutcome).self) { group in
                for number in 0..<400 {
                    let tail = Array("\r\n\(number)\r\n".utf8)
                    group.addTask { (number, await running.scanner.outcome((number % 2 == 0 ? eicar : harmless) + tail, by: soon)) }
                }
                group.addTask {
                    for round in 0..<30 {
                        let status = running.scanner.status
                        for process in round % 10 == 9 ? status.masters : status.processes { kill(process, SIGKILL) }
                        try? await Task.sleep(for: .milliseconds(5))
                    }
                    return (-1, .clean)
                }
                var all: [Int: ScanOutcome] = [:]
                for await (number, outcome) in group { all[number] = outcome }
                return all
            }
            let wrong = (0..<400).filter { number in outcomes[number].map { number % 2 == 0 ? $0.isInfected : $0 == .clean } != true }
            #expect(wrong.isEmpty, "\(wrong.count), such as \(wrong.prefix(3).map { String(describing: outcomes[$0]) })")
            _ = try await running.ready()
        }
    }

    @Test func whatAKilledServiceLeftIsRemoved() async throws {
        try await RunningScanner.with(change: { settings, _ in
            // No process has this number: the kernel's largest is 4,194,304.
            for name in ["2000000000-1/0", "\(getpid())-99999"] { try FileManager.default.createDirectory(atPath: "\(settings.temporary)/\(name)", withIntermediateDirectories: true) }
        }) { running in
            _ = try await running.ready()
            let folder = "\(running.folder.path)/temporary"
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/2000000000-1") && FileManager.default.fileExists(atPath: "\(folder)/\(getpid())-99999"))
            try FileManager.default.removeItem(atPath: "\(folder)/\(getpid())-99999")
        }
    }

    @Test func aScannerIsReplacedWhenItHasServedLong() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1; settings.limits.scansOfOne = 3 }) { running in
            var seen: Set<Int32> = []
            for _ in 0..<10 {
                try await seen.formUnion(running.ready(1).processes)
                #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            }
            #expect(seen.count >= 3 && running.scanner.status.broken == 0)
        }
    }

    @Test func withoutTheProgramNothingIsScanned() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.program = "/nowhere/postern-scanner" }) { running in
            #expect(await running.scanner.outcome(eicar, by: soon).isNotScanned)
            #expect(running.scanner.status.trouble?.contains("/nowhere/postern-scanner could not be started") == true)
            #expect(running.scanner.status.signatures == nil && running.scanner.status.sandbox.isEmpty)
        }
        try await RunningScanner.with(change: { settings, _ in settings.program = "/bin/false" }) { running in
            #expect(await running.scanner.outcome(eicar, by: soon).isNotScanned)
        }
    }

    @Test func whatWaitsIsAnsweredAtTheEnd() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            kill(try await running.ready(1).processes[0], SIGSTOP)
            async let outcomes = [running.scanner.outcome(eicar, by: soon), running.scanner.outcome(eicar, by: soon)]
            try await eventually("one waits") { running.scanner.status.waiting <= 1 }
            await running.scanner.stop()
            #expect(await outcomes == .init(repeating: .notScanned("the scanner is being stopped"), count: 2))
            #expect(await running.scanner.outcome(eicar, by: soon) == .notScanned("the scanner is being stopped"))
        }
    }
}
