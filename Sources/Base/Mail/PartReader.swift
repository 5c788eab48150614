/// Finds the parts of a message in one pass over its lines, without recursion; those of another reading of one part in another pass.
/// Source: RFC 2046 §5.1 (multipart), §5.2.1 (message/rfc822).
/// Limits: ``MessageLimits/parts``, ``MessageLimits/nesting``, ``MessageLimits/nestedMessages``, ``MessageLimits/boundaryOctets``.
struct PartReader {
    let limits: MessageLimits
    /// What the pass has found.
    private var parts: [MIMEPart] = []
    private var partsLeft: Int, messages = 0, decodedOctets = 0, fieldsLeft: Int
    /// Messages that are encoded, to be decoded and read after the pass.
    private var encoded: [Int] = []

    private struct Frame {
        var part: Int
        /// Its place in the boundary stack; nil for what is not an open multipart.
        var entry: Int?
        var hasDelimiter = false
    }

    init(limits: MessageLimits) {
        self.limits = limits
        self.fieldsLeft = limits.allHeaderFields
        self.partsLeft = limits.parts
    }

    /// Reads the message and every message inside it.
    /// - Returns: the parts in document order; one at least.
    mutating func read(_ message: [UInt8], log: inout DefectLog) -> [MIMEPart] {
        parts = []
        read(message, parent: nil, isInMessage: true, log: &log)
        readEncoded(&log)
        return parts
    }

    /// Finds the parts inside a part that is read in another way.
    /// - Returns: the part and those, in order, with the index of the part; not more than the limits leave.
    mutating func read(again part: MIMEPart, log: inout DefectLog) -> [MIMEPart] {
        let isLast = part.bodyRange.upperBound == part.source.count
        let source = isLast ? part.source : Array(part.body)
        parts = [part]
        if !isLast { parts[0] = part.moved(to: source) }
        parts[0].index = 0
        read(source, from: parts[0].bodyRange.lowerBound, parent: nil, isInMessage: part.isInMessage && isLast, log: &log)
        readEncoded(&log)
        for place in parts.indices { parts[place].index = part.index }
        return parts
    }

    /// Reads the messages that were put aside.
    private mutating func readEncoded(_ log: inout DefectLog) {
        var next = 0, appended = false
        while next < encoded.count {
            let place = encoded[next]
            next += 1
            let size = parts[place].bodyRange.count
            if messages >= limits.nestedMessages { log.met(.nestedMessages); break }
            if decodedOctets + size > limits.decodedOctets { log.met(.decodedOctets); break }
            messages += 1
            let inner = parts[place].transferEncoding.decode(parts[place].body, log: &log)
            decodedOctets += inner.count
            if inner.isEmpty || partsLeft <= 0 { continue }
            if !HeaderReader(source: inner, limits: limits, fieldsLeft: 0).beginsHeader(0) { log.note(.headerWithoutSeparator); continue }
            read(inner, parent: place, isInMessage: false, log: &log)
            appended = true
        }
        encoded = []
        if appended { sort() }
    }

    /// - Parameters:
    ///   - first: the part that holds what is read; nil for the first part, which begins with its header where there is none yet.
    ///   - start: where the first octet is that has to be read.
    private mutating func read(_ source: [UInt8], from start: Int = 0, parent first: Int?, isInMessage: Bool, log: inout DefectLog) {
        var frames: [Frame] = [], stack = BoundaryStack(source, from: start, limits: limits), at = 0, parent = first
        var headers = HeaderReader(source: source, limits: limits, fieldsLeft: fieldsLeft)
        var isBegun = first == nil && !parts.isEmpty
        entities: while true {
            let place: Int
            if isBegun {
                place = 0
                at = parts[0].bodyRange.lowerBound
                isBegun = false
            } else {
                guard partsLeft > 0 else { log.met(.parts); break }
                let header = headers.read(from: at, boundaries: stack, log: &log)
                place = append(source, header, parent, isInMessage, &log)
                at = header.bodyStart
            }
            frames.append(Frame(part: place))
            if opensMessage(place, log: &log) {
                if at < source.count, stack.match(lineAt: at) == nil {
                    if headers.beginsHeader(at) { parent = place; continue entities }
                    log.note(.headerWithoutSeparator)
                }
            } else if let boundary = opensMultipart(place, log: &log) {
                frames[frames.count - 1].entry = stack.entries.count
                stack.push(frame: frames.count - 1, boundary: boundary, takesLongerLines: parts[place].takesLongerLines)
            }
            while true {
                guard let found = nextDelimiter(source, at, stack) else { break entities }
                let frame = stack.entries[found.match.entry].frame
                close(&frames, &stack, downTo: frame, at: found.lineStart, source, log: &log)
                if found.match.isWhole {
                    frames[frame].hasDelimiter = true
                    if !found.match.isLast { stack.entries[found.match.entry].isSeen = true }
                }
                at = found.next
                if at == source.count, !found.match.isLast { continue }   // it begins nothing that could be shown
                if found.match.isLast { stack.entries[found.match.entry].closed = true; continue }
                if stack.entries[found.match.entry].closed { log.note(.partAfterEnd) }
                parent = frames[frame].part
                continue entities
            }
        }
        close(&frames, &stack, downTo: -1, at: source.count, source, log: &log)
        if stack.isFull { log.met(.delimiterLines) }
        fieldsLeft = headers.fieldsLeft
    }

    private mutating func append(_ source: [UInt8], _ read: HeaderReader.Result, _ parent: Int?, _ isInMessage: Bool, _ log: inout DefectLog) -> Int {
        let place = parts.count
        partsLeft -= 1
        var path = "1", depth = 0, digest = false
        if let parent {
            parts[parent].children.append(place)
            path = "\(parts[parent].path).\(parts[parent].children.count)"
            depth = parts[parent].depth + 1
            digest = parts[parent].contentType.type == "multipart" && parts[parent].contentType.subtype == "digest"
        }
        let facts = PartHeader(read.section, digest: digest, limits: limits, log: &log)
        if facts.repetitions > 1, parent != nil { log.note(.duplicateHeader) }
        parts.append(MIMEPart(
            source: source, index: place, parent: parent, depth: depth, path: path, header: read.section, contentType: facts.contentType,
            isTypeDeclared: facts.isTypeDeclared, disposition: facts.disposition, transferEncoding: facts.transferEncoding,
            fileName: facts.fileName, isInMessage: isInMessage, headerRange: read.section.range, bodyRange: read.bodyStart..<source.count,
            isInDigest: digest, repetitions: facts.repetitions, stray: read.stray))
        return place
    }

    /// Whether the part is a message to be read in place; an encoded one is put aside.
    private mutating func opensMessage(_ place: Int, log: inout DefectLog) -> Bool {
        guard parts[place].contentType.isMessage, mayNest(place, &log) else { return false }
        if !parts[place].transferEncoding.isIdentity {
            log.note(.encodedContainer, parts[place].transferEncoding.rawValue)
            encoded.append(place)
            return false
        }
        if messages >= limits.nestedMessages { log.met(.nestedMessages); return false }
        messages += 1
        return true
    }

    private func opensMultipart(_ place: Int, log: inout DefectLog) -> [UInt8]? {
        guard parts[place].contentType.type == "multipart" else { return nil }
        if !parts[place].transferEncoding.isIdentity { log.note(.encodedContainer, parts[place].transferEncoding.rawValue) }
        let parameters = parts[place].contentType.parameters
        let boundary = parameters.boundary ?? Array((parameters["boundary"] ?? "").utf8)
        guard !boundary.isEmpty else {
            log.note(.boundaryMissing)
            return nil
        }
        guard mayNest(place, &log) else { return nil }
        if boundary.count > limits.boundaryOctets { log.met(.boundaryOctets); return nil }
        return boundary
    }

    private func mayNest(_ place: Int, _ log: inout DefectLog) -> Bool {
        guard parts[place].depth >= limits.nesting else { return true }
        log.note(.nestingTooDeep)
        log.met(.nesting)
        return false
    }

    private func nextDelimiter(_ source: [UInt8], _ start: Int, _ stack: BoundaryStack) -> (match: BoundaryStack.Match, lineStart: Int, next: Int)? {
        guard !stack.entries.isEmpty else { return nil }
        let end = source.count
        var at = start
        while at < end {
            if source[at] == ASCII.hyphen, let match = stack.match(lineAt: at) {
                return (match, at, min(LineEndings.next(source, at) &+ 1, end))
            }
            at = LineEndings.next(source, at) &+ 1
        }
        return nil
    }

    /// Ends every part that lies above `frame`: the line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
    private mutating func close(_ frames: inout [Frame], _ stack: inout BoundaryStack, downTo frame: Int, at lineStart: Int,
                                _ source: [UInt8], log: inout DefectLog) {
        var end = lineStart
        if frame >= 0, end > 0, source[end - 1] == ASCII.lf {
            end -= 1
            if end > 0, source[end - 1] == ASCII.cr { end -= 1 }
        }
        while frames.count > frame + 1, let last = frames.popLast() {
            let start = parts[last.part].bodyRange.lowerBound
            parts[last.part].bodyRange = start..<max(start, end)
            guard let entry = last.entry else { continue }
            if !last.hasDelimiter { log.note(.boundaryMissing) } else if !stack.entries[entry].closed { log.note(.boundaryUnclosed) }
            if stack.hasLongerLines(entry) {
                log.note(.ambiguousDelimiter, ASCII.text(stack.entries[entry].boundary.prefix(80)))
                parts[last.part].hasLongerLines = true
            }
            stack.pop(to: entry)
        }
    }

    /// Puts the parts of encoded messages behind the part that holds them.
    private mutating func sort() {
        var order: [Int] = [], open = [0]
        while let place = open.popLast() {
            order.append(place)
            open += parts[place].children.reversed()
        }
        var new = [Int](repeating: 0, count: parts.count)
        for (place, old) in order.enumerated() { new[old] = place }
        parts = order.map { old in
            var part = parts[old]
            part.index = new[old]
            part.parent = part.parent.map { new[$0] }
            part.children = part.children.map { new[$0] }
            return part
        }
    }
}
