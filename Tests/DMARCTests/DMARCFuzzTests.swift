import TestSupport
import Testing

/// The seeds of the fuzz targets, and mutations of them, on any machine.
@Suite struct DMARCFuzzTests {
    @Test func records() throws {
        try FuzzSeeds("DMARCRecord", atLeast: 12).eachOctet("v=;:,! %p0s9\t\u{0}@", step: 2, limit: 1200) { DMARCRecordTrial($0).run() }
    }

    @Test(.longWork) func sets() throws {
        try FuzzSeeds("ARCSet", atLeast: 12).eachOctet("i=; (\r\n0", step: 29, limit: 1200) { ARCSetTrial($0).run() }
    }
}
