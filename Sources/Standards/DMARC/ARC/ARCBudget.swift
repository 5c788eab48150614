/// What validating one chain may still cost.
struct ARCBudget {
    private var verifications: Int
    private var signedOctets: Int
    /// Something was not done for want of it.
    private(set) var isSpent = false

    init(_ limits: ARCLimits) { (verifications, signedOctets) = (limits.verifications, limits.signedOctets) }

    /// - Parameter cost: ``PublicKey/cost``.
    /// - Returns: whether there is enough for it; then it is taken.
    mutating func verify(_ cost: Int) -> Bool { take(cost, of: \.verifications) }

    mutating func hash(_ octets: Int) -> Bool { take(octets, of: \.signedOctets) }

    private mutating func take(_ count: Int, of purse: WritableKeyPath<ARCBudget, Int>) -> Bool {
        guard self[keyPath: purse] >= count else { isSpent = true; return false }
        self[keyPath: purse] -= count
        return true
    }
}
