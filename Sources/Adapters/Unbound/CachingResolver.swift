package import DNS
internal import Synchronization

/// Answers kept for their TTL in front of a resolver. A hit takes a lock of its part of the cache and no hop to another thread.
/// Source: RFC 1035 §7.4, RFC 2308 (negative answers), RFC 9520 (failures).
package final class CachingResolver: Resolver {
    private final class Part: Sendable {
        let shard: Mutex<CacheShard>
        init(entries: Int, octets: Int) { shard = Mutex(CacheShard(entries: entries, octets: octets)) }
    }

    private let below: any TimedResolver
    private let limits: CacheLimits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let parts: [Part]

    /// - Parameter now: the clock that lifetimes are counted on; deadlines are always the real clock's.
    package init(over below: any TimedResolver, limits: CacheLimits = CacheLimits(),
                 now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.below = below
        self.limits = limits
        self.now = now
        let shards = max(1, min(limits.shards, limits.entries))
        parts = (0..<shards).map { _ in Part(entries: limits.entries / shards, octets: limits.octets / shards) }
    }

    package func cachedAnswer(_ name: DomainName, _ type: RecordType) -> DNSAnswer? {
        let question = Question(name: name, type: type), at = now()
        guard let kept = part(of: question).shard.withLock({ $0.find(question, at) }) else { return nil }
        if case .trouble = kept { return nil }
        return kept
    }

    private func part(of question: Question) -> Part {
        parts[Int(truncatingIfNeeded: UInt(bitPattern: question.digest) % UInt(parts.count))]
    }

    package func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        let question = Question(name: name, type: type)
        let part = part(of: question)
        let asked = now()
        if let kept = part.shard.withLock({ $0.find(question, asked) }) { return kept }
        let timed = await below.timedAnswer(name, type, by: deadline)
        let answered = now()
        if let lifetime = limits.lifetime(of: timed, waited: answered - asked) {
            let weight = timed.weight(at: name)
            part.shard.withLock { $0.keep(timed.answer, for: question, until: answered + lifetime, weight: weight, answered) }
        }
        return timed.answer
    }

    package var statistics: ResolverStatistics {
        var sum = ResolverStatistics()
        for part in parts {
            part.shard.withLock { shard in
                sum.hits += shard.hits
                sum.misses += shard.misses
                sum.entries += shard.count
                sum.octets += shard.octets
                sum.evictions += shard.evictions
            }
        }
        sum.below = below.statistics
        return sum
    }
}
