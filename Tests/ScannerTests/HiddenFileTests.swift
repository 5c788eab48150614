import Mail
import Malware
import Scanner
import TestSupport
import Testing

/// The EICAR test file where only some programs look.
@Suite(.longWork) struct HiddenFileTests {
    @Test func eachIsFoundAndItsPartNamed() async throws {
        try await RunningScanner.with { running in
            let checker = MalwareChecker(scanner: running.scanner)
            var missed = 0
            let rows = HiddenFile.all(eicar)
            for row in rows {
                if await running.scanner.outcome(row.octets, by: soon) == .clean { missed += 1 }
                let evidence = await checker.check(Message(octets: row.octets), limits: MessageLimits(), by: soon).evidence
                #expect(evidence.result == .infected, "\(row): \(evidence)")
                #expect(evidence.finds.contains { $0.part?.hasPrefix(row.path) == true && $0.place != nil }, "\(row): no part is named: \(evidence)")
                #expect(evidence.finds.allSatisfy { $0.result == .infected || row.meetsLimit && $0.result == .limitsExceeded }, "\(row): \(evidence)")
            }
            print("hidden files: \(rows.count) ways, of which the scanner's own reading of mail finds \(rows.count - missed)")
            #expect(missed > 30)
        }
    }
}
