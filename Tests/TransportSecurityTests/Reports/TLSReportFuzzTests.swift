import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct TLSReportFuzzTests {
    @Test func seedsAndMutations() throws {
        try FuzzSeeds("TLSReport", atLeast: 6).atRandom(200, number: 4) { TLSReportTrial($0).run() }
    }
}
