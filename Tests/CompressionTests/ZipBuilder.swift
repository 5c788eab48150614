import Compression

/// Makes archives octet by octet, wrong ones too.
struct ZipBuilder {
    struct Member {
        var name = "a.xml", body: [UInt8] = [], method = 0, flags = 0
        /// What header and directory say, where they do not tell the truth.
        var localName: String? = nil, size: Int? = nil, compressedSize: Int? = nil, checksum: Int? = nil, header: Int? = nil, disk = 0
    }

    var members: [Member] = []
    var comment: [UInt8] = [], prefix: [UInt8] = [], beforeEnd: [UInt8] = []
    /// What the end record says, where it does not tell the truth.
    var count: Int? = nil, directory: Int? = nil

    static func short(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
    static func long(_ value: Int) -> [UInt8] { short(value) + short(value >> 16) }

    /// A deflated member of these octets, by way of gzip.
    static func deflated(_ name: String, _ octets: [UInt8]) throws -> Member {
        let packed = try Gzip.compress(octets)
        return Member(name: name, body: Array(packed.dropFirst(10).dropLast(8)), method: 8, size: octets.count, checksum: checksum(octets))
    }

    static func checksum(_ octets: [UInt8]) -> Int {
        ~octets.reduce(0xffff_ffff) { sum, octet in
            (0..<8).reduce(sum ^ Int(octet)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        } & 0xffff_ffff
    }

    var octets: [UInt8] {
        var file = prefix, central: [UInt8] = []
        for member in members {
            let facts = Self.short(member.flags) + Self.short(member.method) + Self.long(0) + Self.long(member.checksum ?? Self.checksum(member.body))
                + Self.long(member.compressedSize ?? member.body.count) + Self.long(member.size ?? member.body.count)
            let local = member.localName ?? member.name, at = file.count
            file += Self.long(0x0403_4b50) + Self.short(20) + facts + Self.short(local.utf8.count) + Self.short(0) + Array(local.utf8) + member.body
            central += Self.long(0x0201_4b50) + Self.short(20) + Self.short(20) + facts + Self.short(member.name.utf8.count) + Self.short(0) + Self.short(0)
                + Self.short(member.disk) + Self.short(0) + Self.long(0) + Self.long(member.header ?? at) + Array(member.name.utf8)
        }
        let begin = file.count
        file += central + beforeEnd
        let total = count ?? members.count
        return file + Self.long(0x0605_4b50) + Self.short(0) + Self.short(0) + Self.short(total) + Self.short(total) + Self.long(central.count)
            + Self.long(directory ?? begin) + Self.short(comment.count) + comment
    }
}
