/// Takes the leaves of a message one by one.
protocol LeafReader {
    /// - Parameter isOther: the part is read in another way than its first one.
    mutating func read(_ part: MIMEPart, isOther: Bool, log: inout DefectLog)
}

/// A part that holds no parts, in one of the ways to read it.
package struct Leaf: Sendable {
    /// Its index is that of the message's part in which it is; its depth, parent and children, and where its ranges lie, tell nothing of the message.
    package let part: MIMEPart
    /// It is what some readers of mail make of the part, and not its first reading.
    package let isOther: Bool
}

extension Message {
    /// Every leaf that has a body, in order; behind them what other readers of mail make of the parts, and what is found by those who look further:
    ///
    /// - a part of any type that is a mail, by its name or since it begins with fields that tell of content;
    /// - files in the lines of a text: uuencode, yEnc, BinHex, attachments of a calendar;
    /// - the content of opaque signed mail (RFC 8551 §3.5.2) and of AppleSingle files;
    /// - a multipart that is encoded as a whole, and a message that says it is encoded and is not (RFC 2045 §6.4);
    /// - base64 without its padding, with padding in between, or with the letters of RFC 4648 §5; an unknown encoding as base64 or quoted-printable;
    /// - parts, messages, multiparts and texts in which a CR alone ends a line that counts.
    ///
    /// Of the place of each, only the index counts, which is that of the part it is in. Limits: ``MessageLimits/further``, ``MessageLimits/otherReadings``, ``MessageLimits/otherReadingOctets``, ``MessageLimits/otherReadingTimes``,
    /// those of the parts inside, and ``MessageLimits/decodedOctets`` for all as they travel.
    /// - Parameter limits: those with which the message was read.
    /// - Returns: only what was found by those who look further is decoded yet; and which limits were met, beyond which there may be more.
    package func leaves(limits: MessageLimits) -> (leaves: [Leaf], met: [MessageLimit]) {
        var log = DefectLog(), collected = LeafCollector(limits: limits), structure = PartReader(limits: limits)
        var others = OtherReadings(limits: limits, size: octets.count, looksFurther: true)
        for part in parts where !part.isContainer { collected.read(part, isOther: false, log: &log) }
        let faults = MIMEPart.Faults(ofEncoding: has(.truncatedBase64) || has(.invalidBase64) || has(.invalidQuotedPrintable), bareCR: has(.bareCR))
        others.add(of: parts, faults: faults, log: &log)
        others.read(&structure, &collected, log: &log)
        return (collected.leaves, log.defects.compactMap { if case .limitMet(let limit) = $0.kind { limit } else { nil } })
    }
}

private struct LeafCollector: LeafReader {
    private(set) var leaves: [Leaf] = []
    private var octetsLeft: Int

    init(limits: MessageLimits) { octetsLeft = limits.decodedOctets }

    mutating func read(_ part: MIMEPart, isOther: Bool, log: inout DefectLog) {
        if part.bodyRange.isEmpty { return }
        if part.bodyRange.count > octetsLeft { log.met(.decodedOctets); return }
        octetsLeft &-= part.bodyRange.count
        leaves.append(Leaf(part: part, isOther: isOther))
    }
}
