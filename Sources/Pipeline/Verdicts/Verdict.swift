package import JSON

/// What the MTA is asked to do with a message. There is no silent discard.
package enum Action: String, Decodable, JSONWritable, Sendable, CaseIterable, Comparable {
    case accept, tag, neutralise, quarantine, hold, `defer`, reject

    /// Later cases are stricter.
    package static func < (one: Action, other: Action) -> Bool { one.rank < other.rank }
    /// Whether it holds for now only: a message that comes again is judged anew.
    package var isForNow: Bool { self == .defer || self == .hold }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

package enum MessageClass: String, Decodable, JSONWritable, Sendable, CaseIterable {
    case spam, legitimate, unknown
}

/// The reply for the SMTP client (RFC 5321 §4.2, RFC 3463).
package struct SMTPReply: Sendable, Equatable, Decodable {
    package let code: Int
    package let enhanced: String
    /// Printable ASCII, without line ends.
    package let text: String

    package init(code: Int, enhanced: String, text: String) { self.code = code; self.enhanced = enhanced; self.text = text }

    private enum CodingKeys: String, CodingKey { case code, enhanced, text }
}

extension SMTPReply: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.code, code)
        json.member(CodingKeys.enhanced, enhanced)
        json.member(CodingKeys.text, text)
        json.closeObject()
    }
}

/// One field for the MTA to add above the message.
package struct HeaderToAdd: Sendable, Equatable, Decodable {
    package let name: String
    /// Folded with CRLF and white space where the field would be longer than 78 columns; without a line break at its end.
    /// Source: RFC 5322 §2.1.1 and §2.2.3.
    package let value: String

    package init(name: String, value: String) { self.name = name; self.value = value }

    private enum CodingKeys: String, CodingKey { case name, value }
}

extension HeaderToAdd: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.value, value)
        json.closeObject()
    }
}

/// Fields to take away, by name and, where only some are meant, by their place among the fields of that name, from 1.
package struct HeaderToRemove: Sendable, Equatable, Decodable {
    package let name: String
    package let place: Int?

    package init(name: String, place: Int?) { self.name = name; self.place = place }

    private enum CodingKeys: String, CodingKey { case name, place }
}

extension HeaderToRemove: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.place, place)
        json.closeObject()
    }
}

package struct HeaderEdits: Sendable, Equatable, Decodable {
    package var add: [HeaderToAdd]
    package var remove: [HeaderToRemove]

    package init(add: [HeaderToAdd] = [], remove: [HeaderToRemove] = []) { self.add = add; self.remove = remove }

    private enum CodingKeys: String, CodingKey { case add, remove }
}

extension HeaderEdits: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.add, add)
        json.member(CodingKeys.remove, remove)
        json.closeObject()
    }
}

/// The decision and everything that led to it.
package struct Verdict: Sendable, Equatable, Decodable {
    package let id: VerdictID
    package let action: Action
    package let messageClass: MessageClass
    package let score: Double
    package let thresholds: Thresholds
    package let smtp: SMTPReply
    package let findings: [Finding]
    package let headers: HeaderEdits
    /// Set where one rule decided by itself: the finding whose forced action, or whose lack of an answer, was stronger than the score.
    package let decidedBy: String?
    /// Set where the message is kept in quarantine here; nil where it is not, also where the action is `quarantine` and the MTA has to keep it.
    package var quarantine: Keeping?
    /// With the action `neutralise`: how the message is made harmless, which goes on instead of it.
    package var neutralisation: Neutralisation?
    /// With the action `hold`: when it goes, as far as is known.
    package let releaseAt: Timestamp?

    package init(id: VerdictID, action: Action, messageClass: MessageClass, score: Double, thresholds: Thresholds, smtp: SMTPReply,
                 findings: [Finding], headers: HeaderEdits, decidedBy: String?, quarantine: Keeping? = nil, neutralisation: Neutralisation? = nil, releaseAt: Timestamp? = nil) {
        self.id = id; self.action = action; self.messageClass = messageClass; self.score = score; self.thresholds = thresholds
        self.smtp = smtp; self.findings = findings; self.headers = headers; self.decidedBy = decidedBy; self.quarantine = quarantine; self.neutralisation = neutralisation; self.releaseAt = releaseAt
    }

    enum CodingKeys: String, CodingKey {
        case id, action, messageClass = "class", score, thresholds, smtp, findings, headers, decidedBy = "decided_by", quarantine, neutralisation = "neutralised", releaseAt = "release_at"
    }
}
