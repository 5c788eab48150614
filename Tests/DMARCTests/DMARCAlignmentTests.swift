import DKIM
import DMARC
import DNS
import SPF
import TestSupport
import Testing

/// Which authenticated domains are the author's, and what is asked to find out.
@Suite struct DMARCAlignmentTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, author: String
        let records: [(String, String)]
        var spf: (String, SPFResult)? = nil
        var dkim: [(String, DKIMResult)] = []
        let result: DMARCResult
        /// Names asked about; nil where any will do.
        var asked: [String]? = nil
        var testDescription: String { name }
    }

    static let own = [("example.com", "p=reject")], strict = [("example.com", "p=reject; adkim=s; aspf=s")]

    static let rows = [
        Row(name: "SPF, the same domain", author: "example.com", records: own, spf: ("example.com", .pass), result: .pass, asked: ["example.com"]),
        Row(name: "SPF in other letters", author: "example.com", records: own, spf: ("EXAMPLE.com", .pass), result: .pass, asked: ["example.com"]),
        Row(name: "SPF, strict and the same", author: "example.com", records: strict, spf: ("example.com", .pass), result: .pass, asked: ["example.com"]),
        Row(name: "SPF, strict and below", author: "example.com", records: strict, spf: ("bounce.example.com", .pass), result: .fail, asked: ["example.com"]),
        Row(name: "SPF, relaxed and below", author: "example.com", records: own, spf: ("bounce.example.com", .pass), result: .pass, asked: ["example.com", "com", "bounce.example.com"]),
        Row(name: "SPF that fails", author: "example.com", records: own, spf: ("example.com", .fail), result: .fail, asked: ["example.com"]),
        Row(name: "SPF softfail", author: "example.com", records: own, spf: ("example.com", .softfail), result: .fail),
        Row(name: "SPF neutral", author: "example.com", records: own, spf: ("example.com", .neutral), result: .fail),
        Row(name: "SPF permerror", author: "example.com", records: own, spf: ("example.com", .permerror), result: .fail),
        Row(name: "SPF of nobody", author: "example.com", records: own, spf: ("[192.0.2.1]", .none), result: .fail),
        Row(name: "SPF of another top-level domain", author: "example.com", records: own, spf: ("example.org", .pass), result: .fail, asked: ["example.com"]),
        Row(name: "SPF of another organization", author: "example.com", records: own, spf: ("other.com", .pass), result: .fail, asked: ["example.com", "com"]),
        Row(name: "DKIM, the same domain", author: "example.com", records: own, dkim: [("example.com", .pass)], result: .pass, asked: ["example.com"]),
        Row(name: "DKIM, relaxed and above", author: "a.example.com", records: own, dkim: [("example.com", .pass)], result: .pass),
        Row(name: "DKIM, siblings", author: "a.example.com", records: own, dkim: [("b.example.com", .pass)], result: .pass),
        Row(name: "DKIM, strict and above", author: "a.example.com", records: strict, dkim: [("example.com", .pass)], result: .fail),
        Row(name: "DKIM of a top-level domain", author: "example.com", records: own, dkim: [("com", .pass)], result: .fail, asked: ["example.com", "com"]),
        Row(name: "one signature of several", author: "example.com", records: own, dkim: [("other.net", .pass), ("example.com", .fail), ("mail.example.com", .pass)], result: .pass),
        Row(name: "a signature for policy only", author: "example.com", records: own, dkim: [("example.com", .policy)], result: .fail),
        Row(name: "adkim is not for SPF", author: "example.com", records: [("example.com", "p=reject; adkim=s")], spf: ("a.example.com", .pass), result: .pass),
        Row(name: "aspf is not for DKIM", author: "example.com", records: [("example.com", "p=reject; aspf=s")], spf: ("a.example.com", .pass), dkim: [("b.example.com", .pass)], result: .pass),
        Row(name: "psd=n divides", author: "a.example.com", records: [("example.com", "p=reject"), ("a.example.com", "p=reject; psd=n")], dkim: [("example.com", .pass)], result: .fail),
        Row(name: "psd=n divides siblings", author: "x.a.example.com", records: [("a.example.com", "p=reject; psd=n"), ("b.example.com", "p=reject; psd=n"), ("example.com", "p=none")],
            dkim: [("b.example.com", .pass)], result: .fail),
        Row(name: "psd=n joins what is below", author: "x.a.example.com", records: [("a.example.com", "p=reject; psd=n"), ("example.com", "p=none")], dkim: [("y.a.example.com", .pass)], result: .pass),
        Row(name: "psd=y divides", author: "one.co.example", records: [("co.example", "p=reject; psd=y")], dkim: [("two.co.example", .pass)], result: .fail),
        Row(name: "psd=y joins what is below", author: "one.co.example", records: [("co.example", "p=reject; psd=y")], dkim: [("mail.one.co.example", .pass)], result: .pass),
        Row(name: "a suffix without psd= joins all (RFC 9989 §11.8)", author: "one.co.example", records: [("co.example", "p=reject")], dkim: [("two.co.example", .pass)], result: .pass),
        Row(name: "nothing in common but a name without record", author: "a.example.com", records: [("a.example.com", "p=reject")], dkim: [("b.example.com", .pass)], result: .fail),
        Row(name: "no record, no alignment", author: "example.com", records: [], dkim: [("example.com", .pass)], result: .none),
        Row(name: "the walk fails and would have decided", author: "example.com", records: own + [("com", "timeout")], dkim: [("mail.example.com", .pass)], result: .temperror),
        Row(name: "the walk fails and another decides", author: "example.com", records: own + [("com", "timeout")], spf: ("mail.example.com", .pass), dkim: [("example.com", .pass)], result: .pass),
        Row(name: "an aligned key is missing for the moment", author: "example.com", records: own, dkim: [("example.com", .temperror)], result: .temperror),
        Row(name: "aligned SPF is not known for the moment", author: "example.com", records: own, spf: ("bounce.example.com", .temperror), result: .temperror),
        Row(name: "a temperror that is not aligned", author: "example.com", records: own, spf: ("other.com", .temperror), dkim: [("other.net", .temperror)], result: .fail),
        Row(name: "a temperror beside a pass", author: "example.com", records: own, spf: ("example.com", .temperror), dkim: [("example.com", .pass)], result: .pass),
    ]

    @Test("Alignment", arguments: rows)
    func alignment(_ row: Row) async throws {
        let zone = Zone([:])
        for (domain, text) in row.records { zone.add(domain, text) }
        let outcome = try await zone.evaluate(row.author, spf: row.spf, dkim: row.dkim)
        #expect(outcome.result == row.result, "\(outcome.problem ?? "")")
        #expect((outcome.result == .pass) == (outcome.spfAligned || outcome.dkimAligned))
        #expect((outcome.disposition != .none) == (outcome.result == .fail && outcome.policy != DMARCPolicy.none))
        #expect(Set(zone.asked).count == zone.asked.count, "asked twice: \(zone.asked)")
        if let asked = row.asked { #expect(zone.asked == asked) }
    }

    @Test("What was not evaluated has not failed")
    func notEvaluated() async throws {
        let zone = Zone(["example.com": "p=reject"]), evaluator = DMARCEvaluator(resolver: zone.resolver)
        let authors = DMARCAuthors(try #require(DomainName("example.com")))
        let noSPF = await evaluator.evaluate(authors, spf: nil, dkim: DKIMEvidence(signatures: []), by: .now + .seconds(20))
        #expect(noSPF.result == .permerror && noSPF.disposition == .none && noSPF.problem == "SPF was not evaluated")
        let noDKIM = await evaluator.evaluate(authors, spf: Zone.spf("example.com", .fail), dkim: nil, by: .now + .seconds(20))
        #expect(noDKIM.result == .permerror && noDKIM.problem == "DKIM was not evaluated")
        #expect(await evaluator.evaluate(authors, spf: Zone.spf("example.com", .pass), dkim: nil, by: .now + .seconds(20)).result == .pass)
    }

    @Test("A flood of signatures asks about eight domains at most")
    func flood() async throws {
        let zone = Zone(["example.com": "p=reject", "com": "p=none"])
        let outcome = try await zone.evaluate("example.com", dkim: (0..<60).map { ("a.b.c.d.e.f.g\($0).com", DKIMResult.pass) })
        #expect(outcome.result == .fail || outcome.result == .pass)
        #expect(zone.asked.count <= 8 * 8 + 2)
        #expect(outcome.identifiers.count == 61)
    }

    @Test("Relaxed alignment is that of two whole walks", arguments: 0..<40)
    func shortcut(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed)
        let tags = ["p=none", "p=none; psd=y", "p=none; psd=n", "p=none; psd=u"]
        let names = ["com", "a.com", "b.com", "a.a.com", "b.a.com", "a.b.a.com", "c.b.a.com", "d.c.b.a.com", "x.1.2.3.4.5.b.a.com", "y.1.2.3.4.5.b.a.com", "org"]
        for _ in 0..<40 {
            let zone = Zone([:])
            for name in names where Int.random(in: 0..<3, using: &random) == 0 { zone.add(name, tags.randomElement(using: &random) ?? "") }
            guard let one = names.randomElement(using: &random), let other = names.randomElement(using: &random) else { continue }
            let evaluator = DMARCEvaluator(resolver: zone.resolver), author = try #require(DomainName(one)), domain = try #require(DomainName(other))
            let first = await evaluator.organizationalDomain(of: author, by: .now + .seconds(20)), second = await evaluator.organizationalDomain(of: domain, by: .now + .seconds(20))
            let outcome = try await zone.evaluate(one, dkim: [(other, .pass)])
            guard outcome.result != .none else { continue }
            #expect((outcome.result == .pass) == (first == second), "\(one) and \(other): \(outcome)")
        }
    }
}
