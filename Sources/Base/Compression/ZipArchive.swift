/// A ZIP archive as its central directory has it; members that are stored or deflated can be opened.
/// Source: PKWARE APPNOTE 6.3.10, ISO/IEC 21320-1 (the part of it that documents use).
///
/// Whatever readers of ZIP understand differently is refused: a directory that is not where its end says, members that lie over each
/// other, local headers that contradict the directory.
/// Limits: ``CompressionLimits/members``, ``CompressionLimits/nameOctets``, and at opening those of the output.
package struct ZipArchive: Sendable {
    package struct Member: Sendable, Hashable {
        /// As written; octets that are no UTF-8 become U+FFFD.
        package let name: String
        /// Octets of the member when it is opened, as the directory has it.
        package let size: Int
        package let compressedSize: Int
        /// A name that ends with a slash.
        package var isFolder: Bool { name.hasSuffix("/") }
        let method: Int, checksum: Int, header: Int, nameOctets: ArraySlice<UInt8>
    }

    /// In the order of the directory.
    package let members: [Member]
    private let octets: [UInt8], limits: CompressionLimits
    /// Where the octets of each member lie.
    private let places: [Range<Int>]

    /// Reads the directory; no member is opened.
    /// - Throws: ``CompressionError``, which names what is wrong.
    package init(_ octets: [UInt8], limits: CompressionLimits = CompressionLimits()) throws(CompressionError) {
        let file = LittleEndian(octets)
        let end = try Self.end(file, limits)
        members = try Self.directory(file, end, limits)
        places = try Self.places(file, members, before: end.directory)
        self.octets = octets
        self.limits = limits
    }

    /// Opens a member.
    /// - Parameters:
    ///   - place: of ``members``.
    ///   - spent: octets of other members that came out before, which count towards ``CompressionLimits/outputOctets``.
    /// - Throws: ``CompressionError``; also where size or checksum are not those of the directory.
    package func open(_ place: Int, spent: Int = 0) throws(CompressionError) -> [UInt8] {
        guard members.indices.contains(place), places.indices.contains(place) else { throw .damaged("there is no such member") }
        let member = members[place], packed = octets[places[place]]
        var bounded = limits
        bounded.outputOctets = max(limits.outputOctets - spent, 0)
        if member.size > bounded.outputOctets { throw .limit(.outputOctets) }
        let output: [UInt8]
        switch member.method {
        case 0: output = Array(packed)
        case 8: output = try CompressedFormat.deflate.expand(packed, limits: bounded)
        default: throw .unsupported("method \(member.method)")
        }
        if output.count != member.size { throw .damaged("a member of another size than the directory has") }
        if Gzip.checksum(output) != UInt32(truncatingIfNeeded: member.checksum) { throw .damaged("incorrect data check") }
        return output
    }

    /// What is kept of a member, as it lies in the archive.
    func packed(_ place: Int) -> ArraySlice<UInt8>? { places.indices.contains(place) ? octets[places[place]] : nil }

    private struct End { var directory = 0, directorySize = 0, count = 0 }

    /// The end record: the last one whose comment reaches the end of the file.
    private static func end(_ file: LittleEndian, _ limits: CompressionLimits) throws(CompressionError) -> End {
        var place = file.count - 22
        let first = max(place - 65_535, 0)
        while place >= first {
            if file.long(place) == 0x0605_4b50, let comment = file.short(place + 20), place + 22 + comment == file.count { break }
            place -= 1
        }
        guard place >= first, place >= 0, let disk = file.short(place + 4), let directoryDisk = file.short(place + 6), let here = file.short(place + 8),
              let count = file.short(place + 10), let size = file.long(place + 12), let directory = file.long(place + 16) else { throw .damaged("no end of directory") }
        if file.long(place - 20) == 0x0706_4b50 || count == 0xffff || size == 0xffff_ffff || directory == 0xffff_ffff { throw .unsupported("zip64") }
        if disk != 0 || directoryDisk != 0 || here != count { throw .unsupported("an archive of several disks") }
        if count > limits.members { throw .limit(.members) }
        guard directory + size == place else { throw .damaged("the directory is not where its end says") }
        return End(directory: directory, directorySize: size, count: count)
    }

    private static func directory(_ file: LittleEndian, _ end: End, _ limits: CompressionLimits) throws(CompressionError) -> [Member] {
        var members: [Member] = [], place = end.directory
        let stop = end.directory + end.directorySize
        for _ in 0..<end.count {
            guard place + 46 <= stop, file.long(place) == 0x0201_4b50, let flags = file.short(place + 8), let method = file.short(place + 10),
                  let checksum = file.long(place + 16), let packed = file.long(place + 20), let size = file.long(place + 24), let name = file.short(place + 28),
                  let extra = file.short(place + 30), let comment = file.short(place + 32), let header = file.long(place + 42),
                  place + 46 + name + extra + comment <= stop else { throw .damaged("a directory that ends before its members do") }
            if flags & 0x2041 != 0 { throw .unsupported("encryption") }
            if flags & 0x20 != 0 { throw .unsupported("patched data") }
            if packed == 0xffff_ffff || size == 0xffff_ffff || header == 0xffff_ffff { throw .unsupported("zip64") }
            if name > limits.nameOctets { throw .limit(.nameOctets) }
            let octets = file.octets[(place + 46)..<(place + 46 + name)]
            members.append(Member(name: String(decoding: octets, as: UTF8.self), size: size, compressedSize: packed, method: method, checksum: checksum,
                                  header: header, nameOctets: octets))
            place += 46 + name + extra + comment
        }
        guard place == stop else { throw .damaged("a directory with more in it than its members") }
        return members
    }

    /// - Parameter directory: where it begins; everything of a member lies before.
    private static func places(_ file: LittleEndian, _ members: [Member], before directory: Int) throws(CompressionError) -> [Range<Int>] {
        var places: [Range<Int>] = [], taken: [Range<Int>] = []
        for member in members {
            guard member.header + 30 <= directory, file.long(member.header) == 0x0403_4b50, let flags = file.short(member.header + 6),
                  let method = file.short(member.header + 8), let name = file.short(member.header + 26), let extra = file.short(member.header + 28) else {
                throw .damaged("a member without its header")
            }
            let begin = member.header + 30 + name + extra
            guard begin <= directory, member.compressedSize <= directory - begin else { throw .damaged("a member that reaches into the directory") }
            if flags & 0x2041 != 0 { throw .unsupported("encryption") }
            guard method == member.method, file.octets[(member.header + 30)..<(member.header + 30 + name)] == member.nameOctets else {
                throw .damaged("a member whose header contradicts the directory")
            }
            if method == 0, member.size != member.compressedSize { throw .damaged("a stored member of two sizes") }
            places.append(begin..<(begin + member.compressedSize))
            taken.append(member.header..<(begin + member.compressedSize))
        }
        taken.sort { $0.lowerBound < $1.lowerBound }
        for (one, other) in zip(taken, taken.dropFirst()) where one.upperBound > other.lowerBound { throw .damaged("members that lie over each other") }
        return places
    }
}
