package import DNS
package import JSON

/// One thing that a list says.
package struct BlockListing: Decodable, Sendable, Equatable {
    package var zone: String
    package var effect: ListEffect
    /// The address or domain that is listed.
    package var subject: String
    /// Where it stood, the place nearest to the connection.
    package var kind: SubjectKind
    /// Where else it stood, of the places for which the listing counts.
    package var alsoAs: [SubjectKind]
    /// Such as `spamhaus.sbl`.
    package var code: String
    package var meaning: String
    package var answer: IPAddress

    package init(zone: String, effect: ListEffect, subject: String, kind: SubjectKind, alsoAs: [SubjectKind] = [], code: String, meaning: String, answer: IPAddress) {
        self.zone = zone
        self.effect = effect
        self.subject = subject
        self.kind = kind
        self.alsoAs = alsoAs
        self.code = code
        self.meaning = meaning
        self.answer = answer
    }

    private enum CodingKeys: String, CodingKey {
        case zone, effect, subject, kind = "subject_kind", alsoAs = "also_as", code, meaning, answer
    }
}

extension BlockListing: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.zone, zone)
        json.member(CodingKeys.effect, effect)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.kind, kind)
        json.member(CodingKeys.alsoAs, alsoAs)
        json.member(CodingKeys.code, code)
        json.member(CodingKeys.meaning, meaning)
        json.member(CodingKeys.answer, answer)
        json.closeObject()
    }
}

/// A question to a list that has no answer.
package struct UnknownListing: Decodable, Sendable, Equatable {
    package var zone: String
    package var subject: String
    package var kind: SubjectKind
    package var reason: String
    /// Whether asking again soon may help.
    package var passing: Bool
    /// The codes of the listings that could have been the answer.
    package var couldBe: [String]

    package init(zone: String, subject: String, kind: SubjectKind, reason: String, passing: Bool, couldBe: [String]) {
        self.zone = zone
        self.subject = subject
        self.kind = kind
        self.reason = reason
        self.passing = passing
        self.couldBe = couldBe
    }

    private enum CodingKeys: String, CodingKey { case zone, subject, kind = "subject_kind", reason, passing, couldBe = "could_be" }
}

extension UnknownListing: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.zone, zone)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.kind, kind)
        json.member(CodingKeys.reason, reason)
        json.member(CodingKeys.passing, passing)
        json.member(CodingKeys.couldBe, couldBe)
        json.closeObject()
    }
}

/// An answer that the zone's table does not know, or that does not count for this kind of subject: not a listing.
package struct DisregardedAnswer: Decodable, Sendable, Equatable {
    package var zone: String
    package var subject: String
    package var kind: SubjectKind
    package var answer: IPAddress

    package init(zone: String, subject: String, kind: SubjectKind, answer: IPAddress) {
        self.zone = zone
        self.subject = subject
        self.kind = kind
        self.answer = answer
    }

    private enum CodingKeys: String, CodingKey { case zone, subject, kind = "subject_kind", answer }
}

extension DisregardedAnswer: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.zone, zone)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.kind, kind)
        json.member(CodingKeys.answer, answer)
        json.closeObject()
    }
}

/// What lists say about one message.
/// Source: RFC 5782.
package struct BlockListOutcome: Decodable, Sendable, Equatable {
    package var listings: [BlockListing]
    /// Could not be known: the DNS had no answer, the list refused, or the list is not believed.
    package var unknown: [UnknownListing]
    /// Answers that no table knows.
    package var unrecognised: [DisregardedAnswer]
    /// Answers that are known, and do not count for the place where the subject stood.
    package var notCounted: [DisregardedAnswer]
    package var local: [LocalMatch]
    /// Questions that were asked.
    package var asked: Int
    /// Subjects and questions beyond the limits.
    package var leftOut: Int

    package init(listings: [BlockListing] = [], unknown: [UnknownListing] = [], unrecognised: [DisregardedAnswer] = [],
                 notCounted: [DisregardedAnswer] = [], local: [LocalMatch] = [], asked: Int = 0, leftOut: Int = 0) {
        self.listings = listings
        self.unknown = unknown
        self.unrecognised = unrecognised
        self.notCounted = notCounted
        self.local = local
        self.asked = asked
        self.leftOut = leftOut
    }

    private enum CodingKeys: String, CodingKey {
        case listings, unknown, unrecognised, notCounted = "not_counted", local, asked, leftOut = "left_out"
    }
}

extension BlockListOutcome: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.listings, listings)
        json.member(CodingKeys.unknown, unknown)
        json.member(CodingKeys.unrecognised, unrecognised)
        json.member(CodingKeys.notCounted, notCounted)
        json.member(CodingKeys.local, local)
        json.member(CodingKeys.asked, asked)
        json.member(CodingKeys.leftOut, leftOut)
        json.closeObject()
    }
}
