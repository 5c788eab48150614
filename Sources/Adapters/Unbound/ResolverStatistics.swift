/// Counts of the questions sent on, since the start.
package struct QuestionStatistics: Sendable, Equatable {
    /// Handed to libunbound.
    package var questions = 0
    /// Callers that joined a question already under way.
    package var merged = 0
    /// Callers whose deadline passed.
    package var timeouts = 0
    /// Callers whose task was cancelled.
    package var cancelled = 0
    /// Callers turned away because too many questions were under way.
    package var refused = 0
    /// Questions that ended in trouble, by the resolver's word: SERVFAIL, REFUSED, failed validation.
    package var failures = 0
    /// Questions that libunbound is working on now, those whose callers have all left included.
    package var underWay = 0

    package init() {}
}

/// Counts of a cache and of the resolver below it, since the start.
package struct ResolverStatistics: Sendable, Equatable {
    package var hits = 0
    package var misses = 0
    /// Answers kept now.
    package var entries = 0
    /// What the kept answers weigh, in octets, estimated.
    package var octets = 0
    /// Answers thrown out to make room.
    package var evictions = 0
    package var below = QuestionStatistics()

    package init() {}
}
