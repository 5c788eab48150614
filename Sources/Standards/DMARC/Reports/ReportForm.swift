/// What octets are, as far as reports go, by their beginning.
enum ReportForm {
    case gzip, zip
    case document(ReportKind)
    /// Something else; in words.
    case other(String)

    /// Looks at the first 16 KiB.
    init(_ octets: [UInt8]) {
        if octets.starts(with: [0x1f, 0x8b]) { self = .gzip; return }
        if octets.starts(with: [0x50, 0x4b, 3, 4]) || octets.starts(with: [0x50, 0x4b, 5, 6]) { self = .zip; return }
        // Without marks of the charset, and as if octets of two were one: what matters is ASCII.
        let head = octets.prefix(16_384).filter { $0 != 0 && $0 < 0x80 }, text = head.drop { $0 <= 32 }
        switch text.first {
        case nil: self = .other(octets.isEmpty ? "empty" : "not text")
        case UInt8(ascii: "<"): self = Self.holds(text, "feedback") ? .document(.aggregate) : .other("other XML, or HTML")
        case UInt8(ascii: "{"):
            let isReport = ["organization-name", "report-id", "date-range", "\"policies\""].contains { Self.holds(text, $0) }
            self = isReport ? .document(.tls) : .other("other JSON")
        default: self = .other("something else")
        }
    }

    private static func holds(_ text: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count >= count else { return false }
        return word.withUTF8Buffer { wanted in
            var at = text.startIndex
            while text.endIndex - at >= count {
                var place = 0
                while place < count, unsafe text[at + place] | 0x20 == wanted[place] | 0x20 { place += 1 }
                if place == count { return true }
                at += 1
            }
            return false
        }
    }
}
