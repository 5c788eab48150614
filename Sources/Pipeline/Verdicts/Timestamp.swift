internal import JSON

/// A moment in UTC, to the microsecond.
/// Source: RFC 3339 §5.6.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// - Parameter milliseconds: since 1970; what is beyond the range becomes its end.
    package init(milliseconds: Int) {
        let (product, overflow) = Int64(milliseconds).multipliedReportingOverflow(by: 1000)
        microseconds = overflow ? (milliseconds < 0 ? .min : .max) : product
    }

    /// Since 1970, rounded down.
    package var milliseconds: Int { Int(microseconds.dividedFloor(by: 1000)) }

    package var seconds: Int { Int(microseconds.dividedFloor(by: 1_000_000)) }

    package static func < (one: Timestamp, other: Timestamp) -> Bool { one.microseconds < other.microseconds }

    /// The same moment earlier or later; stays at the end of the range rather than overflow.
    package func adding(seconds: Int) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000).partialValue)
        return Timestamp(microseconds: overflow ? (seconds < 0 ? .min : .max) : sum)
    }

    /// Reads `2026-11-23T10:00:00Z`, with or without a fraction, with `Z` or a numeric offset; or a date alone, for its first moment.
    /// - Returns: nil when the text is anything else or names no day of the calendar.
    package init?(_ text: some StringProtocol) {
        let octets = Array(text.utf8)
        func digits(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= octets.count else { return nil }
            var value = 0
            for octet in octets[from..<(from + count)] {
                guard octet >= 48, octet <= 57 else { return nil }
                value = value * 10 + Int(octet - 48)
            }
            return value
        }
        func at(_ place: Int) -> UInt8? { place < octets.count ? octets[place] : nil }
        guard let year = digits(0, 4), at(4) == UInt8(ascii: "-"), let month = digits(5, 2), at(7) == UInt8(ascii: "-"),
              let day = digits(8, 2), let days = CalendarDay(year: year, month: month, day: day)?.number else { return nil }
        if octets.count == 10 { self.init(microseconds: Int64(days) * 86_400_000_000); return }
        guard let letter = at(10), letter | 0x20 == UInt8(ascii: "t") || letter == UInt8(ascii: " "),
              let hour = digits(11, 2), hour < 24, at(13) == UInt8(ascii: ":"), let minute = digits(14, 2), minute < 60,
              at(16) == UInt8(ascii: ":"), let second = digits(17, 2), second <= 60 else { return nil }
        var place = 19, fraction = 0, scale = 1_000_000
        if at(place) == UInt8(ascii: ".") {
            place += 1
            let start = place
            while let octet = at(place), octet >= 48, octet <= 57 {
                if scale > 1 { scale /= 10; fraction += Int(octet - 48) * scale }
                place += 1
            }
            guard place > start else { return nil }
        }
        var offset = 0
        switch at(place) {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): guard octets.count == place + 1 else { return nil }
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard let hours = digits(place + 1, 2), hours < 24, at(place + 3) == UInt8(ascii: ":"),
                  let minutes = digits(place + 4, 2), minutes < 60, octets.count == place + 6 else { return nil }
            offset = (hours * 3600 + minutes * 60) * (at(place) == UInt8(ascii: "-") ? -1 : 1)
        default: return nil
        }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(microseconds: Int64(seconds) * 1_000_000 + Int64(fraction))
    }
}

extension Timestamp: CodedAsText {
    package static var textForm: String { "an RFC 3339 time" }

    /// `2026-11-23T10:00:00.123456Z`.
    package var description: String {
        let seconds = microseconds.dividedFloor(by: 1_000_000), fraction = microseconds - seconds * 1_000_000
        let days = seconds.dividedFloor(by: 86_400), ofDay = Int(seconds - days * 86_400)
        let date = CalendarDay(number: Int(days))
        var text: [UInt8] = []
        text.reserveCapacity(27)
        func put(_ value: Int, _ width: Int, _ then: Character) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 { text.append(48 + UInt8(truncatingIfNeeded: value / divisor % 10)); divisor /= 10 }
            text.append(then.asciiValue ?? 0)
        }
        put(min(max(date.year, 0), 9999), 4, "-"); put(date.month, 2, "-"); put(date.day, 2, "T")
        put(ofDay / 3600, 2, ":"); put(ofDay / 60 % 60, 2, ":"); put(ofDay % 60, 2, ".")
        put(Int(fraction), 6, "Z")
        return String(decoding: text, as: UTF8.self)
    }
}

extension BinaryInteger {
    /// The quotient rounded towards minus infinity; `divisor` is positive.
    fileprivate func dividedFloor(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
