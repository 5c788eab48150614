import TestSupport

extension SeededGenerator {
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
