import Foundation
import TestSupport
import Testing
import TransportSecurity

@Suite struct TLSReportDateTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2016-04-01T00:00:00Z", 1_459_468_800), ("2016-02-29t23:59:60z", 1_456_790_400), ("2024-01-09 23:59:59.123456Z", 1_704_844_799),
        ("2024-02-22T02:00:00+02:00", 1_708_560_000), ("2024-02-21T23:30:00-0030", 1_708_560_000), ("2024-02-22T00:00:00", 1_708_560_000),
        ("1969-12-31T23:59:59Z", -1), ("0000-01-01T00:00:00Z", -62_167_219_200), ("0000-12-31T00:00:00Z", -62_135_683_200), ("9999-12-31T23:59:59Z", 253_402_300_799),
        // Years that have no four digits.
        ("0000-01-01T00:00:00+00:01", -62_167_219_200), ("9999-12-31T23:59:60Z", 253_402_300_799), ("9999-12-31T23:59:59-23:59", 253_402_300_799),
    ]) func moments(_ text: String, _ seconds: Int) { #expect(TLSReportDate(text)?.seconds == seconds) }

    @Test(arguments: [
        "", "2024", "2024-02-22", "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00ZZ", "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+1", "24-01-01T00:00:00Z", "-024-01-01T00:00:00Z", "2024-01-01T00:00:00Z ", "2024/01/01T00:00:00Z",
    ]) func noMoments(_ text: String) { #expect(TLSReportDate(text) == nil) }

    /// The calendar is Foundation's.
    @Test func momentsAreReadBack() {
        var random = SeededGenerator(4)
        let formatter = ISO8601DateFormatter()
        for _ in 0..<5_000 {
            let seconds = Int.random(in: -5_000_000_000...253_402_300_799, using: &random), date = TLSReportDate(seconds: seconds)
            #expect(date.description == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
            #expect(TLSReportDate(date.description) == date)
        }
        #expect(TLSReportDate(seconds: .max).description == "9999-12-31T23:59:59Z")
        #expect(TLSReportDate(seconds: .min).description == "0000-01-01T00:00:00Z")
    }
}
