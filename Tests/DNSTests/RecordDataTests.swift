import DNS
import Testing

@Suite struct RecordDataTests {
    private static let host: [UInt8] = [2, 109, 120, 7] + Array("example".utf8) + [0]

    @Test(arguments: [
        (row: "A", wire: [192, 0, 2, 1], type: .a, data: .address(.v4(0xc000_0201))),
        (row: "A of 3 octets", wire: [192, 0, 2], type: .a, data: nil),
        (row: "A of 16 octets", wire: Array(repeating: 1, count: 16), type: .a, data: nil),
        (row: "AAAA", wire: [0x20, 1, 0xd, 0xb8] + Array(repeating: 0, count: 11) + [1], type: .aaaa, data: .address(.v6(high: 0x2001_0db8_0000_0000, low: 1))),
        (row: "AAAA of 4 octets", wire: [1, 2, 3, 4], type: .aaaa, data: nil),
        (row: "PTR", wire: host, type: .ptr, data: .name(DomainName(trusted: "mx.example"))),
        (row: "PTR in capitals", wire: [2, 77, 88, 0], type: .ptr, data: .name(DomainName(trusted: "mx"))),
        (row: "PTR with a dot inside a label", wire: [3, 97, 46, 98, 0], type: .ptr, data: .name(DomainName(trusted: "a\\046b"))),
        (row: "CNAME to the root", wire: [0], type: .cname, data: .name(DomainName(trusted: ""))),
        (row: "a name without its end", wire: [2, 109, 120], type: .ptr, data: nil),
        (row: "a label past the end", wire: [5, 109, 120, 0], type: .ptr, data: nil),
        (row: "octets after the name", wire: [2, 109, 120, 0, 0], type: .ptr, data: nil),
        (row: "a compressed name", wire: [0xc0, 12], type: .ptr, data: nil),
        (row: "a label of 64", wire: [64] + Array(repeating: 97, count: 64) + [0], type: .ptr, data: nil),
        (row: "no name", wire: [], type: .ptr, data: nil),
        (row: "MX", wire: [1, 2] + host, type: .mx, data: .exchange(258, DomainName(trusted: "mx.example"))),
        (row: "null MX", wire: [0, 0, 0], type: .mx, data: .exchange(0, DomainName(trusted: ""))),
        (row: "MX without a host", wire: [0, 10], type: .mx, data: nil),
        (row: "TXT of two strings", wire: [2, 97, 98, 1, 99], type: .txt, data: .text([97, 98, 99])),
        (row: "TXT of an empty string", wire: [0], type: .txt, data: .text([])),
        (row: "TXT with octets that are no text", wire: [2, 0, 255], type: .txt, data: .text([0, 255])),
        (row: "TXT without a string", wire: [], type: .txt, data: nil),
        (row: "TXT that runs past its end", wire: [2, 97], type: .txt, data: nil),
        (row: "TLSA", wire: [3, 1, 1, 0xaa, 0xbb], type: .tlsa, data: .tlsa(usage: 3, selector: 1, matching: 1, data: [0xaa, 0xbb])),
        (row: "TLSA without data", wire: [3, 1, 1], type: .tlsa, data: nil),
    ] as [(row: String, wire: [UInt8], type: RecordType, data: RecordData?)])
    func reads(row: String, wire: [UInt8], type: RecordType, data: RecordData?) {
        #expect(RecordData(wire: wire, type: type) == data)
    }

    @Test func longestName() {
        let label = [UInt8(63)] + Array(repeating: 97, count: 63)
        let name = label + label + label + [61] + Array(repeating: 98, count: 61) + [0]
        #expect(name.count == 255)
        #expect(DomainName(wire: name[...])?.labels.map(\.utf8.count) == [63, 63, 63, 61])
        #expect(DomainName(wire: (label + label + label + [62] + Array(repeating: 98, count: 62) + [0])[...]) == nil)
    }

    @Test func everyCutOfARecordIsRefusedOrRead() {
        let wires: [(RecordType, [UInt8])] = [(.mx, [0, 10] + Self.host), (.ptr, Self.host), (.txt, [3, 97, 98, 99, 2, 100, 101])]
        for (type, wire) in wires {
            for count in 0..<wire.count where !(type == .txt && count == 4) {
                #expect(RecordData(wire: Array(wire.prefix(count)), type: type) == nil, "\(type), \(count) octets")
            }
            #expect(RecordData(wire: wire, type: type) != nil)
        }
    }
}
