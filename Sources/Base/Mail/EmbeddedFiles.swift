/// Files in the lines of a text: as mail had them before MIME, uuencode in both of its forms, yEnc, BinHex, with words before, between and behind them; and as
/// calendars have them.
/// Source: IEEE Std 1003.1, uuencode; RFC 1741, appendix A (BinHex 4.0); for yEnc its draft of 2002; RFC 5545 §3.8.1.1 (ATTACH).
struct EmbeddedFiles {
    struct File {
        var name: String?
        var octets: [UInt8]
    }

    private let source: [UInt8], end: Int
    private var at: Int
    /// Octets by which files may be larger than their text: BinHex has a form for repeated ones.
    private var room: Int
    /// There was more in a file than that.
    private(set) var isCut = false

    /// - Parameter range: of the text; it begins at a line.
    init(_ source: [UInt8], _ range: Range<Int>) {
        self.source = source
        at = max(range.lowerBound, 0)
        end = min(range.upperBound, source.count)
        room = range.count.multipliedReportingOverflow(by: 8).partialValue &+ 65_536
    }

    /// The next file that is not empty; nil where there is none. All together the calls look at each octet a few times.
    mutating func next() -> File? {
        while at < end {
            let start = at
            if let file = file(), !file.octets.isEmpty { return file }
            if at <= start { at = min(LineEndings.next(source, start) &+ 1, end) }
        }
        return nil
    }

    /// The file whose first line is here; goes behind it.
    private mutating func file() -> File? {
        switch source[at] {
        case 0x62:
            if ASCII.hasPrefix(source[at..<end], "begin-base64 ") { return base64() }
            return UUEncoding.piece(source[..<end], at: &at).map { File(name: $0.fileName, octets: $0.octets) }
        case ASCII.equals where ASCII.hasPrefix(source[at..<end], "=ybegin "): return yEncoded()
        case ASCII.open where ASCII.hasPrefix(source[at..<end], "(this file must be converted with binhex"): return binHexed()
        case 0x41, 0x61: return ASCII.hasPrefix(source[at..<end], "attach") ? attached() : nil
        default: return nil
        }
    }

    /// Goes to the next line.
    private mutating func line() -> ArraySlice<UInt8> {
        let start = at, feed = min(LineEndings.next(source, start), end)
        at = min(feed &+ 1, end)
        return feed > start && source[feed &- 1] == ASCII.cr ? source[start..<(feed &- 1)] : source[start..<feed]
    }

    private static func name(_ octets: ArraySlice<UInt8>) -> String { Charset.headerText(ASCII.trimmed(octets).prefix(1024)) }

    private mutating func base64() -> File {
        let first = line().dropFirst(13), start = at
        var last = at
        while at < end {
            last = at
            if line().starts(with: [ASCII.equals, ASCII.equals, ASCII.equals, ASCII.equals]) { break }
            last = at
        }
        return File(name: first.firstIndex(of: ASCII.space).map { Self.name(first[$0...]) }, octets: Base64.decode(source[start..<last], .whole))
    }

    /// A property of a calendar, folded as RFC 5545 §3.1 has it.
    private mutating func attached() -> File? {
        var property = Array(line()), isQuoted = false
        while at < end, ASCII.isBlank(source[at]) { property += line().dropFirst() }
        guard let colon = property.firstIndex(where: { octet in
            if octet == 34 { isQuoted.toggle() }
            return octet == ASCII.colon && !isQuoted
        }) else { return nil }
        var file = File(name: nil, octets: []), isBase64 = false
        for parameter in property[..<colon].split(separator: ASCII.semicolon) {
            guard let equals = parameter.firstIndex(of: ASCII.equals) else { continue }
            let name = parameter[..<equals], value = parameter[(equals &+ 1)...]
            if ASCII.equal(name, "encoding"), ASCII.equal(ASCII.trimmed(value), "base64") { isBase64 = true }
            if ASCII.equal(name.suffix(8), "filename") { file.name = Self.name(value.filter { $0 != 34 }[...]) }
        }
        if isBase64 { file.octets = Base64.decode(property[(colon &+ 1)...], .whole) }
        return file
    }

    private mutating func yEncoded() -> File {
        let first = line()
        var file = File(name: nil, octets: [])
        var place = first.startIndex
        while place < first.endIndex, !ASCII.hasPrefix(first[place...], " name=") { place &+= 1 }
        if place < first.endIndex { file.name = Self.name(first[place...].dropFirst(6)) }
        while at < end {
            let line = line()
            if line.first == ASCII.equals, ASCII.hasPrefix(line, "=yend") { break }
            if line.first == ASCII.equals, ASCII.hasPrefix(line, "=ypart") { continue }
            var isEscaped = false
            for octet in line {
                if octet == ASCII.equals, !isEscaped { isEscaped = true; continue }
                file.octets.append(octet &- (isEscaped ? 106 : 42))
                isEscaped = false
            }
        }
        return file
    }

    /// The data fork.
    private mutating func binHexed() -> File? {
        _ = line()
        while at < end, source[at] != ASCII.colon {
            if !ASCII.isSpace(source[at]) { return nil }
            at &+= 1
        }
        at = min(at &+ 1, end)
        var unpacked: [UInt8] = [], bits: UInt32 = 0, held: UInt32 = 0, isRun = false
        while at < end, source[at] != ASCII.colon {
            let value = Self.binHexValues[Int(source[at])]
            at &+= 1
            if value > 63 { continue }
            bits = bits << 6 | UInt32(value)
            held &+= 6
            if held < 8 { continue }
            held &-= 8
            let octet = UInt8(truncatingIfNeeded: bits >> held)
            if isRun {
                isRun = false
                if octet == 0 { unpacked.append(0x90) } else if let last = unpacked.last { repeatLast(last, Int(octet) &- 1, &unpacked) }
            } else if octet == 0x90 { isRun = true } else { unpacked.append(octet) }
        }
        at = min(at &+ 1, end)
        guard let length = unpacked.first.map({ Int($0) }), unpacked.count > length &+ 22 else { return nil }
        let size = unpacked[(length &+ 12)..<(length &+ 16)].reduce(0) { $0 << 8 | Int($1) }
        return File(name: Self.name(unpacked[1..<(length &+ 1)]), octets: Array(unpacked[(length &+ 22)...].prefix(size)))
    }

    private mutating func repeatLast(_ octet: UInt8, _ count: Int, _ octets: inout [UInt8]) {
        if count > room { isCut = true; return }
        room &-= count
        for _ in 0..<count { octets.append(octet) }
    }

    private static let binHexValues: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, octet) in "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr".utf8.enumerated() { values[Int(octet)] = UInt8(truncatingIfNeeded: value) }
        return values
    }()
}
