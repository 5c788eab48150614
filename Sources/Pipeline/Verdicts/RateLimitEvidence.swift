package import JSON
package import RateLimits

/// Whether a message that goes out was within the limits on sending.
package struct RateLimitEvidence: Sendable, Equatable, Decodable {
    package enum Result: String, Sendable, Decodable, JSONWritable, CaseIterable {
        /// It was counted for all `subjects`.
        case counted
        /// It had been counted when it came before.
        case countedBefore = "counted_before"
        /// A limit has no room for it now; nothing was counted.
        case exceeded
        /// It is more than a limit by itself; nothing was counted.
        case tooLarge = "too_large"
        /// A limit has no room for it now, and the mail server keeps it until it has; nothing was counted yet.
        case held
        /// Somebody it counts for may send nothing: `restraint` says who, and why. Nothing was counted.
        case frozen
        /// No limit is said for anyone it counts for.
        case unlimited
        /// Could not be known: `reason` says why.
        case unknown
    }

    /// A limit, and how much of it is used.
    package struct State: Sendable, Equatable, Decodable {
        package let scope: LimitScope
        package let subject: String
        package let counts: RateLimit.Quantity
        package let limit: Int
        /// As ``LimitWindow`` is written.
        package let per: String
        package let used: Int
        /// What the message needs; nil where it is counted in `used`.
        package let needs: Int?
        /// When it may come again; nil where there is no time for it.
        package let retryAt: Timestamp?

        package init(_ subject: LimitSubject, _ limit: RateLimit, used: Int, needs: Int? = nil, retryAt: Timestamp? = nil) {
            scope = subject.scope; self.subject = subject.name; counts = limit.counts; self.limit = limit.most; per = limit.window.description
            self.used = used; self.needs = needs; self.retryAt = retryAt
        }

        private enum CodingKeys: String, CodingKey { case scope, subject, counts, limit, per, used, needs, retryAt = "retry_at" }
    }

    /// A message that waits.
    package struct Hold: Sendable, Equatable, Decodable {
        package let id: VerdictID
        /// When it goes, as far as was known then.
        package let releaseAt: Timestamp

        package init(id: VerdictID, releaseAt: Timestamp) { self.id = id; self.releaseAt = releaseAt }

        private enum CodingKeys: String, CodingKey { case id, releaseAt = "release_at" }
    }

    /// That somebody may send less than his limits say, or nothing.
    package struct Restraint: Sendable, Equatable, Decodable {
        package let scope: LimitScope
        package let subject: String
        /// `throttled` or `frozen`.
        package let state: String
        package let since: Timestamp
        /// nil: until somebody undoes it.
        package let until: Timestamp?
        package let reason: String?

        package init(_ subject: LimitSubject, state: String, since: Timestamp, until: Timestamp?, reason: String?) { scope = subject.scope; self.subject = subject.name; self.state = state; self.since = since; self.until = until; self.reason = reason }

        private enum CodingKeys: String, CodingKey { case scope, subject, state, since, until, reason }
    }

    /// What is said to who sent it.
    package struct Message: Sendable, Equatable, Decodable, JSONWritable {
        /// As RFC 5646 writes it.
        package let language: String
        /// Plain text on one line.
        package let text: String

        package init(language: String, text: String) { self.language = language; self.text = text }

        private enum CodingKeys: String, CodingKey { case language, text }

        package func write(to json: inout JSONWriter) {
            json.openObject()
            json.member(CodingKeys.language, language)
            json.member(CodingKeys.text, text)
            json.closeObject()
        }
    }

    package var result: Result
    /// For whom it counts, of those who have limits: `SCOPE/NAME`, the widest first.
    package var subjects: [String]
    /// The limit that has no room for it, that of several which has it last.
    package var exceeded: State?
    /// Limits of which it took four fifths, where less were used before.
    package var near: [State]?
    /// Where it waits.
    package var hold: Hold?
    package var restraint: Restraint?
    package var reason: String?
    /// Where it does not go now: why, in words for who sent it and in his language.
    package var message: Message?

    package init(_ result: Result, subjects: [String] = [], exceeded: State? = nil, near: [State]? = nil, hold: Hold? = nil, restraint: Restraint? = nil, reason: String? = nil, message: Message? = nil) {
        self.result = result; self.subjects = subjects; self.exceeded = exceeded; self.near = near; self.hold = hold; self.restraint = restraint; self.reason = reason; self.message = message
    }

    private enum CodingKeys: String, CodingKey { case result, subjects, exceeded, near, hold, restraint, reason, message }
}

extension RateLimitEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.result, result)
        json.member(CodingKeys.subjects, subjects)
        json.member(CodingKeys.exceeded, exceeded)
        json.member(CodingKeys.near, near)
        json.member(CodingKeys.hold, hold)
        json.member(CodingKeys.restraint, restraint)
        json.member(CodingKeys.reason, reason)
        json.member(CodingKeys.message, message)
        json.closeObject()
    }
}

extension RateLimitEvidence.State: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.scope, scope)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.counts, counts)
        json.member(CodingKeys.limit, limit)
        json.member(CodingKeys.per, per)
        json.member(CodingKeys.used, used)
        json.member(CodingKeys.needs, needs)
        json.member(CodingKeys.retryAt, retryAt)
        json.closeObject()
    }
}

extension RateLimitEvidence.Hold: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.id, id)
        json.member(CodingKeys.releaseAt, releaseAt)
        json.closeObject()
    }
}

extension RateLimitEvidence.Restraint: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.scope, scope)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.state, state)
        json.member(CodingKeys.since, since)
        json.member(CodingKeys.until, until)
        json.member(CodingKeys.reason, reason)
        json.closeObject()
    }
}
