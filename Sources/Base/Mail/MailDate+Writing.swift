internal import JSON

extension MailDate {
    /// A moment as a Date field has it, in UTC: `Mon, 01 Jan 2024 00:00:00 +0000`.
    /// Source: RFC 5322 §3.3.
    /// - Parameter secondsSince1970: 0…253402300799.
    /// - Returns: nil for anything else.
    package static func written(_ secondsSince1970: Int) -> String? {
        guard secondsSince1970 >= 0, secondsSince1970 <= 253_402_300_799 else { return nil }
        let days = secondsSince1970 / 86_400, ofDay = secondsSince1970 % 86_400
        let date = CalendarDay(number: days)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        return "\(weekdays[days % 7]), \(padded(date.day, 2)) \(months[date.month - 1]) \(padded(date.year, 4)) "
            + "\(padded(ofDay / 3600, 2)):\(padded(ofDay / 60 % 60, 2)):\(padded(ofDay % 60, 2)) +0000"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
