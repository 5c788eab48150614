import Compression

/// What must hold for the opening of any octets as a stream that was compressed and as an archive.
struct ArchiveTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        var limits = CompressionLimits()
        (limits.outputOctets, limits.freeOctets, limits.members) = (1_048_576, 65_536, 20)
        for format in CompressedFormat.allCases {
            do throws(CompressionError) { check(try format.expand(octets, limits: limits), limits) } catch { precondition(!error.description.isEmpty) }
        }
        do throws(CompressionError) {
            let archive = try ZipArchive(octets, limits: limits)
            precondition(archive.members.count <= limits.members)
            for (place, member) in archive.members.enumerated() {
                precondition(member.name.utf8.count <= limits.nameOctets * 3 && member.size >= 0 && member.compressedSize >= 0 && member.compressedSize <= octets.count)
                guard let output = try? archive.open(place) else { continue }
                check(output, limits)
                precondition(output.count == member.size, "a member has another size than it says")
            }
        } catch { precondition(!error.description.isEmpty) }
        let again = (try? Gzip.compress(octets)).flatMap { try? CompressedFormat.gzip.expand($0) }
        precondition(again == octets, "octets change when they are compressed and expanded")
    }

    private func check(_ output: [UInt8], _ limits: CompressionLimits) {
        precondition(output.count <= limits.outputOctets && (output.count <= limits.freeOctets || output.count / max(octets.count, 1) < limits.ratio), "more came out than is allowed")
    }
}
