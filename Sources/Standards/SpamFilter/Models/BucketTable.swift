internal import CLinux
internal import Glibc
internal import Synchronization

/// What was learned of features that share a bucket.
struct Bucket: Sendable, Equatable {
    /// The neural classifier's weight in steps of ``BucketTable/step``, in 24 bits: ±256.
    var weight: Int32 = 0
    /// Spam and ham that had the feature, at most ``BucketTable/mostCounted`` of each.
    var spam: UInt32 = 0, ham: UInt32 = 0

    init(weight: Int32 = 0, spam: UInt32 = 0, ham: UInt32 = 0) { self.weight = weight; self.spam = spam; self.ham = ham }

    @inline(__always)
    init(bits: UInt64) {
        weight = Int32(truncatingIfNeeded: Int64(bitPattern: bits) >> 40)
        spam = UInt32(truncatingIfNeeded: bits >> 20) & BucketTable.mostCounted
        ham = UInt32(truncatingIfNeeded: bits) & BucketTable.mostCounted
    }

    /// Whether two messages or more had it: what was met once may be chance.
    @inline(__always)
    var isKnown: Bool { spam &+ ham >= 2 }

    var bits: UInt64 { UInt64(bitPattern: Int64(weight) << 40) | UInt64(spam) << 20 | UInt64(ham) }
}

/// A flat array of buckets, eight octets each. Many read while one writes: a bucket is one word, read and written whole, so that nobody waits.
///
/// All of it is whole numbers that are added: whatever the order in which messages are learned on a node, and whatever was
/// learned and unlearned in between, the same messages make the same table, as long as no number meets its bound and nothing is unlearned before it is learned.
@safe final class BucketTable: Sendable {
    /// Steps of a weight in 1.
    static let step: Float = 32_768
    static let mostCounted: UInt32 = 0xf_ffff
    static let heaviest: Int32 = 0x7f_ffff

    let bits: Int
    /// Buckets that two messages or more have filled, of the views whose words tell whether mail is of a known kind.
    private let headWordsTaken = Atomic<Int>(0), wordsTaken = Atomic<Int>(0)
    // Unsafe and sound: the pointer never changes, what it points to is atomic and lives as long as the table, and places are kept within it.
    private nonisolated(unsafe) let words: UnsafeMutablePointer<Atomic<UInt64>>

    /// - Parameter bits: 1 to 23; the table has two to the power of that many buckets.
    init(bits: Int) {
        self.bits = min(max(bits, 1), 23)
        let count = 1 << self.bits, octets = count * MemoryLayout<Atomic<UInt64>>.stride
        // Aligned for large pages: a message asks for thousands of buckets all over the table.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: octets, alignment: min(octets, 2 << 20))
        _ = unsafe madvise(memory, octets, MADV_HUGEPAGE)
        unsafe words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for place in 0..<count { unsafe (words + place).initialize(to: Atomic(0)) }
    }

    deinit { unsafe UnsafeMutableRawPointer(words).deallocate() }

    var count: Int { 1 << bits }

    /// The bucket of a feature. Each view has a part of the table for itself: words that come once are many, and must not cover what others know.
    @inline(__always)
    func place(of feature: UInt32, _ part: Part) -> Int { part.start &+ Int((UInt64(feature) &* part.size) >> 32) }

    /// Where a view's buckets are.
    struct Part {
        let start: Int
        let size: UInt64

        func holds(_ place: Int) -> Bool { place >= start && place &- start < Int(size) }
    }

    func part(_ view: FeatureView) -> Part {
        let shares = Self.shares, start = shares[..<view.rawValue].reduce(0, +)
        return Part(start: count / 32 * start, size: UInt64(count / 32 * shares[view.rawValue]))
    }

    /// Of 32 parts of the table, by view.
    private static let shares = [7, 5, 8, 10, 2]

    /// - Parameter place: below ``count``.
    @inline(__always)
    subscript(_ place: Int) -> UInt64 { unsafe words[place & (count &- 1)].load(ordering: .relaxed) }

    /// Puts a bucket in its place. One caller at a time.
    func store(_ bucket: Bucket, at place: Int) {
        let change = (bucket.isKnown ? 1 : 0) - (Bucket(bits: self[place]).isKnown ? 1 : 0)
        if change != 0 {
            if part(.headWords).holds(place) { headWordsTaken.wrappingAdd(change, ordering: .relaxed) } else if part(.words).holds(place) { wordsTaken.wrappingAdd(change, ordering: .relaxed) }
        }
        unsafe words[place & (count &- 1)].store(bucket.bits, ordering: .relaxed)
    }

    /// How likely a word that nobody met has a bucket that two messages have filled, 0 to 1.
    /// - Parameter view: ``FeatureView/headWords`` or ``FeatureView/words``.
    func taken(_ view: FeatureView) -> Double {
        Double(view == .headWords ? headWordsTaken.load(ordering: .relaxed) : wordsTaken.load(ordering: .relaxed)) / Double(part(view).size)
    }

    /// The buckets of features, one after the other. The memory is asked for each some time before it is looked at, so that its answers come while others are.
    @inline(__always)
    func look(at features: ArraySlice<UInt32>, _ view: FeatureView, _ take: (Bucket) -> Void) {
        let part = part(view), ahead = Self.ahead
        // Unsafe and sound: no place is beyond the count of what is asked.
        unsafe features.withUnsafeBufferPointer { features in
            for place in 0..<min(ahead, features.count) { ask(for: unsafe features[place], part) }
            for place in 0..<features.count {
                if place &+ ahead < features.count { ask(for: unsafe features[place &+ ahead], part) }
                take(Bucket(bits: self[self.place(of: unsafe features[place], part)]))
            }
        }
    }

    /// Tells the memory that a bucket will be looked at soon.
    @inline(__always)
    private func ask(for feature: UInt32, _ part: Part) { unsafe postern_ask(words + (place(of: feature, part) & (count &- 1))) }

    /// How many buckets are asked for at a time.
    private static let ahead = 64

    /// Adds to a bucket. One caller at a time.
    /// - Parameters:
    ///   - weight: in steps.
    ///   - count: 1 where a message is learned, -1 where it is unlearned, 0 where neither.
    func add(_ place: Int, weight: Int32, isSpam: Bool, count: Int) {
        var bucket = Bucket(bits: self[place])
        bucket.weight = Int32(min(max(Int(bucket.weight) + Int(weight), -Int(Self.heaviest)), Int(Self.heaviest)))
        if isSpam { bucket.spam = Self.moved(bucket.spam, count) } else { bucket.ham = Self.moved(bucket.ham, count) }
        store(bucket, at: place)
    }

    private static func moved(_ number: UInt32, _ count: Int) -> UInt32 { UInt32(min(max(Int(number) + count, 0), Int(mostCounted))) }
}
