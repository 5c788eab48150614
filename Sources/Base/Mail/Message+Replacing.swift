extension Message {
    /// The message with texts in place of some of its parts; all other octets stay as they are.
    ///
    /// Of the header of a part that is replaced, the fields stay that do not tell of its content, octet for octet and in order; so of the message
    /// itself. Nothing of its body stays, however other readers read it. Of a part inside an encoded message, that message is encoded anew,
    /// in base64. A container that is replaced loses the parts inside it, with their texts.
    /// Source: RFC 2045 §3–§6, RFC 2046 §5.1.
    /// - Parameters:
    ///   - notes: by their places in ``parts`` the texts, shown as text/plain; a place that there is not is passed over.
    ///   - droppingStrayText: what is in a multipart and in none of its parts goes as well, before, between and behind them, parts beyond
    ///     ``MessageLimits/parts`` among it; what a header holds stays.
    ///   - limits: those the message was read with.
    /// - Returns: a message with the same parts, but for those inside one that is replaced; where a limit was met when the message was read,
    ///   or a line begins with a boundary and is none (``DefectKind/ambiguousDelimiter``), there may be others. The work is linear in the octets.
    package func replacing(_ notes: [Int: String], droppingStrayText: Bool = false, limits: MessageLimits = MessageLimits()) -> [UInt8] {
        PartReplacement(octets: octets, parts: parts, limits: limits).octets(notes, droppingStrayText: droppingStrayText)
    }

    /// The message with the text for its body; of its header the fields stay that do not tell of the content.
    package func replacingAll(by note: String, limits: MessageLimits = MessageLimits()) -> [UInt8] { replacing([0: note], limits: limits) }
}
