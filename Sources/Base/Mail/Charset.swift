internal import CLinux

/// Text of any charset to UTF-8.
/// Source: RFC 2045 §5.1, RFC 2978; labels as the WHATWG Encoding Standard §4.2 groups them.
///
/// Only charsets of the table below reach iconv: its converters for rare charsets have had memory faults (CVE-2024-2961), and a
/// sender must not choose which code of the C library runs.
package enum Charset {
    package struct Converted {
        /// UTF-8, not always well formed where the source claimed to be UTF-8.
        package var octets: [UInt8]
        /// The charset was known.
        package var known = true
        /// Some octets were not of the charset.
        package var damaged = false
    }

    /// Octets of the charset `label` as UTF-8; without label, or with an unknown one, UTF-8 where they are that, else windows-1252.
    package static func utf8(_ octets: ArraySlice<UInt8>, label: String?) -> Converted {
        guard let label, !label.isEmpty else { return guess(octets, known: true) }
        guard let name = names[normal(label)] else { return guess(octets, known: false) }
        switch name {
        case "UTF-8":
            var text = octets
            if text.starts(with: [0xef, 0xbb, 0xbf]) { text = text.dropFirst(3) }
            return Converted(octets: Array(text), damaged: !isUTF8(text))
        case "US-ASCII":
            return guess(octets, known: true)
        default:
            guard isASCIISuperset(name), isASCII(octets) else { return convert(octets, from: name) }
            return Converted(octets: Array(octets))
        }
    }

    /// A header's octets: UTF-8 where they are that, else windows-1252.
    static func headerText(_ octets: ArraySlice<UInt8>) -> String {
        if isASCII(octets) || isUTF8(octets) { return ASCII.text(octets) }
        return ASCII.text(convert(octets, from: "WINDOWS-1252").octets[...])
    }

    static func isKnown(_ label: String) -> Bool { names[normal(label)] != nil }

    static func isASCII(_ octets: ArraySlice<UInt8>) -> Bool {
        var all: UInt8 = 0
        for octet in octets { all |= octet }
        return all < 128
    }

    /// Whether the octets are well formed UTF-8 (RFC 3629 §4).
    package static func isUTF8(_ octets: ArraySlice<UInt8>) -> Bool {
        if isASCII(octets) { return true }   // many octets a step
        var at = octets.startIndex
        let end = octets.endIndex
        while at < end {
            let first = octets[at]
            at &+= 1
            if first < 0x80 { continue }
            guard first >= 0xc2, first <= 0xf4 else { return false }
            let more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
            guard end &- at >= more else { return false }
            let second = octets[at]
            let low: UInt8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80
            let high: UInt8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf
            guard second >= low, second <= high else { return false }
            for place in 1..<max(more, 1) where octets[at &+ place] & 0xc0 != 0x80 { return false }
            at &+= more
        }
        return true
    }

    private static func guess(_ octets: ArraySlice<UInt8>, known: Bool) -> Converted {
        if isASCII(octets) { return Converted(octets: Array(octets), known: known) }
        if isUTF8(octets) { return Converted(octets: Array(octets), known: known, damaged: known) }
        var converted = convert(octets, from: "WINDOWS-1252")
        converted.known = known
        converted.damaged = known
        return converted
    }

    private static func convert(_ octets: ArraySlice<UInt8>, from name: String) -> Converted {
        var damaged = 0, written = 0
        // No charset of the table makes more than three octets of one.
        let room = octets.count.multipliedReportingOverflow(by: 3).partialValue &+ 16
        let result = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            unsafe octets.withUnsafeBufferPointer { input in
                written = unsafe system_to_utf8(name, input.baseAddress, input.count, buffer.baseAddress, room, &damaged)
            }
            count = max(written, 0)
        }
        if written < 0 { return Converted(octets: Array(octets), known: false) }
        return Converted(octets: result, damaged: damaged > 0)
    }

    private static func isASCIISuperset(_ name: String) -> Bool {
        !(name.hasPrefix("UTF") || name.hasPrefix("ISO-2022") || name == "HZ")
    }

    private static func normal(_ label: String) -> String {
        var result: [UInt8] = []
        for octet in label.utf8.prefix(40) where octet > 32 && octet != ASCII.quote && octet != 39 {
            result.append(octet == 95 ? ASCII.hyphen : ASCII.lower(octet))
        }
        return ASCII.text(result[...])
    }

    private static let names: [String: String] = {
        var names: [String: String] = [:]
        for (name, labels) in CharsetLabels.table {
            for label in labels.split(separator: " ") { names[String(label)] = name }
        }
        return names
    }()
}
