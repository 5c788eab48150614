internal import Mail

/// Takes features of one view after the other, each once in its view.
struct FeatureCollector {
    private(set) var hashes: [UInt32] = []
    private(set) var ends: [Int] = []
    /// Features whose names are asked for; nil where none is.
    let wanted: Set<UInt32>?
    private(set) var names: [UInt32: String] = [:]
    /// An open table of what the view has; 0 is empty. Small enough for the processor's first cache.
    private var seen: [UInt32]
    private var seed = FeatureHash.seed(of: 0)
    private var left = Self.most

    private static let slots = 1 << 13, most = 6_000

    init(wanted: Set<UInt32>? = nil) {
        self.wanted = wanted
        hashes.reserveCapacity(Self.slots)
        seen = [UInt32](repeating: 0, count: Self.slots)
    }

    /// The view is complete; what follows is of the next.
    mutating func endView() {
        ends.append(hashes.count)
        seed = FeatureHash.seed(of: ends.count)
        left = Self.most
        unsafe seen.withUnsafeMutableBufferPointer { unsafe $0.update(repeating: 0) }
    }

    /// Adds a feature by the hash of what it is.
    /// - Parameter name: what it is to a reader; asked for where it is wanted.
    @inline(__always)
    mutating func add(_ what: UInt64, _ name: @autoclosure () -> String) {
        // A view's features are apart from those of others: nothing is ever in two of them.
        let hash = FeatureHash.final(what ^ seed)
        guard insert(hash), let wanted else { return }
        if wanted.contains(hash), names[hash] == nil { names[hash] = name() }
    }

    @inline(__always)
    private mutating func insert(_ hash: UInt32) -> Bool {
        guard left > 0, hashes.count < FeatureLimits.features else { return false }
        var slot = Int(hash >> 8 & UInt32(Self.slots - 1))
        // Who chooses words that come to lie side by side has them left out.
        for _ in 0..<64 {
            let there = seen[slot]
            if there == hash { return false }
            if there == 0 {
                seen[slot] = hash
                hashes.append(hash)
                left &-= 1
                return true
            }
            slot = (slot &+ 1) & (Self.slots &- 1)
        }
        return false
    }

    /// Adds each four octets in a row; line breaks are LF alone, so that a message keeps its features when a program changes them.
    /// - Parameter limit: octets that are read.
    mutating func addGrams(_ octets: ArraySlice<UInt8>, limit: Int) {
        var gram: UInt32 = 0, count = 0
        for octet in octets {
            if octet == ASCII.cr { continue }
            gram = gram << 8 | UInt32(octet)
            count &+= 1
            if count >= 4 { add(UInt64(gram), Self.text(of: gram)) }
            if count >= limit { return }
        }
    }

    /// Adds the hash of each word as it is, going on from `start`.
    /// - Parameter limit: words that are read.
    mutating func addWords(_ octets: [UInt8], from start: UInt64, limit: Int, _ name: (String) -> String) {
        for word in WordCutter.words(in: octets, limit: limit) where !isNumber(octets, word) { add(FeatureHash.text(octets, word, FeatureHash.border(start)), name(ASCII.text(octets[word]))) }
    }

    /// Names of one message or moment, which nobody meets again: long and with digits.
    private func isNumber(_ octets: [UInt8], _ word: Range<Int>) -> Bool {
        guard word.count > 6 else { return false }
        for place in word where ASCII.isDigit(octets[place]) { return true }
        return false
    }

    private static func text(of gram: UInt32) -> String {
        let octets = [UInt8(truncatingIfNeeded: gram >> 24), UInt8(truncatingIfNeeded: gram >> 16), UInt8(truncatingIfNeeded: gram >> 8), UInt8(truncatingIfNeeded: gram)]
        return "\"" + octets.map { $0 == 10 ? "\\n" : $0 < 32 || $0 > 126 ? "." : String(UnicodeScalar($0)) }.joined() + "\""
    }
}

/// Hashes of what features are.
enum FeatureHash {
    static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    /// FNV-1a, 64 bits, going on from `hash`.
    @inline(__always)
    static func text(_ octets: ArraySlice<UInt8>, _ hash: UInt64 = start) -> UInt64 {
        var hash = hash
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        return hash
    }

    /// Between a name and what it names: `ab` of `c` is not `a` of `bc`.
    @inline(__always)
    static func border(_ hash: UInt64) -> UInt64 { (hash ^ 0xff) &* 0x100_0000_01b3 }

    /// The same of a part of `octets`.
    @inline(__always)
    static func text(_ octets: [UInt8], _ range: Range<Int>, _ hash: UInt64 = start) -> UInt64 {
        var hash = hash
        for place in range { hash = (hash ^ UInt64(octets[place])) &* 0x100_0000_01b3 }
        return hash
    }

    static func text(_ name: StaticString, _ hash: UInt64 = start) -> UInt64 {
        name.withUTF8Buffer { octets in
            var hash = hash
            for unsafe octet in unsafe octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
            return hash
        }
    }

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
