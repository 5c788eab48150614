import DNS
import Mail
import SPF
import TestSupport
import Testing

/// Received-SPF, written and read. RFC 7208 §9.1.
@Suite struct ReceivedSPFTests {
    static let client = IPAddress.v4(0xc000_020a)

    static func outcome(_ result: SPFResult, sender: String = "ann@sender.example", mechanism: String? = nil, problem: String? = nil) -> SPFOutcome {
        SPFOutcome(result: result, identity: .mailfrom, domain: "sender.example", sender: sender, mechanism: mechanism, problem: problem)
    }

    static func written(_ outcome: SPFOutcome, receiver: String = "mx.here.example", helo: String = "gate.helo.example", mailFrom: String? = "ann@sender.example") -> String {
        outcome.receivedSPF(receiver: receiver, client: client, helo: helo, mailFrom: mailFrom).unfolded
    }

    static let tail = "client-ip=192.0.2.10; envelope-from=\"ann@sender.example\"; helo=gate.helo.example; receiver=mx.here.example; identity=mailfrom;"

    struct Row: CustomTestStringConvertible, Sendable {
        let outcome: SPFOutcome, text: String
        init(_ outcome: SPFOutcome, _ text: String) { (self.outcome, self.text) = (outcome, text) }
        var testDescription: String { outcome.result.rawValue }
    }

    @Test("Every result", arguments: [
        Row(outcome(.pass, mechanism: "ip4:192.0.2.0/24"), "pass (mx.here.example: domain of ann@sender.example designates 192.0.2.10 as permitted sender) \(tail) mechanism=\"ip4:192.0.2.0/24\";"),
        Row(outcome(.fail, mechanism: "-all"), "fail (mx.here.example: domain of ann@sender.example does not designate 192.0.2.10 as permitted sender) \(tail) mechanism=-all;"),
        Row(outcome(.softfail, mechanism: "~all"), "softfail (mx.here.example: domain of transitioning ann@sender.example does not designate 192.0.2.10 as permitted sender) \(tail) mechanism=~all;"),
        Row(outcome(.neutral), "neutral (mx.here.example: 192.0.2.10 is neither permitted nor denied by domain of ann@sender.example) \(tail) mechanism=default;"),
        Row(outcome(.neutral, mechanism: "?all"), "neutral (mx.here.example: 192.0.2.10 is neither permitted nor denied by domain of ann@sender.example) \(tail) mechanism=?all;"),
        Row(outcome(.none), "none (mx.here.example: domain of ann@sender.example does not designate permitted sender hosts) \(tail)"),
        Row(outcome(.temperror, problem: "sender.example: the TXT look-up failed: timeout"), "temperror (mx.here.example: error in processing during lookup of sender.example) \(tail) problem=\"sender.example: the TXT look-up failed: timeout\";"),
        Row(outcome(.permerror, problem: "x"), "permerror (mx.here.example: the policy of sender.example cannot be evaluated) \(tail) problem=x;"),
    ] as [Row])
    func everyResult(_ row: Row) throws {
        #expect(Self.written(row.outcome) == row.text)
        let read = try ReceivedSPF(Array(row.text.utf8)[...])
        #expect((read.result, read.clientIP, read["envelope-from"], read["helo"], read["receiver"], read.identity) == (row.outcome.result, Self.client, "ann@sender.example", "gate.helo.example", "mx.here.example", .mailfrom))
        #expect(read["mechanism"] == row.outcome.mechanism ?? (row.outcome.result == .neutral ? "default" : nil) && read["problem"] == row.outcome.problem)
    }

    @Test("What may be missing, and other families") func pieces() throws {
        #expect(Self.written(Self.outcome(.none), receiver: "", helo: "", mailFrom: "")
            == "none (unknown: domain of ann@sender.example does not designate permitted sender hosts) client-ip=192.0.2.10; envelope-from=\"\"; receiver=unknown; identity=mailfrom;")
        let six = try #require(IPAddress("2001:db8::1")), mapped = try #require(IPAddress("::ffff:192.0.2.1"))
        #expect(Self.outcome(.pass).receivedSPF(receiver: "a", client: six, helo: "[IPv6:2001:db8::1]", mailFrom: nil).unfolded
            == "pass (a: domain of ann@sender.example designates 2001:db8::1 as permitted sender) client-ip=\"2001:db8::1\"; helo=\"[IPv6:2001:db8::1]\"; receiver=a; identity=mailfrom;")
        #expect(try ReceivedSPF(Array("pass client-ip=::ffff:192.0.2.1".utf8)[...]).clientIP == mapped.unmapped)
        let folded = Self.outcome(.pass, mechanism: "a").receivedSPF(receiver: "mx.here.example", client: six, helo: "gate.helo.example", mailFrom: "ann@sender.example").folded(name: "Received-SPF")
        #expect(folded.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 71 } && folded.contains("\r\n\t"))
    }

    static let hostile = [
        "x\r\nSubject: y", "x\n\n<html>", "x) client-ip=10.0.0.1; (", "x\" ; result=pass; y=\"", "x\\", "x\\\"", "x\\)", "\u{0}\u{7f}", "j\u{f6}rg@b\u{fc}ro.example", "\u{202e}\u{2028}", "((((", "))))", "x\ty", " ", "", "; ;", "=?utf-8?q?=0d=0a?=",
        String(repeating: "\"", count: 2000), String(repeating: "(", count: 2000), String(repeating: "\u{20ac}", count: 2000),
    ]

    @Test("Nothing from outside ends the line, the comment or the quoted string", arguments: hostile) func injection(_ evil: String) throws {
        var outcome = SPFOutcome(result: .permerror, identity: .helo, domain: evil, sender: evil, mechanism: evil, problem: evil)
        for result in SPFResult.allCases {
            outcome.result = result
            let text = outcome.receivedSPF(receiver: evil, client: Self.client, helo: evil, mailFrom: evil)
            #expect(text.unfolded.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } && text.unfolded.utf8.count < 8000)
            #expect(text.folded(name: "Received-SPF").split(separator: "\r\n").allSatisfy { $0.utf8.count < 980 })
            for written in [text.unfolded, text.folded(name: "Received-SPF")] {
                let read = try ReceivedSPF(Array(written.utf8)[...])
                #expect(read.result == result && read.clientIP == Self.client && read.identity == .helo)
                #expect(read.pairs.map(\.key) == ["client-ip", "envelope-from"] + (evil.isEmpty ? [] : ["helo"]) + ["receiver", "identity", "mechanism", "problem"])
                let header = HeaderSection(octets: Array("Received-SPF: \(written)\r\nTo: a\r\n\r\n".utf8))
                #expect(header.fields.map(\.name) == ["Received-SPF", "To"])
            }
        }
    }

    struct Reading: CustomTestStringConvertible, Sendable {
        let text: String, wanted: String
        init(_ text: String, _ wanted: String) { (self.text, self.wanted) = (text, wanted) }
        var testDescription: String { text }
    }

    @Test("Reading", arguments: [
        // RFC 7208 §9.1, its two examples.
        Reading("pass (mybox.example.org: domain of\r\n myname@example.com designates 192.0.2.1 as permitted sender)\r\n receiver=mybox.example.org; client-ip=192.0.2.1;\r\n envelope-from=\"myname@example.com\"; helo=foo.example.com;",
                "pass (mybox.example.org: domain of myname@example.com designates 192.0.2.1 as permitted sender) receiver=mybox.example.org client-ip=192.0.2.1 envelope-from=myname@example.com helo=foo.example.com"),
        Reading("fail (mybox.example.org: domain of\r\n myname@example.com does not designate\r\n 192.0.2.1 as permitted sender)\r\n identity=mailfrom; client-ip=192.0.2.1;\r\n envelope-from=\"myname@example.com\";",
                "fail (mybox.example.org: domain of myname@example.com does not designate 192.0.2.1 as permitted sender) identity=mailfrom client-ip=192.0.2.1 envelope-from=myname@example.com"),
        Reading("Pass (a) receiver=b; client-ip=192.0.2.1; helo=c; pr=C", "pass (a) receiver=b client-ip=192.0.2.1 helo=c pr=C"),
        Reading("  SOFTFAIL  ", "softfail"), Reading("none ()", "none ()"), Reading("(first) pass (second) (third)", "pass (second)"), Reading("neutral;", "neutral"),
        Reading("pass envelope-from=a@b.example client-ip=::1", "pass envelope-from=a@b.example client-ip=::1"), Reading("pass envelope-from=<>; helo=", "pass envelope-from=<> helo="),
        Reading("pass key (c) = (d) \"a\\\"b;(c)\"(e);Key=2", "pass key=a\"b;(c) key=2"), Reading("pass x=\"a\r\n b\u{7}\"", "pass x=a b?"), Reading("pass ; ;; a=b", "pass a=b"),
    ]) func reading(_ row: Reading) throws {
        let read = try ReceivedSPF(Array(row.text.utf8)[...])
        let text = ([read.result.rawValue] + (read.comment.map { ["(\($0))"] } ?? []) + read.pairs.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        #expect(text == row.wanted)
    }

    static let faults: [(String, ReceivedSPFError)] = [
        ("", .noResult("")), ("maybe", .noResult("maybe")), ("pass1", .noValue("1")), (";pass", .noResult("")), ("pass domain of x", .noValue("domain")), ("pass =x", .noKey("=x")), ("pass a=b\"c\"", .noKey("\"c\"")), ("pass \r\n\u{0}a=b", .noKey("\\x00a=b")),
        ("pass (a", .openComment), ("(pass", .openComment), ("pass a=\"b", .openQuote), ("pass a=\"b\\", .openQuote), ("pass " + String(repeating: "a=b;", count: 33), .tooMany), ("pass a=" + String(repeating: "b", count: 401), .valueTooLong("a")),
        (String(repeating: " ", count: 16_385), .tooLong(16_385)),
    ]

    @Test("Faults", arguments: faults) func fault(_ text: String, _ error: ReceivedSPFError) {
        #expect(throws: error) { try ReceivedSPF(Array(text.utf8)[...]) }
        #expect(!error.description.isEmpty)
    }

    @Test("Every prefix and every octet changed") func mutations() {
        let octets = Array("pass (a \\(b (c)) d) key=\"v\\\"w\"; client-ip=192.0.2.1; x=".utf8)
        for at in octets.indices {
            for octet in Array("\"\\();= \r\n\u{0}".utf8) + [255] {
                var other = octets
                other[at] = octet
                if let read = try? ReceivedSPF(other[...]) { #expect(read.pairs.allSatisfy { !$0.key.isEmpty && $0.value.utf8.allSatisfy { $0 >= 0x20 } }) }
                _ = try? ReceivedSPF(other[..<at])
            }
        }
    }

    @Test("Fields of other hosts", Suites.needed()) func realWorld() throws {
        var count = 0, faults: [String: Int] = [:]
        for line in String(decoding: try Suites.octets("authres/real-world-authres.tsv"), as: UTF8.self).split(separator: "\n") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count == 3, columns[0].lowercased() == "received-spf" else { continue }
            count += 1
            let value = columns[2].replacing("\\n", with: "\r\n").replacing("\\t", with: "\t")
            do throws(ReceivedSPFError) { _ = try ReceivedSPF(Array(value.utf8)[...]) } catch { faults["\(error)".split(separator: ":")[0] + "", default: 0] += 1; print(error, value) }
        }
        print("Received-SPF of the wild: \(count - faults.values.reduce(0, +)) of \(count) read; \(faults)")
        #expect(count == 175 && faults.isEmpty)
    }
}
