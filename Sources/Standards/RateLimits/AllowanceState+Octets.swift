extension AllowanceState {
    /// As a database keeps it: a few octets for each booking.
    package var octets: [UInt8] {
        var writer = NumberWriter()
        writer.add(Self.form)
        writer.add(since)
        writer.add(lastAt)
        writer.add(logs.count)
        for log in logs {
            writer.add(log.counts.number)
            writer.add(log.window.seconds)
            writer.add(log.paidAt)
            writer.add(log.bookings.count)
            var before = 0
            for booking in log.bookings {
                writer.add(booking.at - before)
                writer.add(booking.amount)
                before = booking.at
            }
        }
        return writer.octets
    }

    private static let form = 1

    /// - Throws: `UnreadableState` where that is not what ``octets`` writes.
    package init(octets: [UInt8]) throws(UnreadableState) {
        var reader = NumberReader(octets)
        guard try reader.next() == Self.form else { throw UnreadableState() }
        let since = try reader.time(), lastAt = try reader.time(), count = try reader.next(upTo: Self.windows)
        var logs: [BookingLog] = []
        for _ in 0..<count {
            guard let counts = RateLimit.Quantity(number: try reader.next()), let window = LimitWindow(seconds: try reader.next()) else { throw UnreadableState() }
            let paidAt = try reader.next(upTo: NumberReader.lastTime * 2000), number = try reader.next(upTo: BookingLog.most)
            var bookings: [BookingLog.Booking] = [], time = 0
            bookings.reserveCapacity(number)
            for _ in 0..<number {
                time = time &+ (try reader.time())
                guard time <= NumberReader.lastTime else { throw UnreadableState() }
                bookings.append(.init(at: time, amount: try reader.next(upTo: RateLimit.greatest * 2)))
            }
            logs.append(BookingLog(counts, window, bookings: bookings, paidAt: paidAt))
        }
        guard reader.isAtEnd else { throw UnreadableState() }
        self.init(since: since, lastAt: lastAt, logs: logs)
    }
}

/// What lies in the database is not what this program writes.
package struct UnreadableState: Error, Sendable, Equatable { package init() {} }

extension RateLimit.Quantity {
    fileprivate var number: Int { switch self { case .recipients: 1; case .messages: 2; case .octets: 3 } }

    fileprivate init?(number: Int) {
        guard let found = Self.allCases.first(where: { $0.number == number }) else { return nil }
        self = found
    }
}

/// Numbers from 0 in groups of seven bits, the lowest first; an octet that is followed by another one has its highest bit set.
private struct NumberWriter {
    var octets: [UInt8] = []

    init() { octets.reserveCapacity(256) }

    mutating func add(_ number: Int) {
        var rest = UInt64(max(number, 0))
        while rest > 0x7f {
            octets.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(rest))
    }
}

private struct NumberReader {
    private let octets: [UInt8]
    private var at = 0

    /// In the year 9999: milliseconds since 1970.
    static let lastTime = 253_402_300_800_000

    init(_ octets: [UInt8]) { self.octets = octets }

    var isAtEnd: Bool { at == octets.count }

    mutating func next() throws(UnreadableState) -> Int {
        var number: UInt64 = 0, shift: UInt64 = 0
        while at < octets.count, shift < 63 {
            let octet = octets[at]
            at += 1
            number |= UInt64(octet & 0x7f) << shift
            if octet & 0x80 == 0 { return Int(number) }
            shift += 7
        }
        throw UnreadableState()
    }

    mutating func next(upTo most: Int) throws(UnreadableState) -> Int {
        let number = try next()
        guard number <= most else { throw UnreadableState() }
        return number
    }

    mutating func time() throws(UnreadableState) -> Int { try next(upTo: Self.lastTime) }
}
