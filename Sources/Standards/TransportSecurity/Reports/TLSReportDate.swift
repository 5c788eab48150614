internal import JSON

/// A moment of a report, to the second.
/// Source: RFC 8460 §4.4, RFC 3339 §5.6.
package struct TLSReportDate: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted; of the years 0 to 9999, whatever the offset.
    package let seconds: Int

    /// - Parameter seconds: others become the nearest in the years 0 to 9999.
    package init(seconds: Int) { self.seconds = min(max(seconds, -62_167_219_200), 253_402_300_799) }

    package static func < (one: TLSReportDate, other: TLSReportDate) -> Bool { one.seconds < other.seconds }

    /// Reads `2016-04-01T00:00:00Z`, with or without a fraction, which is dropped, with `Z` or a numeric offset; some senders leave the zone out, which is taken for UTC.
    /// - Returns: nil when the text is anything else or names no day of the calendar.
    package init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8.prefix(64))[...]
        func digits(_ count: Int) -> Int? {
            let piece = rest.prefix(count)
            guard piece.count == count, piece.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
            rest = rest.dropFirst(count)
            return piece.reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        func mark(_ octets: StaticString) -> Bool {
            guard let next = rest.first, octets.withUTF8Buffer({ unsafe $0.contains(next) }) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4), mark("-"), let month = digits(2), mark("-"), let day = digits(2), mark("Tt "),
              let hour = digits(2), mark(":"), let minute = digits(2), mark(":"), let second = digits(2),
              hour < 24, minute < 60, second <= 60, let days = CalendarDay(year: year, month: month, day: day)?.number else { return nil }
        if mark(".") {
            guard digits(1) != nil else { return nil }
            while digits(1) != nil {}
        }
        var offset = 0
        if let sign = rest.first, mark("+-") {
            guard let hours = digits(2), hours < 24 else { return nil }
            _ = mark(":")
            guard let minutes = digits(2), minutes < 60 else { return nil }
            offset = (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
        } else {
            _ = mark("Zz")
        }
        guard rest.isEmpty else { return nil }
        // An offset, or a leap second, must not lead into years that cannot be written.
        self.init(seconds: days * 86_400 + hour * 3600 + minute * 60 + second - offset)
    }
}

extension TLSReportDate: CodedAsText {
    package static var textForm: String { "an RFC 3339 time" }

    /// `2016-04-01T00:00:00Z`.
    package var description: String {
        var days = seconds / 86_400, rest = seconds % 86_400
        if rest < 0 { rest += 86_400; days -= 1 }
        let date = CalendarDay(number: days)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let years = String(date.year), padding = String(repeating: "0", count: max(4 - years.count, 0))
        return "\(padding)\(years)-\(two(date.month))-\(two(date.day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }
}
