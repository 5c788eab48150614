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
        let entry = Entry(question: question, answer: answer, expires: expires, weight: weight, used: false)
        if weight > mostOctets / 8 {
            if let place = places[question] { remove(at: place) }
            return
        }
        if let place = places[question] {
            replace(at: place, entry)
        } else if entries.count < mostEntries {
            places[question] = entries.count
            entries.append(entry)
            octets += weight
        } else {
            replace(at: victim(now), entry)
        }
        while octets > mostOctets, !entries.isEmpty { remove(at: victim(now)) }
    }

    /// The place whose answer goes next; the hand is past it.
    private mutating func victim(_ now: ContinuousClock.Instant) -> Int {
        // Ends within two rounds: the first takes every mark away.
        while true {
            if hand >= entries.count { hand = 0 }
            defer { hand += 1 }
            if entries[hand].expires <= now { return hand }
            if !entries[hand].used {
                evictions &+= 1
                return hand
            }
            entries[hand].used = false
        }
    }

    private mutating func replace(at place: Int, _ entry: Entry) {
        octets += entry.weight - entries[place].weight
        places[entries[place].question] = nil
        places[entry.question] = place
        entries[place] = entry
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
