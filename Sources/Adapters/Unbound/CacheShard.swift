internal import DNS

/// One part of the cache: a bounded table that makes room by the clock algorithm. A hand goes round over the answers; one that is
/// expired, or was not asked for since the hand last passed, goes.
struct CacheShard {
    private struct Entry {
        let question: Question
        var answer: DNSAnswer
        var expires: ContinuousClock.Instant
        var weight: Int
        var used: Bool
    }

    private let mostEntries: Int
    private let mostOctets: Int
    private var places: [Question: Int] = [:]
    private var entries: [Entry] = []
    private var hand = 0
    private(set) var octets = 0
    private(set) var hits = 0
    private(set) var misses = 0
    private(set) var evictions = 0

    var count: Int { entries.count }

    init(entries: Int, octets: Int) {
        mostEntries = max(1, entries)
        mostOctets = max(1, octets)
    }

    /// The answer kept for a question, while it lasts; counts a hit or a miss.
    mutating func find(_ question: Question, _ now: ContinuousClock.Instant) -> DNSAnswer? {
        guard let place = places[question], entries[place].expires > now else {
            misses &+= 1
            return nil
        }
        hits &+= 1
        if !entries[place].used { entries[place].used = true }
        return entries[place].answer
    }

    /// Keeps an answer; one that weighs more than an eighth of what there is room for is not kept.
    mutating func keep(_ answer: DNSAnswer, for question: Question, until expires: ContinuousClock.Instant, weight: Int, _ now: ContinuousClock.Instant) {
        if let place = places[question] { remove(at: place) }
        guard weight <= mostOctets / 8 else { return }
        while !entries.isEmpty, entries.count >= mostEntries || octets + weight > mostOctets { evictOne(now) }
        places[question] = entries.count
        entries.append(Entry(question: question, answer: answer, expires: expires, weight: weight, used: false))
        octets += weight
    }

    private mutating func evictOne(_ now: ContinuousClock.Instant) {
        // Ends within two rounds: the first takes every mark away.
        while true {
            if hand >= entries.count { hand = 0 }
            guard entries[hand].used, entries[hand].expires > now else { break }
            entries[hand].used = false
            hand += 1
        }
        if entries[hand].expires > now { evictions &+= 1 }
        remove(at: hand)
        hand += 1
    }

    /// The last entry moves to the freed place.
    private mutating func remove(at place: Int) {
        octets -= entries[place].weight
        places[entries[place].question] = nil
        let last = entries.removeLast()
        guard place < entries.count else { return }
        entries[place] = last
        places[last.question] = place
    }
}
