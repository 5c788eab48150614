import Mail
import Testing

@Suite struct DateWritingTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 +0000"), (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 +0000"),
        (1_795_428_000, "Mon, 23 Nov 2026 10:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"),
        (-1, nil), (.max, nil), (253_402_300_800, nil),
    ] as [(Int, String?)])
    func written(_ seconds: Int, _ text: String?) { #expect(MailDate.written(seconds) == text) }

    @Test func whatIsWrittenIsRead() throws {
        for seconds in stride(from: 0, through: 253_402_300_799, by: 253_402_300_799 / 5003) {
            #expect(MailDate(try #require(MailDate.written(seconds)))?.secondsSince1970 == seconds)
        }
    }
}
