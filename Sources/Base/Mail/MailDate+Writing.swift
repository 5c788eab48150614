extension MailDate {
    /// A moment as a Date field has it, in UTC: `Mon, 01 Jan 2024 00:00:00 +0000`.
    /// Source: RFC 5322 §3.3.
    /// - Parameter secondsSince1970: 0…253402300799.
    /// - Returns: nil for anything else.
    package static func written(_ secondsSince1970: Int) -> String? {
        guard secondsSince1970 >= 0, secondsSince1970 <= 253_402_300_799 else { return nil }
        let days = secondsSince1970 / 86_400, ofDay = secondsSince1970 % 86_400
        // The Gregorian calendar in years that begin in March, from 0000-03-01 on.
        let shifted = days + 719_468, era = shifted / 146_097, ofEra = shifted % 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100), marchMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * marchMonth + 2) / 5 + 1, year = yearOfEra + era * 400 + (marchMonth < 10 ? 0 : 1)
        let months = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"], weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        return "\(weekdays[days % 7]), \(padded(day, 2)) \(months[marchMonth]) \(padded(year, 4)) "
            + "\(padded(ofDay / 3600, 2)):\(padded(ofDay / 60 % 60, 2)):\(padded(ofDay % 60, 2)) +0000"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
