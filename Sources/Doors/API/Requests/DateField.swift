internal import Synchronization
internal import Verdicts

/// The time as HTTP writes it, made anew once a second.
/// Source: RFC 9110 §5.6.7.
final class DateField: Sendable {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]   // 1970-01-01 was a Thursday
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private let latest = Mutex((second: Int.min, text: ""))
    private let clock: @Sendable () -> Timestamp

    init(clock: @escaping @Sendable () -> Timestamp) { self.clock = clock }

    var text: String {
        let time = clock(), second = time.seconds
        return latest.withLock { latest in
            if latest.second != second { latest = (second, Self.written(time)) }
            return latest.text
        }
    }

    /// - Returns: such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func written(_ time: Timestamp) -> String {
        let week = 7 * 86_400, day = (time.seconds % week + week) % week / 86_400, text = Array(time.description)   // 2026-11-23T10:00:00…
        let month = Int(String(text[5..<7])).map { months[($0 - 1) % 12] } ?? ""
        return "\(days[day]), \(String(text[8..<10])) \(month) \(String(text[0..<4])) \(String(text[11..<19])) GMT"
    }
}
