package import JSON

/// So much in any stretch of time of so many seconds, and not more.
package struct RateLimit: Sendable, Hashable {
    /// What is counted.
    package enum Quantity: String, Sendable, Codable, CaseIterable, JSONWritable {
        case recipients, messages, octets
    }

    /// What becomes of a message that is too much.
    package enum Excess: String, Sendable, Codable, CaseIterable, JSONWritable {
        /// Its sender is told when to come again.
        case `defer`
        /// The mail server takes it and keeps it until it may go; where it cannot, it is deferred.
        case hold
    }

    package let counts: Quantity
    /// In the window ending at any moment: 1…``greatest``.
    package let most: Int
    package let window: LimitWindow
    /// How much may go at once, 1…`most`; the rest of `most` is spread evenly over the window. nil: all of it may go at once.
    package let burst: Int?
    package let excess: Excess
    /// Seconds since its subject was made known, or first sent something, for which the limit holds: a limit for warming up. nil: always.
    package let youth: Int?

    package static let greatest = 1_000_000_000_000_000
    /// Seconds.
    package static let longestYouth = LimitWindow.longest

    /// - Throws: `LimitFault` naming the member as documents have it.
    package init(counts: Quantity, most: Int, window: LimitWindow, burst: Int? = nil, excess: Excess = .defer, youth: Int? = nil) throws(LimitFault) {
        guard (1...Self.greatest).contains(most) else { throw LimitFault("limit", "is \(most), and must be from 1 to \(Self.greatest)") }
        if let burst, !(1...most).contains(burst) { throw LimitFault("burst", "is \(burst), and must be from 1 to the limit, which is \(most)") }
        if let youth, !(1...Self.longestYouth).contains(youth) { throw LimitFault("first", "is \(youth) seconds, and must be from 1 to \(Self.longestYouth)") }
        self.counts = counts; self.most = most; self.window = window; self.burst = burst; self.excess = excess; self.youth = youth
    }

    /// Whether it holds for a subject of so many milliseconds.
    func holds(atAge age: Int) -> Bool { youth.map { age < $0 * 1000 } ?? true }
}

extension RateLimit: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        writeMembers(to: &json)
        json.closeObject()
    }

    package func writeMembers(to json: inout JSONWriter) {
        json.key("counts"); json.string(counts.rawValue)
        json.key("limit"); json.integer(most)
        json.key("per"); json.string(window.description)
        if let burst { json.key("burst"); json.integer(burst) }
        json.key("excess"); json.string(excess.rawValue)
        if let youth, let first = LimitWindow(seconds: youth) { json.key("first"); json.string(first.description) }
    }
}

/// How much of each quantity something is, or was.
package struct Amounts: Sendable, Hashable {
    /// Each 0…``RateLimit/greatest``.
    package let recipients: Int, messages: Int, octets: Int

    package init(recipients: Int, messages: Int = 1, octets: Int) {
        func bounded(_ number: Int) -> Int { min(max(number, 0), RateLimit.greatest) }
        self.recipients = bounded(recipients); self.messages = bounded(messages); self.octets = bounded(octets)
    }

    package subscript(_ quantity: RateLimit.Quantity) -> Int {
        switch quantity {
        case .recipients: recipients
        case .messages: messages
        case .octets: octets
        }
    }
}
