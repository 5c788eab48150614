import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct AggregateReportFuzzTests {
    @Test(.longWork) func seedsAndMutations() throws {
        try FuzzSeeds("AggregateReport", atLeast: 10).atRandom(150, number: 8, pieces: ["<", ">", "&#0;", "</row>", "\"", "]]>", "<record>"]) { AggregateReportTrial($0).run() }
    }
}
