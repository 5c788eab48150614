extension RateLimit {
    /// Reads `recipients:100/1h` or `recipients:100/1h:burst=20`: what is counted, how much of it, in which stretch of time, and how much of it may go at once.
    /// - Throws: `LimitFault` for `limit`, or for the part of it that is wrong.
    package init(text: String) throws(LimitFault) {
        func fault(_ problem: String) -> LimitFault { LimitFault("limit", "\(problem): \(text.prefix(100))") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let slash = parts[1].firstIndex(of: "/") else { throw fault("is not such as recipients:100/1h or recipients:100/1h:burst=20") }
        guard let counts = Quantity(rawValue: String(parts[0])) else { throw fault("counts none of \(Quantity.allCases.map(\.rawValue).joined(separator: ", "))") }
        guard let most = Self.number(parts[1][..<slash]) else { throw fault("has no whole number before the slash") }
        guard let window = LimitWindow(String(parts[1][parts[1].index(after: slash)...])) else { throw fault("has behind the slash no \(LimitWindow.textForm.dropFirst(2))") }
        var burst: Int?
        if parts.count == 3 {
            guard parts[2].hasPrefix("burst="), let number = Self.number(parts[2].dropFirst(6)) else { throw fault("has behind the second colon no burst=, with a whole number") }
            burst = number
        }
        try self.init(counts: counts, most: most, window: window, burst: burst)
    }

    /// Digits alone, at most 18.
    private static func number(_ text: Substring) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return Int(text)
    }
}
