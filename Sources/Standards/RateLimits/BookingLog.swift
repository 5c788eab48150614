/// What was sent of one quantity within one window, and when.
///
/// Up to ``kept`` bookings each count for the window to the millisecond. Of more, those in the same hundred-and-twenty-eighth of the window
/// count with the last of them: so never more than a limit goes out in any window, and what was sent is given back at most that much late.
struct BookingLog: Sendable, Equatable {
    struct Booking: Sendable, Equatable {
        /// Milliseconds since 1970.
        var at: Int
        var amount: Int
    }

    /// Bookings that are told apart.
    static let kept = AllowanceState.toldApart
    /// Bookings of a window at most: those of its parts, the first and the last of which it may cut.
    static let most = kept + 2

    let counts: RateLimit.Quantity
    let window: LimitWindow
    /// The oldest first, no two at the same time.
    private(set) var bookings: [Booking]
    /// Of all of them together.
    private(set) var used: Int
    /// When what was sent will have been paid for at the even pace of the limit: microseconds since 1970. (The theoretical arrival time of the generic
    /// cell rate algorithm, ITU-T I.371 annex A.)
    private(set) var paidAt: Int

    init(_ counts: RateLimit.Quantity, _ window: LimitWindow, bookings: [Booking] = [], paidAt: Int = 0) {
        self.counts = counts; self.window = window; self.paidAt = paidAt
        self.bookings = bookings
        used = Self.all(bookings)
    }

    /// Lets go of what left the window. What was booked by a clock that has gone back since counts from now on: else it would stay until that moment.
    /// - Parameter now: milliseconds since 1970.
    mutating func advance(to now: Int) {
        if let last = bookings.last, last.at > now + 1 {
            let ahead = bookings.reversed().prefix { $0.at > now }, amount = ahead.reduce(0) { Self.sum($0, $1.amount) }
            bookings.removeLast(ahead.count)
            bookings.append(Booking(at: now + 1, amount: amount))
        }
        let gone = bookings.prefix { $0.at + window.milliseconds <= now }.count
        guard gone > 0 else { return }
        bookings.removeFirst(gone)
        used = Self.all(bookings)
    }

    /// Books an amount for a limit with this quantity and window, or for none that holds now.
    /// - Parameter now: milliseconds since 1970, at least that of the booking before.
    mutating func book(_ amount: Int, at now: Int, for limit: RateLimit?) {
        guard amount > 0 else { return }
        if let limit, limit.burst != nil { paidAt = max(paidAt, now * 1000) + Self.price(of: amount, limit) }
        used = Self.sum(used, amount)
        // The end of the millisecond: what happened in it is never given back too early.
        let time = now + 1
        if let last = bookings.last, last.at >= time {
            bookings[bookings.count - 1].amount = Self.sum(last.amount, amount)
            return
        }
        bookings.append(Booking(at: time, amount: amount))
        if bookings.count > Self.kept { joinNeighbours() }
    }

    /// When an amount would go with nothing else sent meanwhile: milliseconds since 1970, `now` where it goes at once; nil where it never does.
    func earliest(_ amount: Int, under limit: RateLimit, at now: Int) -> Int? {
        guard amount <= limit.most else { return nil }
        var left = used, time = now
        for booking in bookings where left > limit.most - amount {
            left -= booking.amount
            time = booking.at + window.milliseconds
        }
        guard let burst = limit.burst else { return time }
        // What is more than may go at once waits until all may, and is paid for afterwards.
        // A limit that was raised asks no more of what was sent than it would have itself.
        // Prices are rounded down, each by less than a microsecond.
        let asked = bookings.reduce(0) { max($0, $1.at * 1000) + Self.price(of: $1.amount, limit) }, full = (min(paidAt, asked) - Self.price(of: burst - min(amount, burst), limit) + 999) / 1000
        return max(time, full)
    }

    /// Microseconds; 35 years, of which as many as there are bookings can be added up.
    private static let longestPrice = 1 << 50

    /// What it takes to send an amount at the even pace of a limit: microseconds, at most ``longestPrice``.
    private static func price(of amount: Int, _ limit: RateLimit) -> Int {
        min(Int(clamping: Int128(amount) * Int128(limit.window.seconds) * 1_000_000 / Int128(limit.most)), longestPrice)
    }

    private mutating func joinNeighbours() {
        // Rounded up, or else there would be more parts than that in a short window.
        let slot = (window.milliseconds + Self.kept - 1) / Self.kept
        var joined: [Booking] = []
        joined.reserveCapacity(Self.kept + 1)
        for booking in bookings {
            if let last = joined.last, last.at / slot == booking.at / slot {
                joined[joined.count - 1] = Booking(at: booking.at, amount: Self.sum(last.amount, booking.amount))
            } else {
                joined.append(booking)
            }
        }
        bookings = joined
    }

    private static func all(_ bookings: [Booking]) -> Int { bookings.reduce(0) { sum($0, $1.amount) } }

    /// Together at most what no limit reaches.
    private static func sum(_ one: Int, _ other: Int) -> Int { min(one + other, RateLimit.greatest * 2) }
}
