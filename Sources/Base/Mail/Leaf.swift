/// Takes the leaves of a message one by one.
protocol LeafReader {
    /// - Parameter isOther: the part is read in another way than its first one.
    mutating func read(_ part: MIMEPart, isOther: Bool, log: inout DefectLog)
}

/// A part that holds no parts, in one of the ways to read it.
package struct Leaf: Sendable {
    package let part: MIMEPart
    /// It is what some readers of mail make of the part, and not its first reading.
    package let isOther: Bool
}

extension Message {
    /// Every leaf that has a body, in order; where readers of mail differ, behind the others what the other ways make of it.
    /// - Parameter limits: those with which the message was read. Which of them were met stands among the message's defects.
    /// - Returns: none is decoded yet; all come to at most ``MessageLimits/decodedOctets`` as they travel, and `isWhole` tells whether these are all.
    package func leaves(limits: MessageLimits) -> (leaves: [Leaf], isWhole: Bool) {
        var log = DefectLog(), collected = LeafCollector(limits: limits), structure = PartReader(limits: limits), others = OtherReadings(limits: limits, size: octets.count)
        for part in parts where !part.isContainer { collected.read(part, isOther: false, log: &log) }
        others.add(of: parts, log: &log)
        others.read(&structure, &collected, log: &log)
        return (collected.leaves, collected.isWhole)
    }
}

private struct LeafCollector: LeafReader {
    private(set) var leaves: [Leaf] = []
    private var octetsLeft: Int
    private(set) var isWhole = true

    init(limits: MessageLimits) { octetsLeft = limits.decodedOctets }

    mutating func read(_ part: MIMEPart, isOther: Bool, log: inout DefectLog) {
        if part.bodyRange.isEmpty { return }
        if part.bodyRange.count > octetsLeft { isWhole = false; return }
        octetsLeft &-= part.bodyRange.count
        leaves.append(Leaf(part: part, isOther: isOther))
    }
}
