import DMARC
import DNS
import Testing

@Suite struct DMARCRecordTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, record: String
        /// As written back; nil where it is no record.
        let text: String?
        var testDescription: String { name }

        init(_ name: String, _ record: String, _ text: String?) { (self.name, self.record, self.text) = (name, record, text) }
    }

    static let rows = [
        Row("all tags", "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; aspf=s; psd=n; t=y; fo=1:d:s; rua=mailto:a@example.com; ruf=mailto:f@example.com",
            "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; aspf=s; psd=n; t=y; fo=1:d:s; rua=mailto:a@example.com; ruf=mailto:f@example.com"),
        Row("nothing but the version", "v=DMARC1", "v=DMARC1; p=none"),
        Row("a semicolon at the end", "v=DMARC1;", "v=DMARC1; p=none"),
        Row("blanks everywhere", "v = DMARC1 \t; p\t=  reject ;; ;", "v=DMARC1; p=reject"),
        Row("no blanks", "v=DMARC1;p=reject;sp=none", "v=DMARC1; p=reject; sp=none"),
        Row("names in any case, ABNF literals too", "V=DMARC1; P=REJECT; ADKIM=S", "v=DMARC1; p=reject; adkim=s"),
        Row("the version in any other case", "v=dmarc1; p=reject", nil),
        Row("another version", "v=DMARC2; p=reject", nil),
        Row("a longer version", "v=DMARC1 p=reject", nil),
        Row("the version is not first", "p=reject; v=DMARC1", nil),
        Row("something before the version", "; v=DMARC1; p=reject", nil),
        Row("a blank before the version", " v=DMARC1; p=reject", nil),
        Row("no version", "p=reject", nil),
        Row("empty", "", nil),
        Row("another record", "v=spf1 -all", nil),
        Row("p anywhere", "v=DMARC1; sp=none; fo=1; p=reject; ruf=mailto:a@b.example", "v=DMARC1; p=reject; sp=none; fo=1; ruf=mailto:a@b.example"),
        Row("unknown tags", "v=DMARC1; p=reject; x=y; rf=afrf; ri=86400; pct=20", "v=DMARC1; p=reject"),
        Row("the first of two counts", "v=DMARC1; p=quarantine; p=none", "v=DMARC1; p=quarantine"),
        Row("a tag without a value", "v=DMARC1; p=reject; sp=; adkim; =s", "v=DMARC1; p=reject"),
        Row("values that are none fall back", "v=DMARC1; p=reject; adkim=x; aspf=strict; psd=yes; t=1; fo=2", "v=DMARC1; p=reject"),
        Row("p is wrong, with rua", "v=DMARC1; p=block; sp=reject; rua=mailto:a@example.com", "v=DMARC1; p=none; rua=mailto:a@example.com"),
        Row("sp is wrong, with rua", "v=DMARC1; p=reject; sp=nothing; rua=mailto:a@example.com", "v=DMARC1; p=none; rua=mailto:a@example.com"),
        Row("pct=0 is t=y of old", "v=DMARC1; p=reject; pct=0", "v=DMARC1; p=reject; t=y"),
        Row("t= speaks before pct=", "v=DMARC1; p=reject; pct=0; t=n", "v=DMARC1; p=reject"),
        Row("psd=u is the default", "v=DMARC1; p=reject; psd=u", "v=DMARC1; p=reject"),
        Row("sizes are read", "v=DMARC1; p=none; rua=mailto:a@example.com!10m , mailto:b@example.com!5", "v=DMARC1; p=none; rua=mailto:a@example.com!10485760,mailto:b@example.com!5"),
        Row("what is no URI is left out", "v=DMARC1; p=none; rua=a@example.com,,mailto:,mailto:x,mailto:ok@example.com,mailto:b c@example.com,mailto:d@example.com!ten",
            "v=DMARC1; p=none; rua=mailto:ok@example.com"),
        // User pain: an address with a NUL was left out, and nobody was told.
        Row("control characters are told of", "v=DMARC1; p=none; rua=mailto:a\u{0}b@example.com,mailto:a%00b@example.com,mailto:ok@example.com,mailto:x@exa%0D%0ample.com!1m,https://x.example/\u{7f}\u{1b}<ü; ruf=mailto:\u{1}",
            "v=DMARC1; p=none; rua=mailto:ok@example.com,mailto:a%00b@example.com,mailto:x@exa%0D%0ample.com!1m,https://x.example/%7F%1B%3C%C3%BC; ruf=mailto:%01"),
        Row("control characters in a query", "v=DMARC1; p=none; rua=mailto:ok@bank.example?subject=a%0D%0Ab,mailto:no@bank.example?x=\u{1}", "v=DMARC1; p=none; rua=mailto:ok@bank.example?subject=a%0D%0Ab,mailto:no@bank.example%3Fx=%01"),
        Row("more control characters than are told", "v=DMARC1; p=none; rua=\(String(repeating: "\u{1}", count: 340))", "v=DMARC1; p=none; rua=\(String(repeating: "%01", count: 64))...%00"),
        Row("a percent sign that encodes nothing", "v=DMARC1; p=none; rua=mailto:a%0\u{0}@example.com", "v=DMARC1; p=none; rua=mailto:a%0%00@example.com"),
        Row("other schemes stay", "v=DMARC1; p=none; rua=https://reports.example/dmarc", "v=DMARC1; p=none; rua=https://reports.example/dmarc"),
        Row("fo in any order", "v=DMARC1; p=none; fo=d:1:s", "v=DMARC1; p=none; fo=1:d:s"),
        Row("fo twice the same", "v=DMARC1; p=none; fo=d:d", "v=DMARC1; p=none"),
        Row("fo of 0 and 1", "v=DMARC1; p=none; fo=0:1", "v=DMARC1; p=none"),
    ]

    @Test("Records", arguments: rows)
    func reading(_ row: Row) {
        let record = DMARCRecord(Array(row.record.utf8))
        #expect(record?.text == row.text)
        if let text = row.text, record?.faultyTag == nil { #expect(DMARCRecord(Array(text.utf8)) == record) }
    }

    /// User pain: percent-encoded, what was refused made the record longer than a record may be, and the good address got no report.
    @Test(arguments: [(8, 340), (16, 200), (16, 67)]) func refusedAddressesCostNoReport(_ count: Int, _ length: Int) throws {
        let good = "mailto:\(String(repeating: "a", count: 900))@example.com", bad = String(repeating: "\u{1}", count: length)
        for rua in [1, 4, 7].map({ String(repeating: "\(good),", count: $0) }) {
            let refused = (0..<count).map { bad + "\($0)" }.joined(separator: ",")
            guard let record = DMARCRecord(Array("v=DMARC1;p=none;rua=\(rua)\(refused)".utf8)) else { continue }
            #expect(!record.aggregateURIs.isEmpty && record.refusedURIs.allSatisfy { $0.text.utf8.count <= 200 })
            #expect(record.text.utf8.count <= DMARCLimits().recordOctets && DMARCRecord(Array(record.text.utf8)) == record)
        }
    }

    @Test("A broken policy without anyone to tell is unusable", arguments: ["p=block", "p=reject; sp=x", "p=reject; np=x", "p=x; rua=nobody"])
    func unusable(_ tags: String) throws {
        let record = try #require(DMARCRecord(Array("v=DMARC1; \(tags)".utf8)))
        #expect(record.isUnusable)
        #expect(record.policy == .none && record.subdomainPolicy == nil && record.nonexistentPolicy == nil)
    }

    @Test("URIs", arguments: [
        ("mailto:a@example.com", "a@example.com", "example.com", nil as Int?), ("MAILTO:a%2Bb@EXAMPLE.com?subject=x", "a+b@example.com", "example.com", nil),
        ("mailto:a@example.com!1k", "a@example.com", "example.com", 1024), ("mailto:a@example.com!99999999999999999999g", "a@example.com", "example.com", Int.max),
        ("mailto:a@example.com!2T", "a@example.com", "example.com", 2 << 40), ("https://h.example:8443/x", nil as String?, "h.example", nil),
        ("mailto:a@xn--bcher-kva.example", "a@xn--bcher-kva.example", "xn--bcher-kva.example", nil),
    ])
    func uris(_ text: String, _ mailbox: String?, _ host: String, _ size: Int?) throws {
        let uri = try #require(DMARCReportURI(Array(text.utf8)))
        #expect(uri.mailbox == mailbox && uri.host?.text == host && uri.maximumOctets == size)
        #expect(DMARCReportURI(Array(uri.recordText.utf8)) == uri)
    }

    @Test("No URIs", arguments: ["", ":", "mailto", "mailto:", "mailto:a", "mailto:@example.com", "mailto:a@", "mailto:a@example.com!", "mailto:a@example.com!m",
                                 "mailto:a@example.com!1x", "1mail:a@b.example", "mailto:a%0D%0A@example.com", "mailto:a%4@example.com", "mailto:<a@example.com>"])
    func noURIs(_ text: String) { #expect(DMARCReportURI(Array(text.utf8)) == nil) }

    @Test func limits() throws {
        var limits = DMARCLimits()
        limits.reportURIs = 2
        let list = (1...9).map { "mailto:a\($0)@example.com" }.joined(separator: ",")
        #expect(try #require(DMARCRecord(Array("v=DMARC1; p=none; rua=\(list)".utf8), limits: limits)).aggregateURIs.count == 2)
        let long = Array("v=DMARC1; p=reject; x=".utf8) + [UInt8](repeating: 97, count: 9000)
        #expect(DMARCRecord(long) == nil)
        limits.recordOctets = 10_000
        #expect(DMARCRecord(long, limits: limits)?.policy == .reject)
        #expect(DMARCReportURI(Array("mailto:\(String(repeating: "a", count: 1024))@example.com".utf8)) == nil)
    }
}
