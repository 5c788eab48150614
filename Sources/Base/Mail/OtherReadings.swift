/// Where the standards leave no way, readers of mail go different ones. What one of them shows must be seen.
extension MIMEPart {
    /// Whether this is the only way to read the part; true for nearly all parts.
    private var isPlain: Bool {
        repetitions == 1 && stray == nil && contentType.parameters.otherBoundaries.isEmpty && (!hasLongerLines || takesLongerLines)
    }

    private var isMultipart: Bool { contentType.type == "multipart" }

    /// Whether parts may be inside: then they are to be found anew.
    var isOpened: Bool { isMultipart || contentType.isMessage }

    /// What the part is to a reader to which another one of several fields or boundaries counts, to one to which every line that begins
    /// with the boundary is a delimiter, and to one to which the body begins at a line of the header that is no field.
    /// - Parameter left: how many ways may still be looked at, 0 or more; where there are more, ``MessageLimits/otherReadings`` is met.
    /// - Returns: each with the index of this part, its parts not found yet; empty for nearly all parts.
    func otherReadings(left: inout Int, limits: MessageLimits, log: inout DefectLog) -> [MIMEPart] {
        if isPlain { return [] }
        var readings: [MIMEPart] = []
        /// Whether one more way may be looked at.
        func mayLook() -> Bool {
            if left <= 0 { log.met(.otherReadings); return false }
            left -= 1
            return true
        }
        func addBoundaries(of part: MIMEPart) {
            guard part.isMultipart else { return }
            for boundary in part.contentType.parameters.otherBoundaries {
                guard mayLook() else { return }
                readings.append(part.reading(boundary: boundary))
            }
        }
        if hasLongerLines, !takesLongerLines, mayLook() {
            var reading = reading(boundary: nil)
            reading.takesLongerLines = true
            readings.append(reading)
        }
        addBoundaries(of: self)
        for choice in 0..<(repetitions > 1 ? repetitions : 0) {
            guard mayLook() else { break }
            let reading = reading(PartHeader(header, digest: isInDigest, choice: choice, limits: limits, log: &log), from: bodyRange.lowerBound)
            if isSame(reading) { continue }
            readings.append(reading.reading(boundary: nil))
            addBoundaries(of: reading)
        }
        if let stray, mayLook() {
            let before = HeaderSection(fields: Array(header.fields.prefix(stray.fields)), range: header.range)
            let reading = reading(PartHeader(before, digest: isInDigest, choice: 0, limits: limits, log: &log), from: stray.at)
            readings.append(reading.reading(boundary: nil))
            addBoundaries(of: reading)
        }
        return readings
    }

    /// Whether nothing else can come of that reading, which has the same body.
    private func isSame(_ other: MIMEPart) -> Bool {
        if isContainer, isMultipart, other.isMultipart {
            return contentType.parameters.boundary == other.contentType.parameters.boundary
                && contentType.parameters["boundary"] == other.contentType.parameters["boundary"]
                && contentType.parameters.otherBoundaries == other.contentType.parameters.otherBoundaries
                && (contentType.subtype == "digest") == (other.contentType.subtype == "digest")
        }
        return contentType == other.contentType && transferEncoding == other.transferEncoding && disposition == other.disposition
    }

    private func reading(_ facts: PartHeader, from start: Int) -> MIMEPart {
        MIMEPart(source: source, index: index, parent: parent, depth: depth, path: path, header: header, contentType: facts.contentType,
                 isTypeDeclared: facts.isTypeDeclared, disposition: facts.disposition, transferEncoding: facts.transferEncoding,
                 fileName: facts.fileName, isInMessage: isInMessage, headerRange: headerRange,
                 bodyRange: start..<max(start, bodyRange.upperBound), isInDigest: isInDigest, isFurther: isFurther)
    }

    /// The part by itself, without the other ways to read it.
    /// - Parameter boundary: the one that counts; nil for its own.
    private func reading(boundary: [UInt8]?) -> MIMEPart {
        var part = self
        part.children = []
        part.repetitions = 1
        part.stray = nil
        part.hasLongerLines = false
        part.contentType.parameters.otherBoundaries = []
        if let boundary { part.contentType.parameters.boundary = boundary }
        return part
    }
}

/// The readings of a message's parts that wait for their turn: those of a part before those of what is found inside them.
/// Limits: ``MessageLimits/otherReadings``, ``MessageLimits/otherReadingOctets``, ``MessageLimits/otherReadingTimes``.
struct OtherReadings {
    private let limits: MessageLimits
    private let looksFurther: Bool
    private var waiting: [(part: MIMEPart, isCounted: Bool)] = [], left: Int, octetsLeft: Int

    /// - Parameters:
    ///   - size: octets of the message.
    ///   - looksFurther: those of ``MIMEPart/furtherReadings(mayBeFaulty:limits:mayLook:)`` are among them.
    init(limits: MessageLimits, size: Int, looksFurther: Bool = false) {
        self.limits = limits
        self.looksFurther = looksFurther
        left = limits.otherReadings
        octetsLeft = min(limits.otherReadingOctets, size.multipliedReportingOverflow(by: max(limits.otherReadingTimes, 0)).partialValue &+ 65_536)
    }

    /// - Parameter mayBeFaulty: something may be wrong with the encoding of one of the parts.
    mutating func add(of parts: [MIMEPart], mayBeFaulty: Bool = true, log: inout DefectLog) {
        for part in parts {
            waiting += part.otherReadings(left: &left, limits: limits, log: &log).map { ($0, false) }
            if looksFurther { waiting += part.furtherReadings(mayBeFaulty: mayBeFaulty, limits: limits) { mayLook($0, &log) }.map { ($0, true) } }
        }
    }

    private mutating func mayLook(_ octets: Int, _ log: inout DefectLog) -> Bool {
        if left <= 0 { log.met(.otherReadings); return false }
        if octets > octetsLeft { log.met(.otherReadingOctets); return false }
        left -= 1
        octetsLeft -= octets
        return true
    }

    /// Reads the bodies of all of them, and of those that are found inside.
    /// - Parameter structure: finds the parts; what it counts goes on.
    mutating func read(_ structure: inout PartReader, _ content: inout some LeafReader, log: inout DefectLog) {
        var next = 0
        while next < waiting.count {
            let (reading, isCounted) = waiting[next]
            next += 1
            if !isCounted {
                if reading.bodyRange.count > octetsLeft { log.met(.otherReadingOctets); continue }
                octetsLeft -= reading.bodyRange.count
            }
            var parts = reading.isOpened ? structure.read(again: reading, log: &log) : [reading]
            if reading.isFurther {
                for place in parts.indices { (parts[place].path, parts[place].isFurther) = (reading.path, true) }
            }
            for part in parts where !part.isContainer { content.read(part, isOther: true, log: &log) }
            add(of: parts, log: &log)
        }
    }
}
