/// Puts texts in place of parts. The changes are gathered part by part, for the message and for each encoded message inside it, and done in one pass over each.
struct PartReplacement {
    let octets: [UInt8]
    let parts: [MIMEPart]
    let limits: MessageLimits

    private struct Change {
        var range: Range<Int>
        var octets: [UInt8]
    }

    /// For whose octets a change is that is for the message itself; else the place of an encoded message.
    private static let message = -1

    func octets(_ notes: [Int: String], droppingStrayText: Bool) -> [UInt8] {
        var holders = [Int](repeating: Self.message, count: parts.count), isGone = [Bool](repeating: false, count: parts.count)
        for place in parts.indices {
            guard let parent = parts[place].parent else { continue }
            holders[place] = isEncodedMessage(parent) ? parent : holders[parent]
            isGone[place] = isGone[parent] || notes[parent] != nil
        }
        var changes: [Int: [Change]] = [:], isChangedInside = [Bool](repeating: false, count: parts.count)
        // From the last part on: what is inside an encoded message is changed before it is encoded.
        for place in parts.indices.reversed() where !isGone[place] {
            let part = parts[place]
            var found: [Change] = []
            if let note = notes[place] {
                found = [change(of: part, note)]
            } else if let inside = changes.removeValue(forKey: place), let child = part.children.first {
                found = [change(ofEncoded: part, Self.done(inside, in: parts[child].source))]
            } else if part.isContainer {
                if droppingStrayText, part.contentType.type == "multipart" { found = StrayText(of: part, parts).ranges.map { Change(range: $0, octets: []) } }
                if isChangedInside[place] || !found.isEmpty { found += separator(of: part) }
            }
            if let parent = part.parent, isChangedInside[place] || !found.isEmpty { isChangedInside[parent] = true }
            if !found.isEmpty { changes[holders[place], default: []] += found }
        }
        return Self.done(changes[Self.message] ?? [], in: octets)
    }

    /// Whether the parts inside are in octets of their own.
    private func isEncodedMessage(_ place: Int) -> Bool {
        parts[place].isContainer && parts[place].contentType.isMessage && !parts[place].transferEncoding.isIdentity
    }

    private static func done(_ changes: [Change], in source: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [], at = 0
        result.reserveCapacity(source.count &+ changes.reduce(0) { $0 &+ $1.octets.count })
        let inOrder = changes.sorted { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        for change in inOrder where change.range.lowerBound >= at {
            result += source[at..<change.range.lowerBound]
            result += change.octets
            at = change.range.upperBound
        }
        result += source[at...]
        return result
    }

    private func change(of part: MIMEPart, _ note: String) -> Change {
        var kept = HeaderLines(source: part.source, range: part.headerRange).withoutContent()
        let lineBreak = lineBreak(of: part, staying: kept.octets), text = NoteText(note, lineBreak: lineBreak)
        Self.close(&kept.octets, lineBreak)
        var fields: [UInt8] = []
        let isMessage = part.parent.map { parts[$0].contentType.isMessage } ?? true
        if isMessage, text.isEncoded, !kept.hasMIMEVersion { fields = Array("MIME-Version: 1.0".utf8) + lineBreak }
        fields += text.fields
        // Where the header is longer than readers read it, only what comes first is seen.
        let isLong = kept.fields &+ 4 > limits.headerFields || kept.octets.count &+ fields.count > limits.headerOctets
        kept.octets.insert(contentsOf: fields, at: isLong ? kept.mbox : kept.octets.count)
        return change(of: part, header: kept.octets, body: text.body, lineBreak)
    }

    private func change(ofEncoded part: MIMEPart, _ inside: [UInt8]) -> Change {
        let lineBreak = lineBreak(of: part, staying: Array(part.headerOctets))
        var header = HeaderLines(source: part.source, range: part.headerRange).encodedAsBase64(part.transferEncoding == .base64, lineBreak: lineBreak)
        Self.close(&header, lineBreak)
        return change(of: part, header: header, body: NoteText.base64(inside, lineBreak: lineBreak), lineBreak)
    }

    /// - Parameters:
    ///   - header: closed lines.
    ///   - body: the last line is not closed: the line break after it belongs to the delimiter, where there is one.
    private func change(of part: MIMEPart, header: [UInt8], body: [UInt8], _ lineBreak: [UInt8]) -> Change {
        var octets = header
        let hasSeparator = part.headerRange.upperBound < part.bodyRange.lowerBound
        octets += hasSeparator ? part.source[part.headerRange.upperBound..<part.bodyRange.lowerBound] : lineBreak[...]
        octets += body
        let end = part.bodyRange.upperBound
        if end >= part.source.count {
            if !body.isEmpty { Self.close(&octets, lineBreak) }
        } else if part.source[end] != ASCII.lf, part.source[end] != ASCII.cr {
            octets += lineBreak   // the delimiter stood right behind the header
        }
        return Change(range: part.headerRange.lowerBound..<max(end, part.headerRange.lowerBound), octets: octets)
    }

    /// The empty line that a container's header lacks, whose body begins with any line: the first empty line inside would end it.
    private func separator(of container: MIMEPart) -> [Change] {
        let start = container.bodyRange.lowerBound
        if container.headerRange.upperBound < start || container.body.starts(with: [ASCII.hyphen, ASCII.hyphen]) { return [] }
        return [Change(range: start..<start, octets: lineBreak(of: container, staying: Array(container.headerOctets)))]
    }

    private static func close(_ octets: inout [UInt8], _ lineBreak: [UInt8]) {
        guard let last = octets.last, last != ASCII.lf else { return }
        if last == ASCII.cr { octets.append(ASCII.lf) } else { octets += lineBreak }
    }

    /// CRLF or LF: as what stays of the part's header has it first, else the line behind that, else the one before, else the first line of all.
    private func lineBreak(of part: MIMEPart, staying header: [UInt8]) -> [UInt8] {
        let source = part.source, start = part.headerRange.lowerBound, feed = LineEndings.next(header, 0)
        if feed < header.count { return Self.lineBreak(header, at: feed) }
        if part.headerRange.upperBound < part.bodyRange.lowerBound { return Self.lineBreak(source, at: part.bodyRange.lowerBound &- 1) }
        return Self.lineBreak(source, at: start > 0 ? start &- 1 : LineEndings.next(source, 0))
    }

    private static func lineBreak(_ octets: [UInt8], at feed: Int) -> [UInt8] {
        guard octets.indices.contains(feed), octets[feed] == ASCII.lf else { return [ASCII.cr, ASCII.lf] }
        return feed > 0 && octets[feed &- 1] == ASCII.cr ? [ASCII.cr, ASCII.lf] : [ASCII.lf]
    }
}
