internal import JSON

/// A stretch of time that a limit looks back on: `90s`, `1m`, `1h`, `1d`.
package struct LimitWindow: Sendable, Hashable, Comparable, CodedAsText {
    package static let textForm = "a time from 1s to 31d, such as 1m, 1h or 1d"

    /// 1…2,678,400.
    package let seconds: Int

    package static let longest = 31 * 86_400

    package init?(seconds: Int) {
        guard (1...Self.longest).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    package init?(_ text: String) {
        guard let letter = text.utf8.last, let unit = Self.units.first(where: { $0.letter == letter }) else { return nil }
        let digits = text.utf8.dropLast()
        guard (1...7).contains(digits.count), digits.allSatisfy({ $0 >= 48 && $0 <= 57 }), let number = Int(text.dropLast()) else { return nil }
        self.init(seconds: number * unit.seconds)
    }

    /// The largest first.
    package enum Unit: String, Sendable, CaseIterable {
        case day, hour, minute, second

        fileprivate var seconds: Int {
            switch self { case .day: 86_400; case .hour: 3600; case .minute: 60; case .second: 1 }
        }

        fileprivate var letter: UInt8 {
            switch self { case .day: UInt8(ascii: "d"); case .hour: UInt8(ascii: "h"); case .minute: UInt8(ascii: "m"); case .second: UInt8(ascii: "s") }
        }
    }

    private static let units = Unit.allCases

    /// In the largest unit that leaves no rest.
    package var parted: (number: Int, unit: Unit) {
        for unit in Self.units where seconds % unit.seconds == 0 { return (seconds / unit.seconds, unit) }
        return (seconds, .second)
    }

    package var description: String { "\(parted.number)\(Character(UnicodeScalar(parted.unit.letter)))" }

    var milliseconds: Int { seconds * 1000 }

    package static func < (one: LimitWindow, other: LimitWindow) -> Bool { one.seconds < other.seconds }
}
