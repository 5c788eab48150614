import Foundation
import Glibc
import Mail
import Malware
import Scanner
import Synchronization
import TestSupport
import Testing

/// No message keeps others from being scanned by the number or the weight of its parts.
@Suite(.longWork) struct FairnessTests {
    /// Who was answered, in order.
    private final class Order: Sendable { let names = Mutex<[String]>([]) }

    /// Lets some scans of one message wait, then some of others; returns who was answered in which order.
    private func order(_ running: RunningScanner, ofOne: Int, ofOthers: Int, running busy: Int, then act: () async throws -> Void) async throws -> [String] {
        let order = Order(), one = MessageTicket()
        try await withThrowingTaskGroup(of: Void.self) { group in
            func add(_ name: String, _ ticket: MessageTicket) {
                group.addTask {
                    let outcome = await running.scanner.scan(eicar, of: ticket, by: soon).outcome
                    #expect(outcome.isInfected, "\(name): \(outcome)")
                    order.names.withLock { $0.append(name) }
                }
            }
            for _ in 0..<ofOne { add("one", one) }
            try await eventually("the one waits") { running.scanner.status.waiting == ofOne - busy }
            for _ in 0..<ofOthers { add("other", MessageTicket()) }
            try await eventually("others wait") { running.scanner.status.waiting == ofOne - busy + ofOthers }
            try await act()
            try await group.waitForAll()
        }
        return order.names.withLock { $0 }
    }

    @Test func messagesTakeTurns() async throws {
        try await RunningScanner.with(change: { settings, _ in settings.children = 1 }) { running in
            let process = try await running.ready(1).processes[0]
            kill(process, SIGSTOP)
            let order = try await order(running, ofOne: 200, ofOthers: 5, running: 1) { kill(process, SIGCONT) }
            #expect(order.count == 205 && order.prefix(60).count { $0 == "other" } == 5, "\(order.prefix(60))")
        }
    }

    @Test func whileOthersWaitNoMessageHasAllScanners() async throws {
        try await RunningScanner.with { running in
            let processes = try await running.ready().processes
            for each in processes { kill(each, SIGSTOP) }
            let order = try await order(running, ofOne: 40, ofOthers: 40, running: 2) {
                // The second one stays where it is: what runs on the first is the others' until none of them waits.
                kill(processes[0], SIGCONT)
                try await eventually("all others are answered") { running.scanner.status.waiting <= 38 }
                kill(processes[1], SIGCONT)
            }
            // The one that had run on the first scanner, and none before all others but those that are told of at the same time.
            #expect(order.prefix(35).count { $0 == "one" } == 1, "\(order)")
        }
    }

    @Test func aMessageThatHasAllScannersGivesOneBack() async throws {
        try await RunningScanner.with(change: { settings, _ in
            settings.limits.yield = .milliseconds(50)
            // What is given back has not had its try.
            settings.limits.attempts = 1
        }) { running in
            let processes = try await running.ready().processes
            for each in processes { kill(each, SIGSTOP) }
            let order = try await order(running, ofOne: 20, ofOthers: 3, running: 2) {
                try await eventually("a scanner is replaced") { Set(running.scanner.status.processes).subtracting(processes).count == 1 }
                try await eventually("the others are answered") { running.scanner.status.waiting == 0 }
                for each in processes { kill(each, SIGCONT) }
            }
            #expect(order.prefix(10).count { $0 == "other" } == 3, "\(order)")
            #expect(try await running.ready().broken == 1)
        }
    }
}
