/// Who does something with a kept message, when, and why.
package struct QuarantineNote: Sendable, Equatable {
    /// Id or name of a token, or another word for who it was. The first 1,000 octets are kept.
    package var by: String
    package var at: Timestamp
    /// In the words of whoever did it. The first 1,000 octets are kept.
    package var reason: String?

    package init(by: String, at: Timestamp, reason: String? = nil) { self.by = by; self.at = at; self.reason = reason }
}

/// An entry of the trail of a kept message.
package struct QuarantineAct: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Header and structure were shown.
        case looked
        /// The whole message was handed out.
        case fetched
        case released, deleted
    }

    package var kind: Kind
    package var note: QuarantineNote

    package init(_ kind: Kind, _ note: QuarantineNote) { self.kind = kind; self.note = note }
}
