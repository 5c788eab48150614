/// A message, read once: the octets as they came, and what they say. Nothing is repaired.
/// Source: RFC 5322, RFC 2045–2049, RFC 6532.
/// Limits: ``MessageLimits``. The work is linear in the octets, nothing recurses, and each limit that was met is among the defects.
package struct Message: Sendable {
    /// Exactly what was given.
    package let octets: [UInt8]
    /// Every part in document order, containers and leaves; the first is the message itself.
    package let parts: [MIMEPart]
    /// The texts of text/plain and text/html parts, and of what could not be opened, in order. Where readers of mail differ, a part has a
    /// text for each way: of base64 that is faulty also as it travels; behind the others also what fields or boundaries that are there
    /// twice make of it, the texts of the parts inside it then among them.
    package let texts: [TextPart]
    /// Each URL once, in order of its part.
    package let urls: [MailURL]
    /// The files, and what is no text, in order; where readers of mail differ, behind the others those of the other ways.
    package let attachments: [Attachment]
    /// Each kind once.
    package let defects: [Defect]
    /// SHA-256, 32 octets, with every bare LF taken as CRLF: a message keeps its digest when a program changes its line ends.
    package let digest: [UInt8]
    private let facts: HeaderFacts

    /// Reads a message. Anything is a message, an empty one too.
    package init(octets: [UInt8], limits: MessageLimits = MessageLimits()) {
        var log = DefectLog()
        self.octets = octets
        let faults = LineEndings.faults(octets)
        if faults.bareCR > 0 { log.note(.bareCR, count: faults.bareCR) }
        if faults.bareLF > 0 { log.note(.bareLF, count: faults.bareLF) }
        if faults.nul > 0 { log.note(.nul, count: faults.nul) }
        var bounded = limits
        bounded.parts = max(limits.parts, 1)   // the root is always there
        var structure = PartReader(limits: bounded)
        parts = structure.read(octets, log: &log)
        facts = HeaderFacts(parts[0].header, limits: limits, log: &log)
        var content = ContentReader(limits: limits)
        for part in parts where !part.isContainer { content.read(part, isOther: false, log: &log) }
        // Defects are told of the first reading; limits of all.
        var otherLog = DefectLog(), others = OtherReadings(limits: limits, size: octets.count)
        others.add(of: parts, log: &otherLog)
        others.read(&structure, &content, log: &otherLog)
        for case .limitMet(let limit) in otherLog.defects.map(\.kind) { log.met(limit) }
        texts = content.texts
        urls = content.urls
        attachments = content.attachments
        digest = LineEndings.digest(octets, bareLF: faults.bareLF)
        defects = log.defects
    }

    package var root: MIMEPart { parts[0] }
    package var header: HeaderSection { parts[0].header }

    /// The mailboxes of every From field (RFC 5322 §3.6.2 has one field; a second one is a defect).
    package var from: [MailAddress] { facts.from }
    /// Whether `from` has every mailbox of the From fields that are known; those beyond a limit are not.
    package var hasWholeFrom: Bool { facts.hasWholeFrom }
    /// Whether a From field has words that are no mailbox and name none: a reader may show them.
    package var fromHasLeftOut: Bool { facts.fromHasLeftOut }
    /// Text of the From fields, decoded, that some readers take for more mailboxes: words behind one, a comment that never ends, a local part of encoded words.
    package var fromStrays: [String] { facts.fromStrays }
    /// Mailboxes, as `local@domain`, that the names of the From fields have in encoded words, to readers who decode those before they part mailboxes; nothing outside of the words changes to them.
    package var fromDecoded: [String] { facts.fromDecoded }
    package var sender: [MailAddress] { facts.sender }
    package var replyTo: [MailAddress] { facts.replyTo }
    package var to: [MailAddress] { facts.to }
    package var cc: [MailAddress] { facts.cc }
    /// Decoded; nil where there is no Subject field.
    package var subject: String? { facts.subject }
    /// As written, angle brackets included.
    package var messageID: String? { facts.messageID }
    /// Nil where there is none or it cannot be read, which the defects tell apart.
    package var date: MailDate? { facts.date }
    /// Newest first, as they stand.
    package var received: [ReceivedField] { facts.received }

    /// Whether a defect of that kind was met.
    package func has(_ kind: DefectKind) -> Bool { defects.contains { $0.kind == kind } }
}
