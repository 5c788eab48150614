/// Files in the lines of a text: as mail had them before MIME, uuencode in both of its forms, yEnc, BinHex, with words before, between and behind them; and as
/// calendars have them.
///
/// A line that begins a file does so wherever it is, and ends the file it is in; that one is then read past it, too.
/// Source: IEEE Std 1003.1, uuencode; RFC 1741, appendix A (BinHex 4.0); for yEnc its draft of 2002; RFC 5545 §3.8.1.1 (ATTACH).
/// Limits: ``FurtherReadingLimits/growth``, ``FurtherReadingLimits/rereading``, ``FurtherReadingLimits/nameOctets``, and those of properties.
struct EmbeddedFiles {
    struct File {
        var name: String?
        var octets: [UInt8]
    }

    private enum Form { case uuencode, base64, yEnc, binHex, calendar }

    /// The lines of a file.
    private struct Piece {
        var form: Form, first: Range<Int>, data: Range<Int>
        var lines = UUEncoding.Lines.sized
    }

    private let source: [UInt8], end: Int, limits: FurtherReadingLimits
    private var at: Int
    /// Octets by which files may be larger than their text, and those that may be read once more.
    private var room: Int, again: Int
    /// What is left to read of the lines before the place.
    private var waiting: [Piece] = []
    /// There was more in a file than that.
    private(set) var isCut = false

    /// - Parameter range: of the text; it begins at a line.
    init(_ source: [UInt8], _ range: Range<Int>, limits: FurtherReadingLimits) {
        self.source = source
        self.limits = limits
        at = max(range.lowerBound, 0)
        end = min(range.upperBound, source.count)
        room = range.count.multipliedReportingOverflow(by: max(limits.growth, 0)).partialValue &+ 4_096
        again = range.count.multipliedReportingOverflow(by: max(limits.rereading, 0)).partialValue
    }

    /// The next file that is not empty; nil where there is none. All together the calls look at each octet a few times.
    /// - Parameters:
    ///   - most: octets of the file that are wanted; where it has more, ``isCut`` is true.
    ///   - begun: lines that may still begin a file; counted down. Where there are more, likewise.
    mutating func next(most: Int, begun: inout Int) -> File? {
        while true {
            if let piece = waiting.popLast() {
                if let file = file(piece, most), !file.octets.isEmpty { return file }
                continue
            }
            guard at < end else { return nil }
            let first = line(at), start = at
            at = first.next
            guard let form = form(start) else { continue }
            if begun <= 0 { (isCut, at) = (true, end); return nil }
            begun &-= 1
            add(form, start..<first.end)
        }
    }

    // MARK: - Lines

    /// Without its line end; and where the next line is.
    private func line(_ start: Int) -> (end: Int, next: Int) {
        let feed = min(LineEndings.next(source, start), end)
        return (feed > start && feed < end && source[feed &- 1] == ASCII.cr ? feed &- 1 : feed, min(feed &+ 1, end))
    }

    /// What begins with the line there; nil where nothing does.
    private func form(_ start: Int) -> Form? {
        switch source[start] {
        case 0x62, 0x42:
            if ASCII.hasPrefix(source[start..<end], "begin-base64 ") { return .base64 }
            guard ASCII.hasPrefix(source[start..<end], "begin ") else { return nil }
            let line = line(start)
            return UUEncoding.begins(source[start..<line.end], source[..<end], next: line.next) ? .uuencode : nil
        case ASCII.equals: return ASCII.hasPrefix(source[start..<end], "=ybegin ") ? .yEnc : nil
        case ASCII.open: return ASCII.hasPrefix(source[start..<end], "(this file must be converted with binhex") ? .binHex : nil
        case 0x41, 0x61: return beginsAttachment(start) ? .calendar : nil
        default: return nil
        }
    }

    /// Whether a property of a calendar has that name, which may be folded.
    private func beginsAttachment(_ start: Int) -> Bool {
        var at = start
        for letter in "attach".utf8 {
            if at < end, source[at] == ASCII.cr { at &+= 1 }
            if at &+ 1 < end, source[at] == ASCII.lf, ASCII.isBlank(source[at &+ 1]) { at &+= 2 }
            guard at < end, ASCII.lower(source[at]) == letter else { return false }
            at &+= 1
        }
        return true
    }

    /// Puts aside what there is to read of the file whose first line was passed; goes behind it.
    private mutating func add(_ form: Form, _ first: Range<Int>) {
        if form == .calendar {
            while at < end, ASCII.isBlank(source[at]) { at = line(at).next }
            waiting = [Piece(form: form, first: first, data: first.lowerBound..<at)]
            return
        }
        let short = extent(form, at, isShort: true, most: end &- at)
        if short.end &- at >= limits.smallestFile { waiting.append(Piece(form: form, first: first, data: at..<short.end)) }
        if short.isShort {
            let whole = extent(form, at, isShort: false, most: again)
            if whole.isCut { (isCut, again) = (true, 0) } else {
                again &-= whole.end &- at
                waiting.insert(Piece(form: form, first: first, data: at..<whole.end), at: 0)
            }
        }
        at = short.next
    }

    /// Where the data ends that begin at the place, and where to go on.
    /// - Parameter isShort: the next file that begins ends them.
    private func extent(_ form: Form, _ start: Int, isShort: Bool, most: Int) -> (end: Int, next: Int, isShort: Bool, isCut: Bool) {
        var at = start, colons = 0
        while at < end {
            if at &- start > most { return (at, at, false, true) }
            if isShort, self.form(at) != nil { return (at, at, true, false) }
            let line = line(at), octets = source[at..<line.end]
            switch form {
            case .uuencode: if ASCII.equal(ASCII.trimmed(octets), "end") { return (at, line.next, false, false) }
            case .base64: if octets.starts(with: "====".utf8) { return (at, line.next, false, false) }
            case .yEnc: if octets.first == ASCII.equals, ASCII.hasPrefix(octets, "=yend") { return (at, line.next, false, false) }
            case .binHex:
                colons &+= octets.count { $0 == ASCII.colon }
                if colons == 0, !octets.allSatisfy(ASCII.isSpace) { return (at, at, false, false) }
                if colons > 1 { return (line.next, line.next, false, false) }
            case .calendar: break
            }
            at = line.next
        }
        return (end, end, false, false)
    }

    // MARK: - Data

    private mutating func file(_ piece: Piece, _ most: Int) -> File? {
        let first = source[piece.first], data = source[piece.data]
        switch piece.form {
        case .uuencode:
            let found = UUEncoding.data(data, piece.lines)
            if found.hasShort, piece.lines == .sized { waiting.append(Piece(form: piece.form, first: piece.first, data: piece.data, lines: .sizedOrShort)) }
            return File(name: UUEncoding.anyName(first), octets: found.octets)
        case .base64: return File(name: first.dropFirst(13).firstIndex(of: ASCII.space).map { name(first[$0...]) }, octets: Base64.decode(data, .whole))
        case .yEnc:
            var place = first.startIndex
            while place < first.endIndex, !ASCII.hasPrefix(first[place...], " name=") { place &+= 1 }
            return File(name: place < first.endIndex ? name(first[place...].dropFirst(6)) : nil, octets: yEncoded(piece.data))
        case .binHex: return binHexed(data, most)
        case .calendar: return attached(piece.data)
        }
    }

    private func name(_ octets: ArraySlice<UInt8>) -> String { Charset.headerText(ASCII.trimmed(octets).prefix(limits.nameOctets)) }

    /// A property of a calendar, folded as RFC 5545 §3.1 has it.
    private func attached(_ range: Range<Int>) -> File? {
        var property: [UInt8] = [], at = range.lowerBound
        while at < range.upperBound {
            let line = line(at)
            property += source[(at > range.lowerBound ? at &+ 1 : at)..<max(line.end, at &+ 1)]
            at = line.next
        }
        var file = File(name: nil, octets: []), isBase64 = false, isQuoted = false, place = 6, parameters = 0, start = 6
        while place < property.count, place < limits.propertyOctets, parameters <= limits.propertyParameters {
            let octet = property[place]
            if octet == ASCII.quote { isQuoted.toggle() }
            if !isQuoted, octet == ASCII.semicolon || octet == ASCII.colon {
                read(property[start..<place], &file, &isBase64)
                parameters &+= 1
                start = place &+ 1
                if octet == ASCII.colon { break }
            }
            place &+= 1
        }
        guard place < property.count, property[place] == ASCII.colon else { return nil }
        var value = property[(place &+ 1)...]
        if ASCII.hasPrefix(value, "data:"), let comma = value.firstIndex(of: ASCII.comma), comma &- place < limits.propertyOctets {
            if ASCII.equal(value[..<comma].suffix(7), ";base64") { isBase64 = true }
            value = value[(comma &+ 1)...]
        }
        if isBase64 { file.octets = Base64.decode(value, .whole) }
        return file
    }

    private func read(_ parameter: ArraySlice<UInt8>, _ file: inout File, _ isBase64: inout Bool) {
        guard let equals = parameter.firstIndex(of: ASCII.equals) else { return }
        let name = ASCII.trimmed(parameter[..<equals]), value = parameter[(equals &+ 1)...].filter { $0 != ASCII.quote }[...]
        if ASCII.equal(name, "encoding"), ASCII.equal(ASCII.trimmed(value), "base64") { isBase64 = true }
        if ASCII.equal(name.suffix(8), "filename") { file.name = self.name(value) }
    }

    private func yEncoded(_ range: Range<Int>) -> [UInt8] {
        var octets: [UInt8] = [], at = range.lowerBound
        octets.reserveCapacity(range.count)
        while at < range.upperBound {
            let line = line(at), text = source[at..<line.end]
            at = line.next
            if text.first == ASCII.equals, ASCII.hasPrefix(text, "=ypart") { continue }
            var isEscaped = false
            for octet in text {
                if octet == ASCII.equals, !isEscaped { isEscaped = true; continue }
                octets.append(octet &- (isEscaped ? 106 : 42))
                isEscaped = false
            }
        }
        return octets
    }

    /// The data fork.
    private mutating func binHexed(_ text: ArraySlice<UInt8>, _ most: Int) -> File? {
        guard let colon = text.firstIndex(of: ASCII.colon) else { return nil }
        var unpacked: [UInt8] = [], bits: UInt32 = 0, held: UInt32 = 0, isRun = false
        let most = min(most, Int.max &- 512) &+ 512   // the header is none of the file
        for letter in text[(colon &+ 1)...] {
            if letter == ASCII.colon { break }
            if unpacked.count > most { isCut = true; break }
            let value = Self.binHexValues[Int(letter)]
            if value > 63 { continue }
            bits = bits << 6 | UInt32(value)
            held &+= 6
            if held < 8 { continue }
            held &-= 8
            let octet = UInt8(truncatingIfNeeded: bits >> held)
            if isRun {
                isRun = false
                if octet == 0 { unpacked.append(0x90); continue }
                let count = Int(octet) &- 1
                guard count <= room, let last = unpacked.last else { isCut = isCut || !unpacked.isEmpty; break }
                room &-= count
                unpacked.append(contentsOf: repeatElement(last, count: count))
            } else if octet == 0x90 { isRun = true } else { unpacked.append(octet) }
        }
        guard let length = unpacked.first.map({ Int($0) }), unpacked.count > length &+ 22 else { return nil }
        let size = unpacked[(length &+ 12)..<(length &+ 16)].reduce(0) { $0 << 8 | Int($1) }, name = name(unpacked[1..<(length &+ 1)])
        unpacked.removeSubrange(..<(length &+ 22))
        unpacked.removeLast(max(unpacked.count &- size, 0))
        return File(name: name, octets: unpacked)
    }

    private static let binHexValues: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, octet) in "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr".utf8.enumerated() { values[Int(octet)] = UInt8(truncatingIfNeeded: value) }
        return values
    }()
}

extension EmbeddedFiles {
    /// Whether a file may begin where a CR alone ends a line, or its first line ends with one.
    static func mayBeginAtBareCR(_ octets: [UInt8]) -> Bool {
        guard LineEndings.hasBareCR(octets[...]) else { return false }
        var at = 0, mayBegin = false, hasBareCR = false
        while at < octets.count {
            mayBegin = mayBegin || ASCII.hasPrefix(octets[at...], "begin") || ASCII.hasPrefix(octets[at...], "=ybegin ")
                || ASCII.hasPrefix(octets[at...], "(this file must") || ASCII.hasPrefix(octets[at...], "att")
            let end = LineEndings.end(octets, at)
            guard end < octets.count else { break }
            let isCRLF = octets[end] == ASCII.cr && end &+ 1 < octets.count && octets[end &+ 1] == ASCII.lf
            if octets[end] == ASCII.cr, !isCRLF { hasBareCR = true }
            if mayBegin && hasBareCR { return true }
            at = end &+ (isCRLF ? 2 : 1)
        }
        return false
    }
}
