/// The same numbers at every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    /// Octets of which white space, line ends and letters are about as frequent as each other.
    mutating func oddOctets(_ count: Int) -> [UInt8] {
        var octets: [UInt8] = []
        while octets.count < count {
            switch below(10) {
            case 0: octets += [13, 10]
            case 1: octets += Array(repeating: 32, count: below(3) + 1)
            case 2: octets.append(9)
            case 3: octets.append([13, 10, 0, 255][below(4)])
            case 4: octets += Array(repeating: [[13, 10], [10]][below(2)], count: below(4)).flatMap { $0 }
            default: octets += (0...below(24)).map { _ in UInt8(97 + below(26)) }
            }
        }
        return octets
    }
}
