package import DNS

/// An answer with the time it may be kept.
package struct TimedAnswer: Sendable, Equatable {
    package let answer: DNSAnswer
    /// Seconds, 0 or more: the least TTL of the records and of the CNAMEs that led to them, the negative TTL of an answer without
    /// records (RFC 2308 §5), 0 for trouble.
    package let ttl: Int

    package init(_ answer: DNSAnswer, ttl: Int) {
        self.answer = answer
        self.ttl = max(0, ttl)
    }

    static func trouble(_ trouble: DNSTrouble) -> TimedAnswer { TimedAnswer(.trouble(trouble), ttl: 0) }
}

/// A resolver that also says how long its answers may be kept: what a cache can stand on.
package protocol TimedResolver: Resolver {
    /// As `answer(_:_:by:)`, with the time the answer may be kept.
    func timedAnswer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> TimedAnswer

    /// What was asked so far.
    var statistics: QuestionStatistics { get }
}

extension TimedResolver {
    package func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        await timedAnswer(name, type, by: deadline).answer
    }
}
