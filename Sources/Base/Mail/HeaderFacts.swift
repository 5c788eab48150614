/// What the fields of the message's header say, read once.
/// Source: RFC 5322 §3.6.
struct HeaderFacts: Sendable {
    var from: [MailAddress] = [], sender: [MailAddress] = [], replyTo: [MailAddress] = [], to: [MailAddress] = [], cc: [MailAddress] = []
    var subject: String?, messageID: String?, date: MailDate?
    var received: [ReceivedField] = []
    /// Every mailbox of the From fields that are known is among `from`.
    var hasWholeFrom = true
    /// A From field has words that are no mailbox, and no name of one.
    var fromHasLeftOut = false
    /// Of the From fields, decoded: what some readers take for more mailboxes.
    var fromStrays: [String] = []
    /// The same: mailboxes in names that honest senders have, to readers who decode words before they part mailboxes.
    var fromDecoded: [String] = []
    private var others = OtherAddressReadings()

    /// Fields of one name are read together: of two From fields, one is shown by this reader and the other by that one.
    init(_ header: HeaderSection, limits: MessageLimits, log: inout DefectLog) {
        var counts = [Int](repeating: 0, count: Self.single.count)
        for field in header.fields {
            if let place = Self.places[field.key], field.isNamed(Self.single[place]) {
                counts[place] += 1
                if counts[place] > 1 { log.note(.duplicateHeader, field.name) }
                take(place, field, counts[place] == 1, limits, &log)
            } else if field.isNamed(.received) {
                if received.count < limits.receivedFields { received.append(ReceivedField(octets: field.unfolded)) } else { log.met(.receivedFields) }
            }
        }
        if counts[0] == 0 { log.note(.missingFrom) }
        if counts[7] == 0 { log.note(.missingDate) }
    }

    private static let single: [HeaderName] = [
        "from", "sender", "reply-to", "to", "cc", "subject", "message-id", "date", "bcc", "in-reply-to", "references",
        "mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id",
    ].map { HeaderName($0) }

    private static let places = Dictionary(single.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { one, _ in one })

    private mutating func take(_ place: Int, _ field: HeaderField, _ isFirst: Bool, _ limits: MessageLimits, _ log: inout DefectLog) {
        func addresses(_ list: inout [MailAddress]) {
            guard list.count < limits.addresses else { log.met(.addresses); return }
            var reader = AddressListReader(text: field.unfolded, limits: limits)
            let found = reader.read(log: &log), room = limits.addresses - list.count
            if found.count > room { log.met(.addresses) }
            list += found.prefix(room)
            if place == 0 {
                let strays = Self.strays(of: reader, limits), unseen = others.mailboxes(field.unfolded, beside: found, at: reader.places, limits: limits)
                fromStrays += strays.texts + unseen.hidden
                fromDecoded += unseen.decoded
                if strays.isCut || reader.isCut || others.isCut { hasWholeFrom = false }
            }
            if place == 0, reader.hasLeftOut || found.isEmpty && !field.unfolded.isEmpty { fromHasLeftOut = true }
        }
        switch place {
        case 0:
            addresses(&from)
            // As many as are kept may be more than are kept.
            if from.count >= limits.addresses || field.rawValue.count > field.bound { hasWholeFrom = false }
        case 1: addresses(&sender)
        case 2: addresses(&replyTo)
        case 3: addresses(&to)
        case 4: addresses(&cc)
        case 5: if isFirst { subject = EncodedWords.decode(field.unfolded, limit: limits.encodedWords, log: &log) }
        case 6: if isFirst { messageID = Charset.headerText(field.unfolded.prefix(998)) }
        case 7:
            guard isFirst else { return }
            date = MailDate(octets: field.unfolded)
            if date == nil { log.note(.malformedDate, Charset.headerText(field.unfolded.prefix(80))) }
        default: break
        }
    }

    /// Encoded words are none where an address is expected (RFC 2047 §5), and some readers decode them there all the same: also in a local part or a domain.
    ///
    /// Comments are nothing there, whether they are taken away before words are decoded or afterwards.
    private static func strays(of reader: AddressListReader, _ limits: MessageLimits) -> (texts: [String], isCut: Bool) {
        var log = DefectLog(), texts: [String] = []
        for written in reader.openComments { texts.append(EncodedWords.decode(written, limit: limits.encodedWords, log: &log)) }
        for (written, isEncoded) in (reader.strays + reader.openComments).map({ ($0, false) }) + reader.encoded.map({ ($0, true) }) {
            let bare = withoutComments(written), before = EncodedWords.decode(bare[...], limit: limits.encodedWords, log: &log)
            if !isEncoded || before != Charset.headerText(bare[...]) { texts.append(before) }
            guard bare.count < written.count, EncodedWords.mayHaveWords(written) else { continue }
            let decoded = EncodedWords.decode(written, limit: limits.encodedWords, log: &log)
            if decoded != Charset.headerText(written) { texts.append(ASCII.text(withoutComments(Array(decoded.utf8)[...])[...])) }
        }
        return (texts, log.defects.contains { $0.kind == .limitMet(.encodedWords) })
    }

    /// What stands outside of comments, and behind the first parenthesis whose comment does not end.
    private static func withoutComments(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bare: [UInt8] = [], depth = 0, open = 0, at = text.startIndex
        while at < text.endIndex {
            let octet = text[at], start = at
            at &+= 1
            if octet == ASCII.backslash { at = min(at &+ 1, text.endIndex) }
            if octet == ASCII.open {
                if depth == 0 { open = at }
                depth &+= 1
            } else if octet == ASCII.close, depth > 0 {
                depth &-= 1
            } else if depth == 0 {
                bare += text[start..<at]
            }
        }
        return depth == 0 ? bare : bare + text[open...]
    }
}
