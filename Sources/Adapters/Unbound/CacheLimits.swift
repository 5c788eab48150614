internal import DNS

/// How much a cache keeps, and for how long.
package struct CacheLimits: Sendable {
    /// Answers kept at most.
    package var entries = 100_000
    /// Octets that the kept answers may weigh, estimated.
    package var octets = 64 << 20
    /// Parts with a lock each, so that callers rarely meet.
    package var shards = 16
    /// The least time an answer is kept, even one with a TTL of 0: enough for the checks of one message to agree.
    package var floor: Duration = .seconds(1)
    /// The longest time records are kept (RFC 8767 §4 advises days at most; a mail check gains nothing from more than hours).
    package var ceiling: Duration = .seconds(3 * 3600)
    /// The longest time "no such name" and "no such record" are kept; RFC 2308 §5 takes one to three hours for sensible at most.
    package var negativeCeiling: Duration = .seconds(900)
    /// The time a failure is kept: 1 s at least (RFC 9520 §3.2), 5 min at most (RFC 2308 §7.1).
    package var failure: Duration = .seconds(2)
    /// A timeout tells of the network only when the caller waited this long; one of a shorter wait is not kept.
    package var patience: Duration = .seconds(2)

    package init() {}

    /// How long an answer is kept; nil when it is not.
    /// - Parameter waited: the time from the question to the answer.
    func lifetime(of timed: TimedAnswer, waited: Duration) -> Duration? {
        switch timed.answer {
        case .records: return min(max(.seconds(timed.ttl), floor), ceiling)
        case .noData, .nameError: return min(max(.seconds(timed.ttl), floor), negativeCeiling)
        case .trouble(.responseCode), .trouble(.bogus): return min(max(failure, .seconds(1)), .seconds(300))
        case .trouble(.timeout): return waited >= patience ? min(max(failure, .seconds(1)), .seconds(300)) : nil
        case .trouble(.local): return nil
        }
    }
}

extension TimedAnswer {
    /// An estimate of the memory that a kept answer takes, in octets.
    func weight(at name: DomainName) -> Int {
        let frame = 256, perRecord = 64
        guard case .records(let records, _) = answer else { return frame + 2 * name.text.utf8.count }
        return records.reduce(frame + 2 * name.text.utf8.count) { sum, record in
            switch record {
            case .address: sum + perRecord
            case .name(let name), .exchange(_, let name): sum + perRecord + name.text.utf8.count
            case .text(let octets), .tlsa(_, _, _, let octets): sum + perRecord + octets.count
            }
        }
    }
}
