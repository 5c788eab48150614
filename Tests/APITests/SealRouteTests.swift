import API
import DMARC
import DNS
import Foundation
import Synchronization
import TestStores
import TestSupport
import Testing
import Verdicts

/// A sealer that seals everything but what a test says, and remembers what it was asked.
final class FakeSealer: Sealer {
    struct Question: Equatable {
        let octets: [UInt8], domain: String, verdict: VerdictID, tenant: String
    }

    private let asked = Mutex<[Question]>([])
    private let refusal = Mutex<UnsealedReason?>(nil)

    var questions: [Question] { asked.withLock { $0 } }
    var refuses: UnsealedReason? {
        get { refusal.withLock { $0 } }
        set { refusal.withLock { $0 = newValue } }
    }

    func seal(_ octets: [UInt8], for domain: DomainName, judged: (record: VerdictRecord, evidence: Evidence), tenant: String, at seconds: Int) async -> SealingOutcome {
        asked.withLock { $0.append(Question(octets: octets, domain: domain.text, verdict: judged.record.id, tenant: tenant)) }
        if let refuses { return SealingOutcome(refuses, "as the test has it") }
        return SealingOutcome(["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"].map { HeaderToAdd(name: $0, value: "i=1; x") },
                              .init(instance: 1, validation: .none, domain: domain.text, selector: "s", algorithm: "rsa-sha256"))
    }
}

@Suite(.longWork) struct SealRouteTests {
    private let here = "/v1/seals?domain=Lists.Example.NET&verdict="

    private func kept(_ door: TestDoor, tenant: String = "default", evidence: String = "{}") async throws -> VerdictID {
        var record = VerdictRecord.sample(tenant: tenant, at: Timestamp(microseconds: 1_795_428_000_000_000))
        record.evidence = Array(evidence.utf8)
        _ = try await door.verdicts.append(record)
        return record.id
    }

    private func reason(_ answer: RawAnswer) -> String? { (answer.json["unsealed"] as? [String: Any])?["reason"] as? String }

    @Test func fieldsOrAReason() async throws {
        let door = try await TestDoor(), token = try await door.token(.judge), id = try await kept(door)
        let sealed = try await door.ask("POST", here + "\(id)", token: token, type: raw, body: message)
        #expect(sealed.status == 200 && (sealed.json["fields"] as? [[String: String]])?.map { $0["name"] } == ["ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"], "\(sealed.text)")
        #expect((sealed.json["seal"] as? [String: Any])?["instance"] as? Int == 1 && reason(sealed) == nil)
        #expect(door.sealer.questions == [.init(octets: message, domain: "lists.example.net", verdict: id, tenant: "default")])
        door.sealer.refuses = .chainFailed
        let refused = try await door.ask("POST", here + "\(id)", token: token, type: raw, body: message)
        #expect(refused.status == 200 && reason(refused) == "chain_failed" && (refused.json["fields"] as? [Any])?.isEmpty == true)
        let old = try await kept(door, evidence: "[1]")
        for other in [VerdictID(at: Timestamp(microseconds: 1)).description, "x", "\(old)"] {
            #expect(reason(try await door.ask("POST", here + other, token: token, type: raw, body: message)) == "verdict_unknown", "\(other)")
        }
        #expect(door.sealer.questions.count == 2)
        try await door.stop()
    }

    @Test func tenantsDoNotSeeEachOther() async throws {
        let door = try await TestDoor(), blue = try await door.token(.judge, tenant: "blue"), red = try await door.token(.judge, tenant: "red"), all = try await door.token(.judge)
        let id = try await kept(door, tenant: "blue")
        #expect(try await door.ask("POST", here + "\(id)", token: blue, type: raw, body: message).json["seal"] != nil)
        #expect(reason(try await door.ask("POST", here + "\(id)", token: red, type: raw, body: message)) == "verdict_unknown")
        #expect(try await door.ask("POST", here + "\(id)&tenant=blue", token: red, type: raw, body: message).status == 403)
        #expect(reason(try await door.ask("POST", here + "\(id)", token: all, type: raw, body: message)) == "verdict_unknown", "the tenant is `default` where none is said")
        #expect(try await door.ask("POST", here + "\(id)&tenant=blue", token: all, type: raw, body: message).json["seal"] != nil)
        #expect(door.sealer.questions.map(\.tenant) == ["blue", "blue"])
        try await door.stop()
    }

    @Test func whatIsWrongIsNamed() async throws {
        let door = try await TestDoor { $0.bodyOctets = 1000 }, token = try await door.token(.judge), other = try await door.token(.history, .dkim), id = try await kept(door)
        let rows: [(query: String, type: String, body: [UInt8], status: Int, parameter: String?)] = [
            ("verdict=\(id)", raw, message, 400, "domain"), ("domain=example.org", raw, message, 400, "verdict"), ("domain=org&verdict=\(id)", raw, message, 400, "domain"),
            ("domain=a..b&verdict=\(id)", raw, message, 400, "domain"), ("domain=a.b&domain=a.b&verdict=\(id)", raw, message, 400, "domain"), ("domain=a.b&verdict=\(id)&verdict=x", raw, message, 400, "verdict"),
            ("domain=a.b&verdict=\(id)&colour=red", raw, message, 400, "colour"), ("domain=a.b&verdict=\(id)&tenant=", raw, message, 400, "tenant"), ("domain=a.b&verdict=\(id)", "text/plain", message, 415, "Content-Type"),
            ("domain=a.b&verdict=\(id)", raw, [], 400, "message"), ("domain=a.b&verdict=\(id)", raw, [UInt8](repeating: 120, count: 2000), 413, nil),
        ]
        for row in rows {
            let answer = try await door.ask("POST", "/v1/seals?" + row.query, token: token, type: row.type, body: row.body)
            #expect(answer.status == row.status && answer.json["parameter"] as? String == row.parameter, "\(row.query): \(answer.text)")
        }
        #expect(try await door.ask("POST", here + "\(id)", token: other, type: raw, body: message).status == 403)
        #expect(try await door.ask("GET", here + "\(id)", token: token).status == 405)
        #expect(door.sealer.questions.isEmpty)
        try await door.stop()
    }
}
