/// A field value of the form `word; name=value; name="value"`, such as Content-Type and Content-Disposition have.
/// Source: RFC 9110 §5.6.6, RFC 2045 §5.1.
package struct FieldParameters: Sendable, Equatable {
    /// The word before the first semicolon, in lower case.
    package let first: String
    private var names: [String] = []
    private var values: [String] = []

    /// - Returns: nil when the value is not of that form, or gives one name twice.
    package init?(_ octets: ArraySlice<UInt8>) {
        var reader = Reader(octets: octets, place: octets.startIndex)
        reader.skipBlanks()
        guard let word = reader.token(slash: true) else { return nil }
        first = word.lowercased()
        reader.skipBlanks()
        while !reader.isAtEnd {
            guard reader.take(UInt8(ascii: ";")) else { return nil }
            reader.skipBlanks()
            // RFC 9110 §5.6.6: a semicolon may stand before nothing.
            if reader.isAtEnd || reader.peek == UInt8(ascii: ";") { continue }
            guard let name = reader.token(slash: false)?.lowercased(), reader.take(UInt8(ascii: "=")), !names.contains(name), names.count < 32,
                  let value = reader.peek == UInt8(ascii: "\"") ? reader.quoted() : reader.token(slash: false) else { return nil }
            names.append(name)
            values.append(value)
            reader.skipBlanks()
        }
    }

    /// The value of a parameter, its quotes taken away; the name in lower case.
    package subscript(name: String) -> String? { names.firstIndex(of: name).map { values[$0] } }

    private struct Reader {
        let octets: ArraySlice<UInt8>
        var place: Int

        var isAtEnd: Bool { place >= octets.endIndex }
        var peek: UInt8? { isAtEnd ? nil : octets[place] }

        mutating func skipBlanks() { while let octet = peek, octet == 0x20 || octet == 0x09 { place += 1 } }

        mutating func take(_ octet: UInt8) -> Bool {
            guard peek == octet else { return false }
            place += 1
            return true
        }

        /// RFC 9110 §5.6.2.
        mutating func token(slash: Bool) -> String? {
            let start = place
            while let octet = peek, Self.isTokenCharacter(octet) || (slash && octet == UInt8(ascii: "/")) { place += 1 }
            return place > start ? String(decoding: octets[start..<place], as: UTF8.self) : nil
        }

        /// RFC 9110 §5.6.4.
        mutating func quoted() -> String? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            var text: [UInt8] = []
            while let octet = peek {
                place += 1
                switch octet {
                case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = peek else { return nil }
                    place += 1
                    text.append(escaped)
                default: text.append(octet)
                }
            }
            return nil
        }

        private static func isTokenCharacter(_ octet: UInt8) -> Bool {
            switch octet {
            case 48...57, 65...90, 97...122: true
            case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x5e, 0x5f, 0x60, 0x7c, 0x7e: true
            default: false
            }
        }
    }
}
