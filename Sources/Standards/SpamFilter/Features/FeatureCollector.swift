internal import Mail

/// Takes features of one view after the other, each once in its view.
// Unsafe and sound: both pointers are to memory of this collector alone, which lives as long as it does; places in `seen` are kept within it, and
// `hashes` has a place more than ever are taken.
@safe struct FeatureCollector: ~Copyable {
    private(set) var ends: [Int] = []
    /// Features whose names are asked for; nil where none is.
    let wanted: Set<UInt32>?
    private(set) var names: [UInt32: String] = [:]
    private let hashes: UnsafeMutablePointer<UInt32>
    private var count = 0
    /// An open table of what was taken, each with the mark of its view; what has another mark is empty. Small enough for the processor's first cache.
    private let seen: UnsafeMutablePointer<UInt32>
    /// Of the view: in the lowest octet, which features leave free.
    private var mark: UInt32 = 1
    private var seed = FeatureHash.seed(of: 0)
    private var left = Self.most
    private let isNaming: Bool

    private static let slots = 1 << 13, most = 6_000

    init(wanted: Set<UInt32>? = nil) {
        self.wanted = wanted
        isNaming = wanted != nil
        unsafe hashes = .allocate(capacity: FeatureLimits.features + 1)
        unsafe seen = .allocate(capacity: Self.slots)
        unsafe seen.initialize(repeating: 0, count: Self.slots)
    }

    deinit {
        unsafe hashes.deallocate()
        unsafe seen.deallocate()
    }

    /// What was taken, in order.
    var taken: [UInt32] { unsafe Array(UnsafeBufferPointer(start: hashes, count: count)) }

    /// The view is complete; what follows is of the next.
    mutating func endView() {
        ends.append(count)
        seed = FeatureHash.seed(of: ends.count)
        mark = UInt32(truncatingIfNeeded: ends.count &+ 1) & 0xff
        left = min(Self.most, FeatureLimits.features - count)
    }

    /// Adds a feature by the hash of what it is.
    /// - Parameter name: what it is to a reader; asked for where it is wanted.
    @inline(__always)
    mutating func add(_ what: UInt64, _ name: @autoclosure () -> String) {
        // A view's features are apart from those of others: nothing is ever in two of them.
        let hash = FeatureHash.final(what ^ seed), isNew = insert(hash)
        if isNaming, isNew, let wanted, wanted.contains(hash), names[hash] == nil { names[hash] = name() }
    }

    /// - Returns: whether it is new.
    @inline(__always)
    private mutating func insert(_ hash: UInt32) -> Bool {
        guard left > 0 else { return false }
        let marked = hash | mark, slot = Int(hash >> 8) & (Self.slots &- 1), there = unsafe seen[slot], isFree = there & 0xff != mark
        // Whether a feature was met before, nobody can guess: that is no branch.
        if isFree || there == marked {
            unsafe seen[slot] = marked
            take(hash, isFree ? 1 : 0)
            return isFree
        }
        return insert(hash, behind: slot)
    }

    private mutating func insert(_ hash: UInt32, behind slot: Int) -> Bool {
        let marked = hash | mark
        // Who chooses words that come to lie side by side has them left out.
        for distance in 1..<64 {
            let next = (slot &+ distance) & (Self.slots &- 1), there = unsafe seen[next]
            if there == marked { return false }
            if there & 0xff != mark {
                unsafe seen[next] = marked
                take(hash, 1)
                return true
            }
        }
        return false
    }

    @inline(__always)
    private mutating func take(_ hash: UInt32, _ number: Int) {
        unsafe hashes[count] = hash
        count &+= number
        left &-= number
    }

    /// Adds each four octets in a row; line breaks are LF alone, so that a message keeps its features when a program changes them.
    /// - Parameter limit: octets that are read.
    mutating func addGrams(_ octets: ArraySlice<UInt8>, limit: Int) {
        unsafe octets.withUnsafeBufferPointer { octets in
            var gram: UInt32 = 0, count = 0
            for unsafe octet in unsafe octets {
                if octet == ASCII.cr { continue }
                gram = gram << 8 | UInt32(octet)
                count &+= 1
                if count >= 4 { add(UInt64(gram), Self.text(of: gram)) }
                if count >= limit { return }
            }
        }
    }

    /// Adds the hash of each word as it is, going on from `start`.
    /// - Parameter limit: words that are read.
    mutating func addWords(_ octets: [UInt8], from start: UInt64, limit: Int, _ name: (String) -> String) {
        let start = FeatureHash.border(start)
        unsafe octets.withUnsafeBufferPointer { text in
            unsafe WordCutter.each(of: text, limit: limit) { word in
                var hash = start, digits = 0
                for place in word {
                    let octet = unsafe text[place]
                    hash = FeatureHash.octet(octet, hash)
                    digits &+= ASCII.isDigit(octet) ? 1 : 0
                }
                // Names of one message or moment, which nobody meets again: long and with digits.
                if word.count <= 6 || digits == 0 { add(hash, name(ASCII.text(octets[word]))) }
            }
        }
    }

    private static func text(of gram: UInt32) -> String {
        let octets = [UInt8(truncatingIfNeeded: gram >> 24), UInt8(truncatingIfNeeded: gram >> 16), UInt8(truncatingIfNeeded: gram >> 8), UInt8(truncatingIfNeeded: gram)]
        return "\"" + octets.map { $0 == 10 ? "\\n" : $0 < 32 || $0 > 126 ? "." : String(UnicodeScalar($0)) }.joined() + "\""
    }
}

/// Hashes of what features are.
enum FeatureHash {
    static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    /// FNV-1a, 64 bits: one octet more.
    @inline(__always)
    static func octet(_ octet: UInt8, _ hash: UInt64) -> UInt64 { (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }

    /// Going on from `hash`.
    static func text(_ octets: ArraySlice<UInt8>, _ hash: UInt64 = start) -> UInt64 { unsafe octets.withUnsafeBufferPointer { unsafe text($0, 0..<$0.count, hash) } }

    static func text(_ name: StaticString, _ hash: UInt64 = start) -> UInt64 { name.withUTF8Buffer { unsafe text($0, 0..<$0.count, hash) } }

    /// The same of a part of octets, which are there as long as it takes.
    @inline(__always)
    static func text(_ octets: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ hash: UInt64 = start) -> UInt64 {
        var hash = hash
        for place in range { hash = octet(unsafe octets[place], hash) }
        return hash
    }

    /// Between a name and what it names: `ab` of `c` is not `a` of `bc`.
    @inline(__always)
    static func border(_ hash: UInt64) -> UInt64 { octet(0xff, hash) }

    @inline(__always)
    static func pair(_ first: UInt64, _ second: UInt64) -> UInt64 { (first &* 0x9e37_79b9_7f4a_7c15) ^ (second &+ 0x632b_e59b_d9b4_e019) }

    static func seed(of view: Int) -> UInt64 { UInt64(view + 1) &* 0xd6e8_feb8_6659_fd93 }

    /// 24 well mixed bits, the higher ones of 32, never 0. No table has more buckets than they can name, and they are kept with little room.
    @inline(__always)
    static func final(_ hash: UInt64) -> UInt32 {
        var mixed = hash
        mixed ^= mixed >> 32
        mixed = mixed &* 0xd6e8_feb8_6659_fd93
        mixed ^= mixed >> 32
        mixed = mixed &* 0xd6e8_feb8_6659_fd93
        let result = UInt32(truncatingIfNeeded: mixed >> 32) & 0xffff_ff00
        return result == 0 ? 0x100 : result
    }
}
