package import Mail

/// The port to whoever takes mail from us and brings it further.
package protocol MailRelay: Sendable {
    /// Hands over one message for one recipient.
    ///
    /// Nothing is tried again: that is for who keeps the message. A task that is cancelled ends the session unless the message itself is on
    /// its way already.
    /// - Parameter deadline: when this passes, the session is given up; the answer comes at most two seconds later.
    func send(_ mail: OutgoingMail, by deadline: ContinuousClock.Instant) async -> RelayOutcome
}

/// A message for a relay, with its envelope.
package struct OutgoingMail: Sendable, Equatable {
    /// The reverse-path without angle brackets; empty for the null reverse-path, which messages have that nobody may answer (RFC 5321 §4.5.5).
    package let sender: String
    /// The forward-path without angle brackets.
    package let recipient: String
    /// The message; whatever its line ends are, they travel as CRLF. What is not ASCII goes out as it is, BODY=8BITMIME is not declared.
    package let octets: [UInt8]

    /// - Parameters:
    ///   - sender: with or without angle brackets; empty or `<>` for the null reverse-path.
    ///   - recipient: with or without angle brackets.
    /// - Throws: `PathError` where one of them is no path, so that no octet of an address becomes a command.
    package init(from sender: String, to recipient: String, _ octets: [UInt8]) throws(PathError) {
        self.sender = sender.isEmpty ? "" : try MailAddress.path(sender)?.address ?? ""
        guard let path = try MailAddress.path(recipient) else { throw .empty }
        self.recipient = path.address
        self.octets = octets
    }
}

/// What became of a message that a relay was to take.
package enum RelayOutcome: Sendable, Equatable {
    /// The relay has it, and answers for it (RFC 5321 §4.2.5).
    case accepted(RelayReply)
    /// It will not take this message for this recipient, however often it is asked: 5yz at MAIL, RCPT, DATA or after the message.
    case refused(RelayReply)
    /// Not now: 4yz; or the relay did not let us in with 5yz, for which the message is not to blame; or the network, with no reply.
    case deferred(RelayReply?, why: String)
    /// The whole message was sent and no answer came: it may have been taken, or not.
    case unanswered(why: String)
}

/// Where in a session a reply came.
package enum RelayStage: String, Sendable, Equatable, CaseIterable {
    /// Before anything was sent: we refused it ourselves.
    case local
    case greeting, hello, startTLS = "starttls", auth, mail, rcpt, data
    /// After the message itself.
    case content
}

/// The reply of a server (RFC 5321 §4.2).
package struct RelayReply: Sendable, Equatable {
    package let stage: RelayStage
    /// 200…599.
    package let code: Int
    /// What stands behind the code, the enhanced code (RFC 3463) first where there is one; printable, lines joined by blanks, at most 1,000 octets.
    package let text: String

    package init(stage: RelayStage, code: Int, text: String) { self.stage = stage; self.code = code; self.text = text }
}
