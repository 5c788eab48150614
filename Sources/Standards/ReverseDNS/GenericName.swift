package import DNS
package import JSON

/// Why a host name looks as if it were made by rule for a range of addresses, not given to a mail server.
package struct GenericName: Decodable, Sendable, Equatable {
    package enum Rule: String, Decodable, JSONWritable, Sendable {
        /// At least three neighbouring octets of the IPv4 address stand in the name as decimal numbers, in order or in reverse
        /// order, whatever lies between them (`203-0-113-7`, `7.113.0.203`, `ip203x0x113`); or all twelve digits (`203000113007`).
        case addressDigits = "address_digits"
        /// The address stands in the name in hexadecimal: all eight digits of IPv4 (`cb007107`), or of IPv6 the last
        /// sixteen digits or more, in order or reversed, hyphens and dots not counted.
        case addressHexadecimal = "address_hexadecimal"
        /// A run of letters in the name, before its last two labels, is a word for access lines (`dsl`, `dhcp`, `pool`…).
        case dynamicWord = "dynamic_word"
    }

    package var name: DomainName
    package var rule: Rule

    package init(name: DomainName, rule: Rule) {
        self.name = name
        self.rule = rule
    }

    /// Looks at one name; nil when no rule applies.
    static func of(_ name: DomainName, for client: IPAddress) -> GenericName? {
        let text = Array(name.text.utf8)
        switch client.unmapped {
        case .v4(let number):
            if hasDecimal(text, number) { return GenericName(name: name, rule: .addressDigits) }
            if contains(text, hexadecimal(UInt64(number), digits: 8)) { return GenericName(name: name, rule: .addressHexadecimal) }
        case .v6(_, let low):
            if hasNibbles(text, low) { return GenericName(name: name, rule: .addressHexadecimal) }
        }
        return hasDynamicWord(text) ? GenericName(name: name, rule: .dynamicWord) : nil
    }

    private static func hasDecimal(_ text: [UInt8], _ number: UInt32) -> Bool {
        let octets = [number >> 24, number >> 16 & 255, number >> 8 & 255, number & 255]
        var runs: [UInt32] = [], at = 0
        while at < text.count {
            guard isDigit(text[at]) else { at += 1; continue }
            let start = at
            var value: UInt32 = 0
            while at < text.count, isDigit(text[at]) {
                if at - start < 9 { value = value &* 10 &+ UInt32(text[at] &- 48) }
                at += 1
            }
            if at - start == 12, contains(text[start..<at], padded(octets)) || contains(text[start..<at], padded(octets.reversed())) { return true }
            runs.append(at - start > 3 ? UInt32.max : value)
        }
        guard runs.count >= 3 else { return false }
        let windows = [Array(octets[0...2]), Array(octets[1...3]), Array(octets[0...2].reversed()), Array(octets[1...3].reversed())]
        for start in 0...(runs.count - 3) where windows.contains(where: { $0[0] == runs[start] && $0[1] == runs[start + 1] && $0[2] == runs[start + 2] }) {
            return true
        }
        return false
    }

    private static func hasNibbles(_ text: [UInt8], _ low: UInt64) -> Bool {
        // A low half such as ::25 is a number that a person chose; its few digits would be found anywhere.
        guard low >> 32 != 0 else { return false }
        let packed = text.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ".") }
        let digits = hexadecimal(low, digits: 16)
        if contains(packed, digits) || contains(packed, digits.reversed()) { return true }
        // Groups written without their leading zeros: 2001-db8-0-0-a-b-c-d.
        let groups = [low >> 48, low >> 32 & 0xffff, low >> 16 & 0xffff, low & 0xffff].map { Array(String($0, radix: 16).utf8) }
        return contains(text, Array(groups.joined(separator: [UInt8(ascii: "-")])))
    }

    private static func hasDynamicWord(_ text: [UInt8]) -> Bool {
        var dots = 0, end = text.count
        while end > 0, dots < 2 { end -= 1; if text[end] == UInt8(ascii: ".") { dots += 1 } }
        guard dots == 2 else { return false }
        return text[..<end].split(whereSeparator: { $0 < 97 || $0 > 122 }).contains { words.contains(String(decoding: $0, as: UTF8.self)) }
    }

    private static let words: Set<String> = [
        "adsl", "broadband", "cable", "dhcp", "dial", "dialin", "dialup", "docsis", "dsl", "dyn", "dynamic", "dynamicip", "dynip", "fiber",
        "ftth", "gprs", "lte", "pool", "pools", "ppp", "pppoe", "res", "residential", "user", "users", "vdsl", "wimax", "wireless", "xdsl",
    ]

    private static func isDigit(_ octet: UInt8) -> Bool { octet >= 48 && octet <= 57 }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> [UInt8] {
        let text = Array(String(number, radix: 16).utf8)
        return Array(repeating: 48, count: max(0, digits - text.count)) + text
    }

    private static func padded(_ octets: [UInt32]) -> [UInt8] {
        octets.flatMap { [48 + UInt8($0 / 100), 48 + UInt8($0 / 10 % 10), 48 + UInt8($0 % 10)] }
    }

    private static func contains(_ text: some Collection<UInt8>, _ wanted: [UInt8]) -> Bool {
        let text = Array(text)
        guard !wanted.isEmpty, text.count >= wanted.count else { return false }
        return (0...(text.count - wanted.count)).contains { start in text[start] == wanted[0] && text[start..<(start + wanted.count)].elementsEqual(wanted) }
    }

    private enum CodingKeys: String, CodingKey { case name, rule }
}

extension GenericName: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.rule, rule)
        json.closeObject()
    }
}
