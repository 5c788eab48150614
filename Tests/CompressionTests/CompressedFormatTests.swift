import Compression
import TestSupport
import Testing

@Suite struct CompressedFormatTests {
    static func hex(_ text: String) -> [UInt8] {
        text.split(separator: " ").flatMap { word in stride(from: 0, to: word.count, by: 2).map { UInt8(word.dropFirst($0).prefix(2), radix: 16) ?? 0 } }
    }

    /// `hello hello hello`, made by Python's zlib.
    static let gzipped = hex("1f8b0800000000000203 cb48cdc9c957c84090008088f9e511000000")

    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, format: CompressedFormat, octets: [UInt8]
        let wanted: Result<String, CompressionError>
        var testDescription: String { name }
    }

    static let rows: [Row] = {
        let stored: [UInt8] = [1, 5, 0, 0xfa, 0xff] + Array("hello".utf8)
        return [
            Row(name: "raw, stored", format: .deflate, octets: stored, wanted: .success("hello")),
            Row(name: "raw, fixed codes", format: .deflate, octets: hex("cb48cdc9c957c8409000"), wanted: .success("hello hello hello")),
            Row(name: "gzip", format: .gzip, octets: gzipped, wanted: .success("hello hello hello")),
            Row(name: "gzip, sum that is wrong", format: .gzip, octets: gzipped.dropLast(5) + [0, 17, 0, 0, 0], wanted: .failure(.damaged("incorrect data check"))),
            Row(name: "gzip, length that is wrong", format: .gzip, octets: gzipped.dropLast(4) + [18, 0, 0, 0], wanted: .failure(.damaged("incorrect length check"))),
            Row(name: "zlib", format: .zlib, octets: hex("789ccb48cdc9c957c84090003a2e067d"), wanted: .success("hello hello hello")),
            Row(name: "nothing", format: .gzip, octets: [], wanted: .failure(.truncated)),
            Row(name: "no gzip", format: .gzip, octets: Array("hello, this is no gzip".utf8), wanted: .failure(.damaged("incorrect header check"))),
            Row(name: "stored length that is wrong", format: .deflate, octets: [1, 5, 0, 0, 0], wanted: .failure(.damaged("invalid stored block lengths"))),
            Row(name: "block of no type", format: .deflate, octets: [7], wanted: .failure(.damaged("invalid block type"))),
        ]
    }()

    private func expand(_ format: CompressedFormat, _ octets: [UInt8], _ limits: CompressionLimits = CompressionLimits()) -> Result<String, CompressionError> {
        do throws(CompressionError) { return .success(String(decoding: try format.expand(octets, limits: limits), as: UTF8.self)) } catch { return .failure(error) }
    }

    @Test(arguments: rows) func table(_ row: Row) {
        #expect(expand(row.format, row.octets) == row.wanted)
    }

    @Test func beginnings() throws {
        let text = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }, packed = try Gzip.compress(text)
        for limit in [-1, 0, 1, 70_000, 300_000, 400_000] { #expect(CompressedFormat.gzip.beginning(of: packed[...], upTo: limit) == Array(text.prefix(max(limit, 0)))) }
        let half = CompressedFormat.gzip.beginning(of: packed.prefix(packed.count / 2), upTo: 400_000)
        #expect(!half.isEmpty && half == Array(text.prefix(half.count)) && half.count < text.count, "what is there of half a stream")
        #expect(CompressedFormat.gzip.beginning(of: Array("no gzip".utf8)[...], upTo: 10).isEmpty)
        let archive = try ZipArchive(ZipBuilder(members: [try ZipBuilder.deflated("a", text), ZipBuilder.Member(name: "b", body: text), ZipBuilder.Member(name: "c", body: text, method: 12)]).octets)
        #expect((0...3).map { archive.beginning(of: $0, upTo: 100) } == [Array(text.prefix(100)), Array(text.prefix(100)), [], []])
    }

    @Test func gzipOfSeveralMembersIsOneText() throws {
        let members = try Gzip.compress(Array("one ".utf8)) + Gzip.compress([]) + Gzip.compress(Array("two".utf8))
        #expect(expand(.gzip, members) == .success("one two"))
        #expect(expand(.gzip, members + [0, 0, 0, 0]) == .success("one two"), "zeroes that fill a block are no member")
        var few = CompressionLimits()
        few.members = 2
        #expect(expand(.gzip, members, few) == .failure(.limit(.members)))
    }

    @Test func whatIsWrittenIsReadBack() throws {
        var random = SeededGenerator(7)
        for round in 0..<60 {
            let count = Int.random(in: 0..<(round < 50 ? 3_000 : 400_000), using: &random)
            let octets = (0..<count).map { _ in UInt8.random(in: 0..<(round % 2 == 0 ? 3 : 255), using: &random) }
            var level: Int32 = 0
            while level <= 9 {
                let packed = try Gzip.compress(octets, level: level)
                #expect(try CompressedFormat.gzip.expand(packed) == octets)
                level += 4
            }
        }
    }

    /// Every cut ends too early, every changed octet is refused or changes nothing that is said.
    @Test func everyCutAndEveryChange() throws {
        let text = Array(repeating: Array("a report, a report; ".utf8), count: 20).flatMap { $0 }
        let packed = try Gzip.compress(text)
        for count in 0..<packed.count {
            #expect(expand(.gzip, Array(packed.prefix(count))) == .failure(.truncated), "\(count)")
        }
        for place in packed.indices {
            var changed = packed
            changed[place] ^= 0x10
            if let output = try? CompressedFormat.gzip.expand(changed) { #expect(output == text, "\(place)") }
        }
    }

    // MARK: bombs

    @Test func tenGigabytesOfZeroesAreNotMade() throws {
        let member = try Gzip.compress([UInt8](repeating: 0, count: 8_388_608), level: 9)
        var bomb: [UInt8] = []
        for _ in 0..<1_280 { bomb += member }
        var limits = CompressionLimits()
        limits.members = 10_000
        #expect(expand(.gzip, bomb, limits) == .failure(.limit(.ratio)))
        limits.ratio = 2_000
        #expect(expand(.gzip, bomb, limits) == .failure(.limit(.outputOctets)))
        limits.outputOctets = 10
        #expect(expand(.gzip, bomb, limits) == .failure(.limit(.outputOctets)))
    }

    @Test func oneMemberIsNoWayAroundTheRatio() throws {
        let bomb = try Gzip.compress([UInt8](repeating: 0, count: 30_000_000))
        #expect(expand(.gzip, bomb) == .failure(.limit(.ratio)))
    }

    @Test func aLimitIsReachedAndNotPassed() throws {
        let packed = try Gzip.compress([UInt8](repeating: 65, count: 100_000))
        var limits = CompressionLimits()
        limits.outputOctets = 100_000
        #expect(try CompressedFormat.gzip.expand(packed, limits: limits).count == 100_000)
        limits.outputOctets = 99_999
        #expect(expand(.gzip, packed, limits) == .failure(.limit(.outputOctets)))
    }
}
