import Compression
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
    static let text = Array("<feedback/>".utf8)

    private func fault(_ builder: ZipBuilder, _ limits: CompressionLimits = CompressionLimits()) -> CompressionError? { fault(builder.octets, limits) }

    /// What opening the archive and each of its members comes upon.
    private func fault(_ octets: [UInt8], _ limits: CompressionLimits = CompressionLimits()) -> CompressionError? {
        do throws(CompressionError) {
            let archive = try ZipArchive(octets, limits: limits)
            var spent = 0
            for place in archive.members.indices { spent += try archive.open(place, spent: spent).count }
            return nil
        } catch { return error }
    }

    @Test func storedAndDeflatedMembersAreOpened() throws {
        let long = Array(repeating: Self.text, count: 500).flatMap { $0 }
        let builder = ZipBuilder(members: [.init(name: "folder/"), .init(name: "a.xml", body: Self.text), try ZipBuilder.deflated("b.xml", long)], comment: Array("PK\u{5}\u{6}, said it".utf8))
        let archive = try ZipArchive(builder.octets)
        #expect(archive.members.map(\.name) == ["folder/", "a.xml", "b.xml"])
        #expect(archive.members.map(\.isFolder) == [true, false, false])
        #expect(archive.members.map(\.size) == [0, Self.text.count, long.count])
        #expect(try archive.open(1) == Self.text)
        #expect(try archive.open(2) == long)
        #expect(throws: CompressionError.self) { try archive.open(3) }
        #expect(throws: CompressionError.self) { try archive.open(-1) }
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, builder: ZipBuilder, wanted: CompressionError?
        var testDescription: String { name }

        init(_ name: String, _ member: ZipBuilder.Member, _ wanted: CompressionError?) {
            self.init(name, ZipBuilder(members: [member]), wanted)
        }

        init(_ name: String, _ builder: ZipBuilder, _ wanted: CompressionError?) { self.name = name; self.builder = builder; self.wanted = wanted }
    }

    static let rows: [Row] = [
        Row("nothing in it", ZipBuilder(), nil),
        Row("encrypted", .init(body: text, flags: 1), .unsupported("encryption")),
        Row("strongly encrypted", .init(body: text, flags: 0x40), .unsupported("encryption")),
        Row("encrypted directory", .init(body: text, flags: 0x2000), .unsupported("encryption")),
        Row("patched", .init(body: text, flags: 0x20), .unsupported("patched data")),
        Row("method of bzip2", .init(body: text, method: 12), .unsupported("method 12")),
        Row("zip64 size", .init(body: text, size: 0xffff_ffff), .unsupported("zip64")),
        Row("zip64 place", .init(body: text, header: 0xffff_ffff), .unsupported("zip64")),
        Row("zip64 count", ZipBuilder(members: [.init(body: text)], count: 0xffff), .unsupported("zip64")),
        Row("zip64 locator", ZipBuilder(members: [.init(body: text)], beforeEnd: ZipBuilder.long(0x0706_4b50) + [UInt8](repeating: 0, count: 16)), .unsupported("zip64")),
        Row("other sum", .init(body: text, checksum: 1), .damaged("incorrect data check")),
        Row("other size", .init(body: [3, 0], method: 8, size: 1), .damaged("a member of another size than the directory has")),
        Row("stored, two sizes", .init(body: text, size: 3), .damaged("a stored member of two sizes")),
        Row("other name in the header", .init(name: "a.xml", body: text, localName: "b.xml"), .damaged("a member whose header contradicts the directory")),
        Row("no header", .init(body: text, header: 1), .damaged("a member without its header")),
        Row("header far away", .init(body: text, header: 0x7fff_ffff), .damaged("a member without its header")),
        Row("reaches into the directory", .init(body: text, size: 5_000, compressedSize: 5_000), .damaged("a member that reaches into the directory")),
        Row("one place for two", ZipBuilder(members: [.init(body: text), .init(body: text, header: 0)]), .damaged("members that lie over each other")),
        Row("more members than the end says", ZipBuilder(members: [.init(body: text), .init(body: text)], count: 1), .damaged("a directory with more in it than its members")),
        Row("fewer members than the end says", ZipBuilder(members: [.init(body: text)], count: 2), .damaged("a directory that ends before its members do")),
        Row("directory elsewhere", ZipBuilder(members: [.init(body: text)], directory: 3), .damaged("the directory is not where its end says")),
        Row("something before it", ZipBuilder(members: [.init(body: text)], prefix: text), nil),
    ]

    @Test(arguments: rows) func table(_ row: Row) { #expect(fault(row.builder) == row.wanted) }

    @Test func noArchive() {
        for octets in [[], Array("PK".utf8), [UInt8](repeating: 0, count: 100_000), ZipBuilder.long(0x0605_4b50)] {
            #expect(fault(octets) == .damaged("no end of directory"))
        }
    }

    // MARK: bombs

    @Test func aMillionEmptyMembers() {
        // Sixteen bits hold 65535 at most: the end record of a million says what is left of it, or points to zip64.
        var one = ZipBuilder(members: [.init(name: "")]).octets
        let end = Array(one.suffix(22)), central = Array(one.dropLast(22).suffix(46)), local = Array(one.prefix(30))
        one = []
        for _ in 0..<1_000_000 { one += local }
        let begin = one.count
        for _ in 0..<1_000_000 { one += central }
        let counted = one + end.prefix(8) + ZipBuilder.short(1_000_000) + ZipBuilder.short(1_000_000) + ZipBuilder.long(46_000_000) + ZipBuilder.long(begin) + [0, 0]
        #expect(fault(counted) == .limit(.members))
        let hidden = one + end.prefix(8) + ZipBuilder.short(7) + ZipBuilder.short(7) + ZipBuilder.long(46_000_000) + ZipBuilder.long(begin) + [0, 0]
        #expect(fault(hidden) == .damaged("a directory with more in it than its members"))
        let locator = ZipBuilder.long(0x0706_4b50) + [UInt8](repeating: 0, count: 16)
        #expect(fault(one + locator + end) == .unsupported("zip64"))
    }

    @Test func tooManyMembersAreToldBeforeTheyAreRead() {
        #expect(fault(ZipBuilder(members: [.init(body: Self.text)], count: 101)) == .limit(.members))
    }

    @Test func membersShareOneLimit() throws {
        let zeroes = try ZipBuilder.deflated("0", [UInt8](repeating: 0, count: 900_000))
        var limits = CompressionLimits()
        limits.outputOctets = 2_000_000
        #expect(fault(ZipBuilder(members: [zeroes, zeroes]), limits) == nil)
        #expect(fault(ZipBuilder(members: [zeroes, zeroes, zeroes]), limits) == .limit(.outputOctets))
    }

    @Test func aMemberThatSaysItIsSmallIsNotMadeLarge() throws {
        var liar = try ZipBuilder.deflated("0", [UInt8](repeating: 0, count: 20_000_000))
        liar.size = 10
        #expect(fault(ZipBuilder(members: [liar])) == .limit(.ratio))
    }

    @Test func aLongName() {
        #expect(fault(ZipBuilder(members: [.init(name: String(repeating: "n", count: 1_025))])) == .limit(.nameOctets))
    }

    /// Whatever is cut off or changed, the reader answers.
    @Test func everyCutAndEveryChange() throws {
        let whole = ZipBuilder(members: [.init(body: Self.text), try ZipBuilder.deflated("b.xml", Self.text)]).octets
        for count in 0..<whole.count { #expect(fault(Array(whole.prefix(count))) != nil, "\(count)") }
        var random = SeededGenerator(3)
        for _ in 0..<20_000 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = fault(changed)
        }
    }
}
