import JSON
import TestSupport
import Testing

@Suite struct CalendarDayTests {
    @Test(arguments: [
        (1970, 1, 1, 0), (1969, 12, 31, -1), (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (1900, 3, 1, -25_508), (0, 1, 1, -719_528), (0, 2, 29, -719_469), (9999, 12, 31, 2_932_896), (2026, 11, 26, 20_783),
    ])
    func numbers(_ year: Int, _ month: Int, _ day: Int, _ number: Int) {
        #expect(CalendarDay(year: year, month: month, day: day)?.number == number && CalendarDay(number: number) == CalendarDay(year: year, month: month, day: day))
    }

    @Test(arguments: [(2023, 2, 29), (1900, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (2024, 1, 32), (-1, 1, 1), (10_000, 1, 1), (Int.max, Int.max, Int.max), (Int.min, Int.min, Int.min)])
    func noDays(_ year: Int, _ month: Int, _ day: Int) { #expect(CalendarDay(year: year, month: month, day: day) == nil) }

    /// Each day is followed by the next; nothing is too far away.
    @Test func daysFollowEachOther() {
        var before = CalendarDay(number: -719_529)
        for number in -719_528...110_000 {
            let day = CalendarDay(number: number)
            let isNext = day.year == before.year && day.month == before.month && day.day == before.day + 1 || day.day == 1 && (day.month == before.month + 1 || day.month == 1 && before.month == 12 && day.year == before.year + 1)
            if !isNext || day.number != number { Issue.record("\(before), \(day)") }
            before = day
        }
        #expect(CalendarDay(number: .max).year > 9999 && CalendarDay(number: .min).year < 0)
    }
}
