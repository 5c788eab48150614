internal import JSON

/// A point in time with the offset its writer lived in.
/// Source: RFC 5322 §3.3, §4.3 (obsolete zones, years of two and three digits).
package struct MailDate: Sendable, Hashable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package let secondsSince1970: Int
    /// Minutes east of UTC, -1439…1439; 0 also for `-0000`, which says nothing about the place.
    package let offsetMinutes: Int

    /// Reads the value of a Date field or the date of a Received field; comments and a missing day of the week are fine.
    /// - Returns: nil where there is no date, or one that no calendar has. A leap second counts as the second before it.
    package init?(_ text: some StringProtocol) { self.init(octets: Array(text.utf8.prefix(256))[...]) }

    init?(octets: ArraySlice<UInt8>) {
        var words = Self.words(octets.prefix(256))
        if let first = words.first, let letter = first.first, ASCII.isLetter(letter) { words = words.dropFirst() }   // day of the week
        // `1-Jan-2024`, as some writers have it.
        guard words.count >= 4, let day = ASCII.number(words[words.startIndex]), let month = Self.month(words[words.startIndex + 1]),
              let written = ASCII.number(words[words.startIndex + 2]) else { return nil }
        let digits = words[words.startIndex + 2].count
        let year = digits >= 4 ? written : written < 50 ? written + 2000 : written + 1900   // RFC 5322 §4.3; also right for three digits
        guard let clock = Self.clock(words[words.startIndex + 3]) else { return nil }
        let zone = words.count > 4 ? Self.zone(words[words.startIndex + 4]) : 0
        guard year >= 1900, let date = CalendarDay(year: year, month: month, day: day), let zone else { return nil }
        offsetMinutes = zone
        secondsSince1970 = date.number * 86_400 + clock - zone * 60
    }

    private static func words(_ octets: ArraySlice<UInt8>) -> ArraySlice<ArraySlice<UInt8>> {
        var words: [ArraySlice<UInt8>] = [], at = octets.startIndex, depth = 0, start: Int? = nil
        while at <= octets.endIndex {
            let octet = at < octets.endIndex ? octets[at] : ASCII.space
            let dash = octet == ASCII.hyphen && words.count < 3 && start != nil
            if depth > 0 || ASCII.isSpace(octet) || octet == ASCII.comma || octet == ASCII.open || dash {
                if let begun = start { words.append(octets[begun..<at]); start = nil }
                if octet == ASCII.open { depth += 1 } else if octet == ASCII.close { depth -= 1 }
            } else if start == nil {
                start = at
            }
            at += 1
        }
        return words[...]
    }

    private static func month(_ word: ArraySlice<UInt8>) -> Int? {
        guard word.count >= 3, word.count <= 9 else { return nil }
        let names = Array("janfebmaraprmayjunjulaugsepoctnovdec".utf8), wanted = ASCII.lowercased(word.prefix(3))
        for month in 0..<12 where names[(month * 3)..<(month * 3 + 3)] == wanted[...] { return month + 1 }
        return nil
    }

    private static func clock(_ word: ArraySlice<UInt8>) -> Int? {
        let pieces = word.split(separator: ASCII.colon, omittingEmptySubsequences: false)
        guard pieces.count == 2 || pieces.count == 3, let hour = ASCII.number(pieces[0]), let minute = ASCII.number(pieces[1]) else { return nil }
        var second = 0
        if pieces.count == 3 {
            guard let read = ASCII.number(pieces[2].prefix { $0 != ASCII.dot }) else { return nil }
            second = read
        }
        guard hour <= 23, minute <= 59, second <= 60 else { return nil }
        return hour * 3600 + minute * 60 + min(second, 59)
    }

    private static func zone(_ word: ArraySlice<UInt8>) -> Int? {
        if let sign = word.first, sign == 43 || sign == ASCII.hyphen {
            let digits = word.dropFirst().filter { $0 != ASCII.colon }
            guard digits.count >= 3, digits.count <= 4, let number = ASCII.number(digits[...]) else { return nil }
            let minutes = number / 100 * 60 + number % 100
            guard minutes < 1440, number % 100 < 60 else { return nil }
            return sign == 43 ? minutes : -minutes
        }
        switch ASCII.text(ASCII.lowercased(word)[...]) {
        case "edt": return -240
        case "est", "cdt": return -300
        case "cst", "mdt": return -360
        case "mst", "pdt": return -420
        case "pst": return -480
        // RFC 5322 §4.3: every other zone, military letters included, is as good as -0000.
        case let other: return other.utf8.allSatisfy(ASCII.isLetter) ? 0 : nil
        }
    }
}
