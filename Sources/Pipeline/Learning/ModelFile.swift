internal import Cryptography
package import SpamFilter

/// A model as it is written down, exported and imported: a header, the table, and SHA-256 over both.
///
/// Header, numbers from the highest octet: `POSTERN`, 0; version, bits of the table, two zeroes; messages learned as spam and as ham, octets of the table, eight octets each.
package enum ModelFile {
    private static let magic: [UInt8] = Array("POSTERN".utf8) + [0]
    private static let version: UInt8 = 1
    private static let headerOctets = 36, sumOctets = 32

    package static func octets(of model: SpamModel) -> [UInt8] {
        let table = model.octets(), learned = model.learned
        var octets = magic + [version, UInt8(truncatingIfNeeded: model.bits), 0, 0]
        octets.reserveCapacity(table.count + headerOctets + sumOctets)
        for number in [learned.spam, learned.ham, table.count] { for shift in stride(from: 56, through: 0, by: -8) { octets.append(UInt8(truncatingIfNeeded: number >> shift)) } }
        octets += table
        return octets + SHA256.digest(octets)
    }

    /// - Parameter bits: of the table at most.
    /// - Throws: ``TrainingTrouble/noModel(_:)``, which names what is wrong.
    package static func model(_ octets: [UInt8], bits: Int) throws(TrainingTrouble) -> SpamModel {
        guard octets.starts(with: magic) else { throw .noModel("it does not begin as one") }
        guard octets.count >= headerOctets + sumOctets else { throw .noModel("it ends within its header") }
        guard octets[8] == version else { throw .noModel("it is of version \(octets[8]), and version \(version) is read here") }
        guard octets[9] >= 10, octets[9] <= 24, octets[10] == 0, octets[11] == 0 else { throw .noModel("its header has what no version has") }
        guard Int(octets[9]) <= bits else { throw .noModel("its table has 2^\(octets[9]) buckets, and this layer at most 2^\(bits)") }
        func number(_ at: Int) -> Int? { Int(exactly: octets[at..<(at + 8)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
        guard let spam = number(12), let ham = number(20), let count = number(28), max(spam, ham) < 1 << 40, count == octets.count - headerOctets - sumOctets else {
            throw .noModel("it has \(octets.count) octets, which is not what its header says")
        }
        let end = octets.count - sumOctets
        guard SHA256.digest(octets[..<end]) == Array(octets[end...]) else { throw .noModel("its checksum is another one: it was changed or cut") }
        guard let model = SpamModel(bits: Int(octets[9]), learned: (spam, ham), octets: Array(octets[headerOctets..<end])) else { throw .noModel("its table is not one of 2^\(octets[9]) buckets") }
        return model
    }
}
