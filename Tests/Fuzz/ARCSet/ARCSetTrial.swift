import DMARC
import DNS
import Mail

/// What must hold for the reading of any octets as the fields of ARC.
struct ARCSetTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        gather(octets)
        for name in ["ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"] { gather(Array("\(name):".utf8) + octets) }
        gather(Array("ARC-Authentication-Results: i=1;".utf8) + octets)
    }

    private func gather(_ octets: [UInt8]) {
        let header = HeaderSection(octets: octets), limits = ARCLimits()
        do throws(ARCFault) {
            if let chain = try ARCChain(header, limits: limits) {
                precondition(!chain.sets.isEmpty && chain.sets.count <= limits.sets)
                for (place, set) in chain.sets.enumerated() {
                    precondition(set.results.instance == place + 1 && set.messageSignature.instance == place + 1 && set.seal.instance == place + 1)
                    precondition(set.seal.validation == (place == 0 ? .none : .pass))
                }
                // The same fields in any order are the same chain.
                let turned = HeaderSection(octets: header.fields.reversed().flatMap { field in field.octets.last == 10 ? Array(field.octets) : Array(field.octets) + [13, 10] })
                let again = try ARCChain(turned, limits: limits)
                precondition(turned.fields.count != header.fields.count || again?.sets.count == chain.sets.count, "a chain that depends on the order of its fields")
            }
        } catch { precondition(!error.why.isEmpty && !error.isTemporary && error.instance.map { (1...limits.sets).contains($0) } ?? true) }
        for field in header.fields { check(field, limits) }
    }

    private func check(_ field: HeaderField, _ limits: ARCLimits) {
        if let results = try? ARCAuthenticationResults(field, limits: limits) {
            precondition((1...limits.sets).contains(results.instance) && !results.authservID.isEmpty && results.results.utf8.count <= limits.resultsOctets * 3)
        }
        if let signature = try? ARCMessageSignature(field, limits: limits) {
            precondition((1...limits.sets).contains(signature.instance) && !signature.bodyHash.isEmpty && !signature.signature.isEmpty)
            check(signature.domain)
        }
        if let seal = try? ARCSeal(field, limits: limits) {
            precondition((1...limits.sets).contains(seal.instance) && !seal.signature.isEmpty)
            check(seal.domain)
        }
    }

    private func check(_ name: DomainName) { precondition(DomainName(name.text) == name, "a name changes when it is written and read") }
}
