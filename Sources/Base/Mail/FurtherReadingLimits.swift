/// How far those go who look for harm where only some programs look. Each is a count or a number of octets, 0 or more.
package struct FurtherReadingLimits: Sendable, Hashable {
    /// Further readings of all parts together; they take nothing from ``MessageLimits/otherReadings``. Told by the name of those.
    package var readings = 500
    /// Files of one text that are looked at before the same number of each other part's; then as many more.
    package var filesAtOnce = 32
    /// A file of a text with less octets is nothing.
    package var smallestFile = 16
    /// Lines that begin a file, of all texts together. Told by the name of ``MessageLimits/otherReadingOctets``.
    package var begun = 200_000
    /// Octets by which the files of one text may be larger than it, as a multiple of it, beside 4 KiB: BinHex has a form for repeated ones.
    package var growth = 4
    /// The same for files that are read a second time, past a line in them that begins another one.
    package var rereading = 2
    /// Octets of a body, as it travels, by which is seen what it is.
    package var headOctets = 16_384
    /// The same where it begins with a field; a header may be long.
    package var headerHeadOctets = 1_048_576
    /// Octets of the name of a file in a text.
    package var nameOctets = 1_024
    /// Entries of an AppleSingle file.
    package var appleEntries = 64
    /// Octets of one property of a calendar before its value, and its parameters.
    package var propertyOctets = 65_536, propertyParameters = 64

    package init() {}
}

/// What may still be looked at.
struct ReadingBudget {
    var readings: Int
    /// Files that may still be begun in texts.
    var begun: Int
    private(set) var octets: Int

    /// - Parameter size: octets of the message.
    init(readings: Int, size: Int, limits: MessageLimits) {
        self.readings = readings
        begun = limits.further.begun
        octets = min(limits.otherReadingOctets, size.multipliedReportingOverflow(by: max(limits.otherReadingTimes, 0)).partialValue &+ 65_536)
    }

    /// Whether so many octets may be read; then they are counted.
    mutating func take(octets count: Int, log: inout DefectLog) -> Bool {
        if count > octets { log.met(.otherReadingOctets); return false }
        octets &-= count
        return true
    }

    /// Whether one more reading of so many octets may be looked at; then it is counted.
    mutating func takeReading(_ count: Int, log: inout DefectLog) -> Bool {
        if readings <= 0 { log.met(.otherReadings); return false }
        guard take(octets: count, log: &log) else { return false }
        readings &-= 1
        return true
    }
}
