/// The same numbers for the same seed (splitmix64), so that a failure can be seen again.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    /// - Parameter alphabet: not empty; what is in it twice comes twice as often.
    package mutating func octets(_ count: Int, of alphabet: [UInt8]) -> [UInt8] { (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &self)] } }

    /// A piece of some octets that need not begin with the first, nor end with the last.
    package mutating func piece(of octets: [UInt8]) -> ArraySlice<UInt8> {
        let begin = Int.random(in: 0...octets.count, using: &self)
        return octets[begin..<Int.random(in: begin...octets.count, using: &self)]
    }

    /// Each octet that there is.
    package static var allOctets: [UInt8] { (0...255).map { UInt8($0) } }
}
