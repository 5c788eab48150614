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
                 bodyRange: start..<max(start, bodyRange.upperBound), isInDigest: isInDigest, isFurther: isFurther, passesStray: passesStray)
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

/// The readings of a message's parts that wait for their turn: those of a part before those of what is found inside them. Those of who looks further come behind all
/// others and are counted by themselves; the first files of every text come before more of one.
/// Limits: ``MessageLimits/otherReadings``, ``MessageLimits/otherReadingOctets``, ``MessageLimits/otherReadingTimes``, ``FurtherReadingLimits/readings``.
struct OtherReadings {
    private let limits: MessageLimits
    private let looksFurther: Bool
    private var waiting: [MIMEPart] = [], further: [(part: MIMEPart, isCounted: Bool)] = [], texts: [FilesOfText] = []
    private var budget: ReadingBudget, furtherBudget: ReadingBudget, seen: Set<FilesOfText.Seen> = []

    /// - Parameters:
    ///   - size: octets of the message.
    ///   - looksFurther: those of ``MIMEPart/furtherReadings(_:limits:budget:log:)`` are among them.
    init(limits: MessageLimits, size: Int, looksFurther: Bool = false) {
        self.limits = limits
        self.looksFurther = looksFurther
        budget = ReadingBudget(readings: limits.otherReadings, size: size, limits: limits)
        furtherBudget = ReadingBudget(readings: limits.further.readings, size: size, limits: limits)
    }

    mutating func add(of parts: [MIMEPart], faults: MIMEPart.Faults = MIMEPart.Faults(), log: inout DefectLog) {
        for part in parts {
            if part.isFurther {
                further += part.otherReadings(left: &furtherBudget.readings, limits: limits, log: &log).map { ($0, false) }
            } else {
                waiting += part.otherReadings(left: &budget.readings, limits: limits, log: &log)
            }
            guard looksFurther else { continue }
            var found = part.furtherReadings(faults, limits: limits, budget: &furtherBudget, log: &log)
            if var files = found.files {
                found.readings += files.next(&seen, budget: &furtherBudget, log: &log)
                if !files.isDone { texts.append(files) }
            }
            further += found.readings.map { ($0, true) }
        }
    }

    /// Reads the bodies of all of them, and of those that are found inside.
    /// - Parameter structure: finds the parts; what it counts goes on.
    mutating func read(_ structure: inout PartReader, _ content: inout some LeafReader, log: inout DefectLog) {
        var next = 0
        while next < waiting.count {
            let reading = waiting[next]
            next += 1
            if budget.take(octets: reading.bodyRange.count, log: &log) { read(reading, &structure, &content, &log) }
        }
        var own = limits
        own.nestedMessages = limits.nestedMessages.addingReportingOverflow(max(limits.further.readings, 0)).partialValue
        var furtherStructure = PartReader(limits: own), place = 0
        while true {
            while place < further.count {
                let (reading, isCounted) = further[place]
                place += 1
                if isCounted || furtherBudget.take(octets: reading.bodyRange.count, log: &log) { read(reading, &furtherStructure, &content, &log) }
            }
            if texts.isEmpty { return }
            (further, place) = ([], 0)
            for var files in takeTexts() {
                further += files.next(&seen, budget: &furtherBudget, log: &log).map { ($0, true) }
                if !files.isDone { texts.append(files) }
            }
        }
    }

    private mutating func takeTexts() -> [FilesOfText] {
        defer { texts = [] }
        return texts
    }

    private mutating func read(_ reading: MIMEPart, _ structure: inout PartReader, _ content: inout some LeafReader, _ log: inout DefectLog) {
        var parts = reading.isOpened ? structure.read(again: reading, log: &log) : [reading]
        if reading.isFurther {
            for place in parts.indices {
                (parts[place].path, parts[place].isFurther, parts[place].passesStray) = (reading.path, true, reading.passesStray)
                if reading.passesStray { parts[place].stray = nil }
            }
        }
        for part in parts where !part.isContainer { content.read(part, isOther: true, log: &log) }
        add(of: parts, log: &log)
    }
}
