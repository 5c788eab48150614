/// Labels as people see them.
/// Source: RFC 3492 §6.2, RFC 5890 §2.3.2.1.
enum Punycode {
    /// Whether two hyphens stand side by side with `xn` before them.
    static func isIn(_ name: String) -> Bool {
        var row: UInt32 = 0
        for octet in name.utf8 {
            row = row << 8 | UInt32(octet)
            if row == 0x786e_2d2d { return true }
        }
        return false
    }

    /// A name with its `xn--` labels decoded; what cannot be decoded stays.
    static func shown(_ name: String) -> String {
        guard name.utf8.count <= 253, isIn(name) else { return name }
        return name.split(separator: ".", omittingEmptySubsequences: false).map { label in
            label.hasPrefix("xn--") ? decode(Array(label.utf8.dropFirst(4))) ?? String(label) : String(label)
        }.joined(separator: ".")
    }

    private static func decode(_ input: [UInt8]) -> String? {
        guard input.count <= 63 else { return nil }
        let hyphen = input.lastIndex(of: UInt8(ascii: "-"))
        var scalars = hyphen.map { input[..<$0].map { UInt32($0) } } ?? [], at = hyphen.map { $0 + 1 } ?? 0
        var number: UInt32 = 128, place: UInt32 = 0, bias: UInt32 = 72
        while at < input.count {
            let before = place
            var weight: UInt32 = 1, step: UInt32 = 36
            while true {
                guard at < input.count, let digit = digit(input[at]) else { return nil }
                at += 1
                let (more, first) = digit.multipliedReportingOverflow(by: weight), (sum, second) = place.addingReportingOverflow(more)
                if first || second { return nil }
                place = sum
                let threshold: UInt32 = step <= bias ? 1 : step >= bias &+ 26 ? 26 : step &- bias
                if digit < threshold { break }
                let (next, third) = weight.multipliedReportingOverflow(by: 36 &- threshold)
                if third { return nil }
                weight = next
                step &+= 36
            }
            let count = UInt32(scalars.count) &+ 1
            bias = adapted(place &- before, count, isFirst: before == 0)
            let (sum, isOver) = number.addingReportingOverflow(place / count)
            if isOver || sum > 0x10_ffff { return nil }
            number = sum
            place %= count
            scalars.insert(number, at: Int(place))
            place &+= 1
        }
        var text = String.UnicodeScalarView()
        for value in scalars {
            guard let scalar = Unicode.Scalar(value) else { return nil }
            text.append(scalar)
        }
        return String(text)
    }

    private static func digit(_ octet: UInt8) -> UInt32? {
        switch octet {
        case 48...57: UInt32(octet) - 22
        case 97...122: UInt32(octet) - 97
        default: nil
        }
    }

    private static func adapted(_ change: UInt32, _ count: UInt32, isFirst: Bool) -> UInt32 {
        var change = isFirst ? change / 700 : change / 2, bias: UInt32 = 0
        change &+= change / count
        while change > 455 { change /= 35; bias &+= 36 }
        return bias &+ 36 &* change / (change &+ 38)
    }
}
