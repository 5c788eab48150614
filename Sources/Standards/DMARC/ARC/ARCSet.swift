package import Mail

/// The three fields that one sealer added.
/// Source: RFC 8617 §4.2.
package struct ARCSet: Sendable {
    package let results: ARCAuthenticationResults
    package let messageSignature: ARCMessageSignature
    package let seal: ARCSeal

    package var instance: Int { seal.instance }
}

/// The sets of a message in the order of their instances, found to be a chain.
/// Source: RFC 8617 §4.2.2 and §5.2 steps 1 to 3.
package struct ARCChain: Sendable {
    /// Instances 1, 2, 3 and so on; never empty.
    package let sets: [ARCSet]

    /// Gathers the chain of a message.
    /// - Returns: nil where the message has no field of ARC.
    /// - Throws: the first thing that is wrong with its structure.
    /// - Limits: `sets`, and those of the fields.
    package init?(_ header: HeaderSection, limits: ARCLimits = ARCLimits()) throws(ARCFault) {
        var results: [Int: ARCAuthenticationResults] = [:], signatures: [Int: ARCMessageSignature] = [:], seals: [Int: ARCSeal] = [:]
        for (place, field) in header.fields.enumerated() {
            if field.isNamed(Self.resultsName) {
                let read = try ARCAuthenticationResults(field, limits: limits)
                try Self.once(results.updateValue(read, forKey: read.instance) == nil, ARCAuthenticationResults.name, read.instance)
            } else if field.isNamed(Self.signatureName) {
                let read = try ARCMessageSignature(field, at: place, limits: limits)
                try Self.once(signatures.updateValue(read, forKey: read.instance) == nil, ARCMessageSignature.name, read.instance)
            } else if field.isNamed(Self.sealName) {
                let read = try ARCSeal(field, limits: limits)
                try Self.once(seals.updateValue(read, forKey: read.instance) == nil, ARCSeal.name, read.instance)
            }
        }
        guard let newest = [results.keys.max(), signatures.keys.max(), seals.keys.max()].compactMap({ $0 }).max() else { return nil }
        // RFC 8617 §5.2 step 2: whoever found the chain broken before has said so.
        if let seal = seals[newest], seal.validation == .fail { throw ARCFault(newest, "ARC-Seal \(newest) says cv=fail") }
        var sets: [ARCSet] = []
        for instance in 1...newest {
            guard let result = results[instance] else { throw ARCFault(instance, "there is no \(ARCAuthenticationResults.name) \(instance)") }
            guard let signature = signatures[instance] else { throw ARCFault(instance, "there is no \(ARCMessageSignature.name) \(instance)") }
            guard let seal = seals[instance] else { throw ARCFault(instance, "there is no \(ARCSeal.name) \(instance)") }
            let expected: ARCResult = instance == 1 ? .none : .pass
            guard seal.validation == expected else { throw ARCFault(instance, "ARC-Seal \(instance) says cv=\(seal.validation.rawValue), not \(expected.rawValue)") }
            sets.append(ARCSet(results: result, messageSignature: signature, seal: seal))
        }
        self.sets = sets
    }

    static let resultsName = HeaderName(ARCAuthenticationResults.name), signatureName = HeaderName(ARCMessageSignature.name), sealName = HeaderName(ARCSeal.name)

    private static func once(_ isFirst: Bool, _ name: String, _ instance: Int) throws(ARCFault) {
        if !isFirst { throw ARCFault(instance, "there are two of \(name) \(instance)") }
    }
}
