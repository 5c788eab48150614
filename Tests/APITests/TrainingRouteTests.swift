import API
import Cryptography
import Foundation
import Learning
import SpamFilter
import TestStores
import TestSupport
import Testing
import Verdicts

@Suite(.longWork) struct TrainingRouteTests {
    private func post(_ number: Int, _ ends: String = "\r\n") -> [UInt8] { Array(["From: a\(number)@example.org", "Subject: x \(number)", "", "Hello \(number)", ""].joined(separator: ends).utf8) }
    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }
    private func results(_ answer: RawAnswer) -> [String?] { items(answer).map { $0["result"] as? String } }
    private func learned(_ door: TestDoor, _ layer: TrainingLayer) -> [Int] { door.training.learned(layer).map { [$0.spam, $0.ham] } ?? [] }
    private func kind(_ answer: RawAnswer) -> String? { (answer.json["type"] as? String)?.split(separator: ":").last.map(String.init) }

    @Test func learnedOnceAndUnlearned() async throws {
        let door = try await TestDoor(), token = try await door.token(.training)
        let first = try await door.ask("POST", "/v1/training?class=spam&source=s", token: token, type: raw, body: post(1))
        #expect(first.status == 200 && results(first) == ["learned"] && first.json["layer"] as? String == "global" && first.json["tenant"] == nil, "\(first.text)")
        #expect(results(try await door.ask("POST", "/v1/training?class=spam", token: token, type: raw, body: post(1, "\n"))) == ["known"], "line ends do not matter")
        #expect(results(try await door.ask("POST", "/v1/training?class=ham", token: token, type: raw, body: post(1))) == ["changed"])
        let box = (1...3).map { "From a@b Mon Nov 23 10:00:00 2026\n" + String(decoding: post($0, "\n"), as: UTF8.self) + "\n" }.joined()
        let many = try await door.ask("POST", "/v1/training?class=ham&source=s", token: token, type: "application/mbox", body: Array(box.utf8))
        #expect(results(many) == ["known", "learned", "learned"], "\(many.text)")
        let inner = try await door.ask("POST", "/v1/training?class=ham&source=s&tenant=blue&domain=B.example", token: token, type: raw, body: post(2))
        #expect(inner.json["layer"] as? String == "domain" && inner.json["tenant"] as? String == "blue" && inner.json["domain"] as? String == "b.example", "\(inner.text)")
        let status = try await door.ask("GET", "/v1/training/status", token: token)
        let layers = status.json["layers"] as? [[String: Any]] ?? []
        #expect(layers.map { $0["layer"] as? String } == ["global", "domain"] && layers.map { $0["ham"] as? Int } == [3, 1] && status.json["needed"] as? Int == 200, "\(status.text)")
        let dry = try await door.ask("DELETE", "/v1/training?source=s&dry_run=true", token: token)
        #expect(dry.json["messages"] as? Int == 3 && dry.json["dry_run"] as? Bool == true, "\(dry.text)")
        #expect(try await door.ask("DELETE", "/v1/training?source=s&tenant=blue", token: token).json["messages"] as? Int == 1)
        #expect(try await door.ask("DELETE", "/v1/training?source=s", token: token).json["messages"] as? Int == 2)
        let left = try await door.ask("POST", "/v1/training?class=ham", token: token, type: raw, body: post(1))
        for name in ["id", "digest"] {
            let text = try #require(items(left).first?[name] as? String)
            #expect(try await door.ask("DELETE", "/v1/training/\(text)", token: token).status == (name == "id" ? 200 : 404), "once")
        }
        #expect(learned(door, .global) == [0, 0])
        try await door.stop()
    }

    /// A token of a tenant teaches that tenant's layers, and sees, counts and unlearns nothing else.
    @Test func tenantsAreApart() async throws {
        let door = try await TestDoor(), blue = try await door.token(.training, tenant: "blue"), all = try await door.token(.training)
        let own = try await door.ask("POST", "/v1/training?class=spam&source=s", token: blue, type: raw, body: post(1))
        #expect(own.json["layer"] as? String == "tenant" && own.json["tenant"] as? String == "blue", "\(own.text)")
        #expect(kind(try await door.ask("POST", "/v1/training?class=spam&tenant=red", token: blue, type: raw, body: post(1))) == "tenant")
        let id = try #require(items(try await door.ask("POST", "/v1/training?class=spam&source=s", token: all, type: raw, body: post(1))).first?["id"] as? String)
        let digest = try #require(items(own).first?["digest"] as? String)
        #expect(try await door.ask("DELETE", "/v1/training/\(id)", token: blue).status == 404)
        #expect(try await door.ask("DELETE", "/v1/training?source=s&dry_run=true", token: blue).json["messages"] as? Int == 1)
        #expect(try await door.ask("DELETE", "/v1/training/\(digest)", token: blue).json["messages"] as? Int == 1)
        #expect(learned(door, .global) == [1, 0])
        for target in ["/v1/training/status?tenant=red", "/v1/training/model?tenant=red"] { #expect(try await door.ask("GET", target, token: blue).status == 403) }
        let status = try await door.ask("GET", "/v1/training/status", token: blue), layers = status.json["layers"] as? [[String: Any]] ?? []
        #expect(layers.map { $0["layer"] as? String } == ["global", "tenant"] && layers.first?["events"] == nil, "\(status.text)")
        let model = try await door.ask("GET", "/v1/training/model", token: all).body
        #expect(try await door.ask("PUT", "/v1/training/model", token: blue, type: "application/octet-stream", body: model).status == 204)
        #expect(learned(door, TrainingLayer(tenant: "blue")) == [1, 0] && learned(door, .global) == [1, 0])
        try await door.stop()
    }

    @Test func verdictsAreLearnedWithoutTheirText() async throws {
        let door = try await TestDoor(), token = try await door.token(.training), now = Timestamp(microseconds: 1_795_521_600_000_000), id = VerdictID(at: now), red = VerdictID(at: now)
        let features = PackedFeatures(.none), digest = SHA256.digest([1])
        try await door.training.store.keep([VerdictFeatures(id: id, tenant: "default", digest: digest, features: features, keptAt: now),
                                            VerdictFeatures(id: red, tenant: "red", digest: SHA256.digest([2]), features: features, keptAt: now)])
        func learn(_ body: String, token: String) async throws -> RawAnswer { try await door.ask("POST", "/v1/training", token: token, type: "application/json", body: Array(body.utf8)) }
        let gone = VerdictID(at: now), first = try await learn(#"{"class":"spam","verdicts":["\#(id)","\#(gone)"],"source":"q"}"#, token: token)
        #expect(results(first) == ["learned"] && first.json["missing"] as? [String] == [gone.description] && items(first).first?["digest"] as? String == digest.hexadecimal, "\(first.text)")
        #expect(results(try await learn(#"{"class":"ham","verdicts":["\#(id)"]}"#, token: token)) == ["changed"])
        let blue = try await door.token(.training, tenant: "blue")
        #expect(try await learn(#"{"class":"ham","verdicts":["\#(red)"]}"#, token: blue).status == 404, "another tenant's mail")
        for (body, status) in [(#"{"class":"x","verdicts":["\#(id)"]}"#, 400), (#"{"class":"ham","verdicts":[]}"#, 400), (#"{"class":"ham","verdicts":["x"]}"#, 400), (#"{"verdicts":["\#(id)"]}"#, 400), (#"{"class":"ham","verdicts":["\#(gone)"]}"#, 404)] {
            #expect(try await learn(body, token: token).status == status, "\(body)")
        }
        try await door.stop()
    }

    @Test func limitsAndMistakesAreTold() async throws {
        let door = try await TestDoor(), token = try await door.token(.training), judge = try await door.token(.judge)
        func learn(_ query: String, _ type: String = raw, _ body: [UInt8]? = nil, token: String) async throws -> RawAnswer {
            try await door.ask("POST", "/v1/training\(query)", token: token, type: type, body: body ?? post(1))
        }
        #expect(try await learn("?class=spam", token: judge).status == 403)
        let rows: [(query: String, says: String)] = [("", "class"), ("?class=eggs", "class"), ("?class=spam&domain=b.example", "domain"), ("?class=spam&tenant=a&domain=a..b", "domain"), ("?class=spam&source=", "source"),
                                                     ("?class=spam&source=\(String(repeating: "x", count: 129))", "source"), ("?class=spam&class=ham", "class"), ("?class=spam&dry_run=true", "dry_run")]
        for row in rows {
            let answer = try await learn(row.query, token: token)
            #expect(answer.status == 400 && answer.json["parameter"] as? String == row.says, "\(row.query): \(answer.text)")
        }
        #expect(try await learn("?class=spam", "text/plain", token: token).status == 415)
        #expect(try await learn("?class=spam", raw, [], token: token).status == 400)
        #expect(try await learn("?class=spam", "application/mbox", token: token).status == 400, "no mailbox")
        func box(_ numbers: ClosedRange<Int>) -> [UInt8] { numbers.flatMap { Array("From a Mon\n".utf8) + post($0, "\n") + [10] } }
        let many = try await learn("?class=spam", "application/mbox", box(1...6), token: token)
        #expect(many.status == 413 && many.json["limit"] as? Int == 5, "\(many.text)")
        for from in [1, 6] { #expect(try await learn("?class=spam&tenant=blue", "application/mbox", box(from...(from + 4)), token: token).status == 200) }
        let full = try await learn("?class=spam&tenant=blue", "application/mbox", box(11...13), token: token)
        #expect(full.status == 409 && full.json["limit"] as? Int == 12 && kind(full) == "tenant-limit", "\(full.text)")
        #expect(try await door.ask("DELETE", "/v1/training", token: token).status == 400)
        for name in ["x", String(repeating: "g", count: 64), String(repeating: "0", count: 64)] { #expect(try await door.ask("DELETE", "/v1/training/\(name)", token: token).status == 404) }
        let wrong = try await door.ask("PUT", "/v1/training/model", token: token, type: "application/octet-stream", body: Array("POSTERN model".utf8))
        #expect(wrong.status == 400 && wrong.text.contains("does not begin as one"), "\(wrong.text)")
        #expect(try await door.ask("PUT", "/v1/training/model", token: token, type: raw, body: [1]).status == 415)
        try await door.stop()
    }
}
