/// The files in the text of a part, some at a time.
struct FilesOfText {
    private let part: MIMEPart
    /// What the part's first reading is; that is no other one.
    private let own: [UInt8]?
    private var files: EmbeddedFiles
    private let limits: FurtherReadingLimits
    /// There are no more.
    private(set) var isDone = false

    /// A file that was found in a part. The same octets may be a mail by one name and none by another.
    struct Seen: Hashable {
        var part: Int, isNamedMail: Bool, octets: [UInt8]
    }

    init(part: MIMEPart, own: [UInt8]?, text: [UInt8], limits: FurtherReadingLimits) {
        (self.part, self.own, self.limits) = (part, own, limits)
        files = EmbeddedFiles(text, text.indices, limits: limits)
    }

    /// The next ones, ``FurtherReadingLimits/filesAtOnce`` at most; small ones and those that were seen are passed over.
    mutating func next(_ seen: inout Set<Seen>, budget: inout ReadingBudget, log: inout DefectLog) -> [MIMEPart] {
        var readings: [MIMEPart] = []
        while readings.count < max(limits.filesAtOnce, 1) {
            guard let file = files.next(most: budget.octets, begun: &budget.begun) else { isDone = true; break }
            if file.octets.count < limits.smallestFile || file.octets == own { continue }
            var found = part.reading(file.octets, as: .file)
            if let name = file.name, !name.isEmpty { found.fileName = name }
            guard seen.insert(Seen(part: part.index, isNamedMail: found.isCalledMail, octets: file.octets)).inserted else { continue }
            guard budget.takeReading(file.octets.count, log: &log) else { isDone = true; break }
            readings.append(found)
        }
        if isDone, files.isCut { log.met(.otherReadingOctets) }
        return readings
    }
}
