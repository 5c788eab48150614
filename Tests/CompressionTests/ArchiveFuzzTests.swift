import TestSupport
import Testing

/// The seeds of the fuzz target, and mutations of them, on any machine.
@Suite struct ArchiveFuzzTests {
    @Test func seedsAndMutations() throws {
        try FuzzSeeds("Archive", atLeast: 6).atRandom(200, number: 3) { ArchiveTrial($0).run() }
    }
}
