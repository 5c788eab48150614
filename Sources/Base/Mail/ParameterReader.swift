/// Reads `word; name=value; name*0*=…` with tolerance: comments, blanks around `=`, values with blanks and without quotes,
/// missing semicolons after quoted values, a quote that never ends.
/// Limits: ``MessageLimits/parameters``, ``MessageLimits/continuations``.
struct ParameterReader {
    let text: ArraySlice<UInt8>
    let limits: MessageLimits
    private var at: Int

    private struct Piece {
        var name: [UInt8]
        var segment: Int?
        var isExtended: Bool
        var value: [UInt8]
    }

    init(text: ArraySlice<UInt8>, limits: MessageLimits) {
        self.text = text
        self.limits = limits
        self.at = text.startIndex
    }

    /// What stands before the first semicolon, without comments.
    mutating func leadingWord() -> [UInt8] {
        var word: [UInt8] = []
        while at < text.endIndex, text[at] != ASCII.semicolon {
            if text[at] == ASCII.open { skipComment(); continue }
            // `text/plain charset=x`: a semicolon was forgotten.
            if text[at] == ASCII.equals, let blank = word.lastIndex(where: ASCII.isSpace), word[..<blank].contains(ASCII.slash) {
                at &-= word.count &- blank &- 1
                word.removeLast(word.count &- blank)
                return word
            }
            word.append(text[at])
            at &+= 1
        }
        return word
    }

    mutating func parameters(log: inout DefectLog) -> Parameters {
        var pieces: [Piece] = []
        while let piece = next() {
            if pieces.count >= limits.parameters + limits.continuations { log.met(.parameters); break }
            pieces.append(piece)
        }
        return join(pieces, log: &log)
    }

    private mutating func next() -> Piece? {
        while at < text.endIndex {
            skipBlanks()
            if at < text.endIndex, text[at] == ASCII.semicolon { at &+= 1; continue }
            let start = at
            while at < text.endIndex, text[at] != ASCII.equals, text[at] != ASCII.semicolon, !ASCII.isSpace(text[at]) { at &+= 1 }
            let name = text[start..<at]
            skipBlanks()
            guard at < text.endIndex, text[at] == ASCII.equals else {
                if at == start { at = min(at &+ 1, text.endIndex) }
                continue
            }
            at &+= 1
            skipBlanks()
            let value = value()
            if name.isEmpty { continue }
            return piece(name, value)
        }
        return nil
    }

    private mutating func value() -> [UInt8] {
        guard at < text.endIndex else { return [] }
        var value: [UInt8] = []
        if text[at] == ASCII.quote {
            at &+= 1
            while at < text.endIndex, text[at] != ASCII.quote {
                // A backslash before a letter is a path of Windows, not a quoted pair.
                if text[at] == ASCII.backslash, at &+ 1 < text.endIndex, text[at &+ 1] == ASCII.quote || text[at &+ 1] == ASCII.backslash { at &+= 1 }
                value.append(text[at])
                at &+= 1
            }
            at = min(at &+ 1, text.endIndex)
            return value
        }
        while at < text.endIndex, text[at] != ASCII.semicolon {
            if text[at] == ASCII.open, value.last.map(ASCII.isSpace) ?? true { skipComment(); continue }
            value.append(text[at])
            at &+= 1
        }
        return Array(ASCII.trimmed(value[...]))
    }

    /// `name*3*` is the segment 3 of `name`, percent-encoded (RFC 2231 §4.1).
    private func piece(_ name: ArraySlice<UInt8>, _ value: [UInt8]) -> Piece {
        var rest = name, extended = false, segment: Int? = nil
        if rest.last == 42 { extended = true; rest = rest.dropLast() }
        if let star = rest.lastIndex(of: 42), let number = ASCII.number(rest[(star + 1)...]) {
            segment = number
            rest = rest[..<star]
        }
        return Piece(name: ASCII.lowercased(rest), segment: segment, isExtended: extended, value: value)
    }

    private func join(_ pieces: [Piece], log: inout DefectLog) -> Parameters {
        var names: [[UInt8]] = [], groups: [[Piece]] = []
        for piece in pieces {
            if let place = names.firstIndex(of: piece.name) { groups[place].append(piece) } else {
                if names.count >= limits.parameters { log.met(.parameters); break }
                names.append(piece.name)
                groups.append([piece])
            }
        }
        var result = Parameters()
        for (name, group) in zip(names, groups) {
            if ASCII.equal(name[...], "boundary") { addBoundary(group, to: &result, log: &log); continue }
            result.pairs.append(.init(name: ASCII.text(name[...]), value: value(group, log: &log)))
        }
        return result
    }

    /// A boundary is octets, compared and never shown: `=?` in it is no encoded word. The first one counts; one in segments is one.
    private func addBoundary(_ group: [Piece], to result: inout Parameters, log: inout DefectLog) {
        let plain = group.filter { $0.segment == nil && !$0.isExtended }.map(\.value)
        let pieces = group.filter { $0.segment != nil || $0.isExtended }
        let joined = pieces.isEmpty ? nil : value(pieces, log: &log)
        let isPlain = group.first.map { $0.segment == nil && !$0.isExtended } ?? false
        if isPlain { result.boundary = plain.first }
        result.pairs.append(.init(name: "boundary", value: isPlain ? Charset.headerText((plain.first ?? [])[...]) : joined ?? ""))
        let all = isPlain ? plain + [Array((joined ?? "").utf8)] : [Array((joined ?? "").utf8)] + plain
        for boundary in all.dropFirst() where !boundary.isEmpty && boundary != all.first && !result.otherBoundaries.contains(boundary) {
            result.otherBoundaries.append(boundary)
        }
        if plain.count > 1 || !plain.isEmpty && !pieces.isEmpty { log.note(.duplicateParameter, "boundary") }
    }

    private func value(_ group: [Piece], log: inout DefectLog) -> String {
        // RFC 2231 beats the plain form, which is there for old readers.
        if let whole = group.first(where: { $0.segment == nil && $0.isExtended }) { return extended([whole], log: &log) }
        let segments = group.filter { $0.segment != nil }
        if !segments.isEmpty {
            if segments.count > limits.continuations { log.met(.continuations) }
            return extended(segments.prefix(limits.continuations).sorted { ($0.segment ?? 0) < ($1.segment ?? 0) }, log: &log)
        }
        if group.count > 1 { log.note(.duplicateParameter, ASCII.text(group[0].name[...])) }
        guard let first = group.first else { return "" }
        return EncodedWords.decode(first.value[...], limit: limits.encodedWords, log: &log)
    }

    private func extended(_ segments: [Piece], log: inout DefectLog) -> String {
        var octets: [UInt8] = [], charset: String? = nil, plain = true
        for (place, piece) in segments.enumerated() {
            guard piece.isExtended else { octets += piece.value; continue }
            var value = piece.value[...]
            if place == 0, let first = value.firstIndex(of: 39), let second = value[(first + 1)...].firstIndex(of: 39) {
                charset = ASCII.text(value[..<first])
                value = value[(second + 1)...]
            }
            plain = false
            octets += Percent.decode(value)
        }
        if plain { return EncodedWords.decode(octets[...], limit: limits.encodedWords, log: &log) }
        let converted = Charset.utf8(octets[...], label: charset)
        if !converted.known { log.note(.unknownCharset, charset) }
        return ASCII.text(converted.octets[...])
    }

    private mutating func skipBlanks() {
        while at < text.endIndex {
            if ASCII.isSpace(text[at]) { at &+= 1 } else if text[at] == ASCII.open { skipComment() } else { return }
        }
    }

    private mutating func skipComment() {
        var depth = 0
        while at < text.endIndex {
            let octet = text[at]
            at &+= 1
            if octet == ASCII.backslash { at = min(at &+ 1, text.endIndex) }
            if octet == ASCII.open { depth &+= 1 }
            if octet == ASCII.close { depth &-= 1; if depth == 0 { return } }
        }
    }
}

/// `%41` and its like.
/// Source: RFC 3986 §2.1.
enum Percent {
    static func decode(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = [], at = octets.startIndex
        result.reserveCapacity(octets.count)
        while at < octets.endIndex {
            if octets[at] == ASCII.percent, at &+ 2 < octets.endIndex, let high = ASCII.hex(octets[at &+ 1]), let low = ASCII.hex(octets[at &+ 2]) {
                result.append(high << 4 | low)
                at &+= 3
            } else {
                result.append(octets[at])
                at &+= 1
            }
        }
        return result
    }
}
