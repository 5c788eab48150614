internal import Mail

/// The octets of a document as UTF-8, and what must be known before a parser sees them.
/// Source: XML 1.0 §4.3.3 and appendix F, RFC 7303 §3.
struct XMLSource {
    let octets: [UInt8]
    /// Octets that were not of the charset are U+FFFD now.
    let isRepaired: Bool

    init(_ source: [UInt8], limits: XMLLimits) throws(XMLError) {
        if source.count > min(limits.octets, Int(Int32.max) / 3) { throw XMLError(.limit(.octets)) }
        (octets, isRepaired) = try Self.utf8(source)
        try check(limits)
    }

    private static func utf8(_ source: [UInt8]) throws(XMLError) -> ([UInt8], Bool) {
        if source.starts(with: [0xff, 0xfe]) { return try converted(source.dropFirst(2), "utf-16le") }
        if source.starts(with: [0xfe, 0xff]) { return try converted(source.dropFirst(2), "utf-16be") }
        let text = source.starts(with: [0xef, 0xbb, 0xbf]) ? source.dropFirst(3) : source[...]
        // What is written in octets of two can be no declaration that we read as ASCII: such a label is a mistake.
        if let label = declaredCharset(text), !label.lowercased().hasPrefix("utf-16"), !label.lowercased().hasPrefix("ucs-2") { return try converted(text, label) }
        return try converted(text, "utf-8")
    }

    private static func converted(_ text: ArraySlice<UInt8>, _ label: String) throws(XMLError) -> ([UInt8], Bool) {
        let converted = Charset.utf8(text, label: label)
        guard converted.known else { throw XMLError(.charset(String(label.prefix(40))), line: 1) }
        if Charset.isUTF8(converted.octets[...]) { return (converted.octets, converted.damaged) }
        return (Array(String(decoding: converted.octets, as: UTF8.self).utf8), true)
    }

    /// The encoding that the XML declaration names.
    private static func declaredCharset(_ text: ArraySlice<UInt8>) -> String? {
        guard text.starts(with: "<?xml".utf8), let end = text.prefix(256).firstIndex(of: UInt8(ascii: ">")) else { return nil }
        let words = text[..<end].split { $0 <= 32 || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
        guard let place = words.firstIndex(where: { $0.elementsEqual("encoding".utf8) }), place + 1 < words.count, words[place + 1] != [UInt8(ascii: "?")] else { return nil }
        return String(decoding: words[place + 1], as: UTF8.self)
    }

    private static let comment = Array("<!--".utf8), data = Array("<![CDATA[".utf8)

    /// Walks over the mark-up once: a document type is refused before a parser looks into it, and so is a tag with so many attributes
    /// that comparing them would cost more than the document is worth. Whatever else is wrong is the parser's to say: it stops there.
    private func check(_ limits: XMLLimits) throws(XMLError) {
        var at = 0, line = 1
        while at < octets.count {
            let octet = octets[at]
            if octet == 0x0a { line += 1 }
            if octet == 0 { throw XMLError(.malformed("a null character"), line: line) }
            guard octet == UInt8(ascii: "<") else { at += 1; continue }
            let next = at + 1 < octets.count ? octets[at + 1] : 0
            if next == UInt8(ascii: "!") {
                if octets[at...].starts(with: Self.comment) { skip(&at, &line, past: "-->", from: 4) }
                else if octets[at...].starts(with: Self.data) { skip(&at, &line, past: "]]>", from: 9) }
                else { throw XMLError(.documentType, line: line) }
            } else if next == UInt8(ascii: "?") {
                skip(&at, &line, past: "?>", from: 2)
            } else if try skipTag(&at, &line) > limits.attributes {
                throw XMLError(.limit(.attributes), line: line)
            }
        }
    }

    private func skip(_ at: inout Int, _ line: inout Int, past end: StaticString, from: Int) {
        let last = UInt8(ascii: ">"), count = end.utf8CodeUnitCount, first: UInt8 = unsafe end.utf8Start.pointee
        at = min(at + from, octets.count)
        let begin = at
        while at < octets.count {
            let octet = octets[at]
            if octet == 0x0a { line += 1 }
            at += 1
            if octet == last, at - count >= begin, octets[at - 2] == (count == 3 ? first : UInt8(ascii: "?")), octets[at - count] == first { return }
        }
    }

    /// - Returns: equals signs outside of quotes: an attribute has one.
    private func skipTag(_ at: inout Int, _ line: inout Int) throws(XMLError) -> Int {
        var quote: UInt8 = 0, attributes = 0
        at += 1
        while at < octets.count {
            let octet = octets[at]
            at += 1
            if octet == 0x0a { line += 1 }
            if octet == 0 { throw XMLError(.malformed("a null character"), line: line) }
            if quote != 0 {
                if octet == quote { quote = 0 }
            } else if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "'") {
                quote = octet
            } else if octet == UInt8(ascii: "=") {
                attributes += 1
            } else if octet == UInt8(ascii: ">") {
                break
            }
        }
        return attributes
    }
}
