internal import DNS

/// The mailbox that most recently brought the message into the mail, by what the header says.
/// Source: RFC 4407 §2.
package struct PurportedResponsibleAddress: Sendable, Hashable {
    /// The field that names it.
    package enum Field: String, Sendable, Hashable, CaseIterable {
        case resentSender = "resent-sender", resentFrom = "resent-from", sender, from
    }

    package let field: Field
    /// One mailbox with a domain name.
    package let address: MailAddress

    package init(field: Field, address: MailAddress) {
        self.field = field
        self.address = address
    }
}

/// Why no address can be held responsible: the message is ill-formed.
/// Source: RFC 4407 §2, step 6.
package enum ResponsibilityError: Error, Sendable, Hashable, CustomStringConvertible {
    case noField
    case repeated(PurportedResponsibleAddress.Field)
    case mailboxes(PurportedResponsibleAddress.Field, Int)
    case malformed(PurportedResponsibleAddress.Field)
    case noDomain(PurportedResponsibleAddress.Field)

    package var description: String {
        switch self {
        case .noField: "there is no Resent-Sender, Resent-From, Sender or From field with anything in it"
        case .repeated(let field): "there is more than one \(field.rawValue) field"
        case .mailboxes(let field, let count): "the \(field.rawValue) field has \(count) mailboxes, not one"
        case .malformed(let field): "the \(field.rawValue) field is malformed"
        case .noDomain(let field): "the mailbox of the \(field.rawValue) field has no domain name"
        }
    }
}

extension HeaderSection {
    /// Finds the purported responsible address.
    /// Source: RFC 4407 §2. What is hopelessly malformed is left to each reader: here, whatever leaves a doubt about the mailbox, and a group.
    /// - Throws: ``ResponsibilityError`` when the message is ill-formed.
    /// - Limits: one pass over the fields; the mailboxes of one field, ``MessageLimits/addresses``.
    package func purportedResponsibleAddress() throws(ResponsibilityError) -> PurportedResponsibleAddress {
        // A field counts when it holds anything but white space.
        var resentFrom: HeaderField?, resentSender: HeaderField?, isApart = false, sender: HeaderField?, from: HeaderField?, senders = 0, froms = 0
        for field in fields {
            if field.isNamed(.resentSender) {
                if resentSender == nil, !field.unfolded.isEmpty { resentSender = field }
            } else if field.isNamed(.resentFrom) {
                if resentFrom == nil, !field.unfolded.isEmpty { resentFrom = field }
            } else if field.isNamed(.received) || field.isNamed(.returnPath) {
                // A trace field between the two: the Resent-Sender is of an older block than the Resent-From.
                if resentFrom != nil, resentSender == nil, !isApart, !field.unfolded.isEmpty { isApart = true }
            } else if field.isNamed(.sender) {
                if !field.unfolded.isEmpty { sender = sender ?? field; senders += 1 }
            } else if field.isNamed(.from) {
                if !field.unfolded.isEmpty { from = from ?? field; froms += 1 }
            }
        }
        if let resentSender, !isApart { return try Self.mailbox(.resentSender, resentSender) }
        if let resentFrom { return try Self.mailbox(.resentFrom, resentFrom) }
        if let sender {
            guard senders == 1 else { throw .repeated(.sender) }
            return try Self.mailbox(.sender, sender)
        }
        guard let from else { throw .noField }
        guard froms == 1 else { throw .repeated(.from) }
        return try Self.mailbox(.from, from)
    }

    /// Step 5: the one mailbox of the field that was chosen.
    private static func mailbox(_ name: PurportedResponsibleAddress.Field, _ field: HeaderField) throws(ResponsibilityError) -> PurportedResponsibleAddress {
        var log = DefectLog()
        let found = MailAddress.parse(list: field.unfolded, limits: MessageLimits(), log: &log)
        guard let address = found.first else { throw .malformed(name) }
        guard found.count == 1 else { throw .mailboxes(name, found.count) }
        guard !log.defects.contains(where: { $0.kind == .malformedAddress }), address.group == nil else {
            throw address.domainText == nil ? .noDomain(name) : .malformed(name)
        }
        guard let domain = address.domain, !domain.isRoot else { throw .noDomain(name) }
        guard !address.localPart.isEmpty else { throw .malformed(name) }
        return PurportedResponsibleAddress(field: name, address: address)
    }
}

extension Message {
    /// The purported responsible address, or why there is none.
    /// Source: RFC 4407 §2.
    package var purportedResponsibleAddress: Result<PurportedResponsibleAddress, ResponsibilityError> {
        do throws(ResponsibilityError) { return .success(try header.purportedResponsibleAddress()) } catch { return .failure(error) }
    }
}
