import Foundation
import Glibc
import Malware
import Scanner
import Synchronization
import TestSupport
import Testing

/// Scanners that are killed and stopped, by whomever: answers come in time, and none is invented.
@Suite(.longWork) struct SignOfLifeTests {
    /// As it is where nobody changes it.
    private static func real(_ settings: inout ScannerSettings, children: Int = 2) {
        let limits = ScannerLimits()
        (settings.limits.signOfLife, settings.limits.unserved, settings.limits.yield) = (limits.signOfLife, limits.unserved, limits.yield)
        settings.children = children
    }

    @Test func aStoppedScannerCostsItsMessageOneTry() async throws {
        try await RunningScanner.with(change: { settings, _ in Self.real(&settings) }) { running in
            let before = try await running.ready().processes
            kill(before[0], SIGSTOP)
            // One of two is given to it.
            async let first = running.scanner.outcome(eicar, by: soon), second = running.scanner.outcome(eicar, by: soon)
            #expect(await [first, second].allSatisfy(\.isInfected))
            try await eventually("it is replaced") { !running.scanner.status.processes.contains(before[0]) && running.scanner.status.processes.count == 2 }
            #expect(running.scanner.status.processes.contains(before[1]) && running.scanner.status.masters.count == 1)
        }
    }

    @Test func allScannersStoppedAreReplacedAtOnce() async throws {
        try await RunningScanner.with(change: { settings, _ in Self.real(&settings, children: 4) }) { running in
            let before = try await running.ready(4).processes
            for each in before { kill(each, SIGSTOP) }
            // The first that is found out gives the others away: no message meets two of them.
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            try await eventually("all are replaced") { running.scanner.status.processes.count == 4 && Set(running.scanner.status.processes).isDisjoint(with: before) }
        }
    }

    @Test func allStoppedAndTheProgramTooIsStartedAnew() async throws {
        try await RunningScanner.with(change: { settings, _ in Self.real(&settings); settings.limits.unserved = .seconds(60) }) { running in
            let before = try await running.ready()
            for each in before.processes + before.masters { kill(each, SIGSTOP) }
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            let after = try await running.ready()
            #expect(after.masters != before.masters && after.generation == 2)
            #expect(running.lines.all.withLock { $0 }.contains("the malware scanner: postern-scanner was stopped"))
        }
    }

    /// One that took a message and waits for who knows what; the real program is there at the second start.
    @Test func aScannerThatSleepsOverItsMessageIsEnded() async throws {
        try await RunningScanner.with(change: { settings, folder in
            Self.real(&settings)
            settings.limits.unserved = .seconds(60)
            try folder.write("""
                #!/usr/bin/python3 -I
                import array, os, socket, struct, sys, time
                if os.path.exists('\(folder.path)/started'): os.execv('\(RunningScanner.program)', ['postern-scanner'] + sys.argv[1:])
                os.mkdir('\(folder.path)/started')
                control = socket.socket(fileno=3)
                control.send(struct.pack('<BBHiIIqqII32s', 1, 3, 0, os.getpid(), 1, 1, 0, 0, 0, 0, b'asleep'))
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                descriptors = array.array('i', [theirs.fileno(), os.pidfd_open(os.getpid())])
                control.sendmsg([struct.pack('<BBHiII', 2, 3, 0, os.getpid(), 1, 0)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
                ours.recv(100)
                time.sleep(1000)
                """, to: "sleeper")
            unsafe chmod("\(folder.path)/sleeper", 0o755)
            settings.program = "\(folder.path)/sleeper"
        }) { running in
            try await eventually("it is there") { running.scanner.status.signatures?.library == "asleep" }
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            #expect(try await running.ready().generation == 2)
        }
    }

    /// While one of its scanners serves, a stopped program is replaced as by new signatures.
    @Test func aStoppedProgramIsReplacedBeforeItsLastScannerIsGone() async throws {
        try await RunningScanner.with(change: { settings, _ in Self.real(&settings) }) { running in
            let before = try await running.ready()
            kill(before.masters[0], SIGSTOP)
            kill(before.processes[0], SIGKILL)
            try await eventually("another one serves") { running.scanner.status.generation == 2 }
            #expect(await running.scanner.outcome(eicar, by: soon).isInfected)
            #expect(running.scanner.status.trouble == nil)
            try await eventually("the old one is ended") { running.scanner.status.masters.count == 1 && kill(before.masters[0], 0) != 0 }
        }
    }

    /// Nobody comes back here: the program cannot be started a second time.
    @Test func whereNobodyComesBackMessagesDoNotWaitForTheirDeadline() async throws {
        try await RunningScanner.with(change: { settings, folder in
            Self.real(&settings)
            try folder.write("#!/bin/sh\nmkdir \(folder.path)/started || exec sleep 1000\nexec \(RunningScanner.program) \"$@\"\n", to: "once")
            unsafe chmod("\(folder.path)/once", 0o755)
            settings.program = "\(folder.path)/once"
        }) { running in
            let before = try await running.ready()
            for each in before.processes + before.masters { kill(each, SIGSTOP) }
            let outcomes = await withTaskGroup(of: ScanOutcome.self) { group in
                for _ in 0..<20 { group.addTask { await running.scanner.outcome(eicar, by: .now + .seconds(3600)) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == .init(repeating: .notScanned("postern-scanner was stopped"), count: 20))
        }
    }

    /// A thousand messages while scanners are killed and stopped at random, and the program is killed.
    @Test func aThousandMessagesAmongKilledAndStoppedScanners() async throws {
        try await RunningScanner.with(change: { settings, _ in Self.real(&settings) }) { running in
            _ = try await running.ready()
            let flag = Flag()
            let outcomes = await withTaskGroup(of: [Int: ScanOutcome].self) { group in
                for sender in 0..<20 {
                    group.addTask {
                        var own: [Int: ScanOutcome] = [:]
                        for number in stride(from: sender, to: 1000, by: 20) {
                            own[number] = await running.scanner.outcome((number % 2 == 0 ? eicar : harmless) + Array("\r\n\(number)\r\n".utf8), by: .now + .seconds(8))
                            try? await Task.sleep(for: .milliseconds(40))
                        }
                        return own
                    }
                }
                let havoc = Task {
                    var random = SeededGenerator(20), round = 0
                    while !flag.isOver.load(ordering: .relaxed) {
                        let status = running.scanner.status
                        round += 1
                        if round % 40 == 0 { for each in status.masters { kill(each, round % 80 == 0 ? SIGSTOP : SIGKILL) } }
                        else if let one = status.processes.randomElement(using: &random) { kill(one, Bool.random(using: &random) ? SIGKILL : SIGSTOP) }
                        try? await Task.sleep(for: .milliseconds(Int.random(in: 5...60, using: &random)))
                    }
                    return round
                }
                var all: [Int: ScanOutcome] = [:]
                for await own in group { all.merge(own) { $1 } }
                flag.isOver.store(true, ordering: .relaxed)
                #expect(await havoc.value > 40)
                return all
            }
            // None is lost, and none is called what it is not; what was not scanned says so.
            #expect(outcomes.count == 1000)
            let wrong = outcomes.filter { number, outcome in !outcome.isNotScanned && !(number % 2 == 0 ? outcome.isInfected : outcome == .clean) }
            #expect(wrong.isEmpty, "\(wrong.prefix(3))")
            let unscanned = outcomes.values.filter(\.isNotScanned), late = unscanned.filter { "\($0)".contains("time") }
            #expect(late.isEmpty, "\(late.prefix(3))")
            #expect(unscanned.count < 100, "\(unscanned.count): \(unscanned.prefix(3))")
            _ = try await running.ready()
        }
    }

    private final class Flag: Sendable { let isOver = Atomic(false) }
}
