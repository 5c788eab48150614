internal import JSON

/// A moment that a report tells, to the second.
/// Source: RFC 3339 §5.6, in UTC.
package struct ReportTime: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z; of the years 1900 to 9999.
    package let seconds: Int

    /// - Returns: nil for other years.
    package init?(seconds: Int) {
        guard seconds >= -2_208_988_800, seconds <= 253_402_300_799 else { return nil }
        self.seconds = seconds
    }

    package static func < (one: ReportTime, other: ReportTime) -> Bool { one.seconds < other.seconds }
}

extension ReportTime: CodedAsText {
    package static var textForm: String { "a time such as 2024-01-09T00:00:00Z" }

    /// Reads what `description` writes.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        guard octets.count == 20 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            octets[range].reduce(0) { sum, octet in octet >= 48 && octet <= 57 ? sum.map { $0 * 10 + Int(octet - 48) } : nil }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
              hour < 24, minute < 60, second < 60, let date = CalendarDay(year: year, month: month, day: day) else { return nil }
        self.init(seconds: date.number * 86_400 + hour * 3600 + minute * 60 + second)
        if description != text { return nil }
    }

    package var description: String {
        var days = seconds / 86_400, rest = seconds % 86_400
        if rest < 0 { rest += 86_400; days -= 1 }
        let date = CalendarDay(number: days)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }
}
