/// When a domain asks for failure reports.
/// Source: RFC 9989 §4.7 (fo).
package struct DMARCFailureOptions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `1`: any mechanism gave no aligned pass; without it `0`: all of them gave none.
    package static let any = DMARCFailureOptions(rawValue: 1)
    /// `d`: a signature failed, aligned or not.
    package static let dkim = DMARCFailureOptions(rawValue: 2)
    /// `s`: SPF failed, aligned or not.
    package static let spf = DMARCFailureOptions(rawValue: 4)

    /// Reads `0:d:s`.
    /// - Returns: nil for a value that is none of the four, for one that comes twice, and for `0` together with `1`.
    init?(_ value: some Sequence<UInt8>) {
        var options: DMARCFailureOptions = [], seen: Set<UInt8> = [], wantsValue = true
        for octet in value where octet != 32 && octet != 9 {
            if wantsValue {
                let letter = octet | 32
                switch letter {
                case UInt8(ascii: "0"): break
                case UInt8(ascii: "1"): options.insert(.any)
                case UInt8(ascii: "d"): options.insert(.dkim)
                case UInt8(ascii: "s"): options.insert(.spf)
                default: return nil
                }
                guard seen.insert(letter).inserted else { return nil }
            } else if octet != UInt8(ascii: ":") { return nil }
            wantsValue.toggle()
        }
        guard !wantsValue, !(seen.contains(UInt8(ascii: "0")) && seen.contains(UInt8(ascii: "1"))) else { return nil }
        self = options
    }

    /// As it stands in a record.
    package var text: String {
        var text = contains(.any) ? "1" : "0"
        if contains(.dkim) { text += ":d" }
        if contains(.spf) { text += ":s" }
        return text
    }
}
