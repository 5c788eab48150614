import Cryptography
import DKIM
import DNS
import Foundation
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite(.longWork) struct SigningKeyRouteTests {
    private let here = "/v1/domains/example.org/dkim-keys", json = "application/json"

    private func items(_ answer: RawAnswer) -> [[String: Any]] { answer.json["items"] as? [[String: Any]] ?? [] }

    private func publish(_ answer: RawAnswer, _ door: TestDoor) {
        for item in items(answer) {
            let record = item["record"] as? [String: Any]
            door.dns.txt(record?["name"] as? String ?? "", (record?["strings"] as? [String] ?? []).joined())
        }
    }

    /// The key of RFC 8463 A.2, whose seed is nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=.
    private static let pem = "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\\n-----END PRIVATE KEY-----"

    @Test func fromAKeyToASignature() async throws {
        let door = try await TestDoor(), token = try await door.token(.dkim, .judge, tenant: "blue")
        let made = try await door.ask("POST", here, token: token, type: json, body: Array(#"{"kinds":["ed25519"]}"#.utf8))
        #expect(made.status == 201 && items(made).count == 1)
        #expect(items(made)[0]["tenant"] as? String == "blue" && items(made)[0]["state"] as? String == "pending")
        #expect((items(made)[0]["created_by"] as? String)?.hasPrefix("token ") == true)
        func sign() async throws -> RawAnswer { try await door.ask("POST", "/v1/signatures", token: token, type: raw, body: message) }
        let early = try await sign()
        #expect(early.status == 200 && (early.json["signatures"] as? [Any])?.isEmpty == true)
        #expect((early.json["unsigned"] as? [[String: Any]])?.first?["reason"] as? String == "key_pending")
        publish(made, door)
        let checked = try await door.ask("POST", here + "/check", token: token)
        #expect(items(checked).first?["state"] as? String == "active" && items(checked).first?["signs"] as? Bool == true)
        let signature = try #require((try await sign().json["signatures"] as? [[String: Any]])?.first)
        #expect(signature["name"] as? String == "DKIM-Signature" && signature["domain"] as? String == "example.org")
        #expect((signature["value"] as? String)?.hasPrefix("v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org;") == true)
        let next = try await door.ask("POST", here + "/rotate", token: token)
        #expect(next.status == 201)
        #expect(try await door.ask("POST", here + "/rotate", token: token).json["type"] as? String == "urn:postern:problem:nothing-to-rotate")
        #expect(items(try await door.ask("GET", here, token: token)).map { $0["state"] as? String } == ["active", "pending"])
        let selector = try #require(items(made)[0]["selector"] as? String)
        #expect(try await door.ask("GET", here + "/" + selector, token: token).json["selector"] as? String == selector)
        #expect(try await door.ask("DELETE", here + "/" + selector, token: token).status == 204)
        #expect(try await door.ask("DELETE", here + "/" + selector, token: token).status == 404)
        #expect(try await door.ask("GET", here + "/" + selector, token: token).json["state"] as? String == "retired")
        #expect((try await sign().json["unsigned"] as? [[String: Any]])?.first?["reason"] as? String == "key_pending")
        try await door.stop()
    }

    @Test func tenantsDoNotSeeEachOther() async throws {
        let door = try await TestDoor(), blue = try await door.token(.dkim, .judge, tenant: "blue"), red = try await door.token(.dkim, .judge, tenant: "red"), admin = try await door.token(.admin)
        let body = Array(#"{"private_key":"\#(Self.pem)","selector":"mail"}"#.utf8)
        let made = try await door.ask("POST", here, token: blue, type: json, body: body)
        #expect(made.status == 201 && items(made)[0]["imported"] as? Bool == true, "\(made.text)")
        #expect((items(made)[0]["record"] as? [String: Any])?["value"] as? String == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        publish(made, door)
        #expect(try await door.ask("POST", here + "/check", token: blue).status == 200)
        #expect(items(try await door.ask("GET", here, token: red)).isEmpty)
        #expect(try await door.ask("GET", here + "/mail", token: red).status == 404)
        #expect(try await door.ask("DELETE", here + "/mail", token: red).status == 404)
        #expect(try await door.ask("GET", here + "?tenant=blue", token: red).status == 403)
        #expect(try await door.ask("POST", "/v1/signatures?tenant=blue", token: red, type: raw, body: message).status == 403)
        let other = try await door.ask("POST", "/v1/signatures", token: red, type: raw, body: message)
        #expect((other.json["unsigned"] as? [[String: Any]])?.first?["reason"] as? String == "no_key")
        let mine = try await door.ask("POST", "/v1/signatures?tenant=blue", token: admin, type: raw, body: message)
        #expect((mine.json["signatures"] as? [Any])?.count == 1)
        #expect(items(try await door.ask("GET", here, token: admin)).count == 1)
        #expect(items(try await door.ask("GET", here + "?tenant=red", token: admin)).isEmpty)
        #expect(try await door.ask("POST", here, token: blue, type: json, body: body).json["type"] as? String == "urn:postern:problem:selector-taken")
        try await door.stop()
    }

    @Test func withoutAMasterKeyTheAnswerSaysWhatToSet() async throws {
        let door = try await TestDoor(masterKey: false), token = try await door.token(.dkim)
        let answer = try await door.ask("POST", here, token: token)
        #expect(answer.status == 503 && answer.json["type"] as? String == "urn:postern:problem:no-master-key")
        #expect((answer.json["detail"] as? String)?.contains("set master_key_file") == true && (answer.json["detail"] as? String)?.contains("POSTERN_MASTER_KEY") == true)
        try await door.stop()
    }

    @Test func whatIsWrongIsNamed() async throws {
        let door = try await TestDoor(), token = try await door.token(.dkim)
        let rows: [(path: String, body: String, status: Int, parameter: String?)] = [
            ("/v1/domains/org/dkim-keys", "{}", 400, "domain"), ("/v1/domains/a..b/dkim-keys", "{}", 400, "domain"), ("/v1/domains/%ff.org/dkim-keys", "{}", 400, "domain"),
            ("/v1/domains//dkim-keys", "{}", 404, nil), ("/v1/domains/example.org/dkim-keys/", "{}", 404, nil), ("/v1/domains/example.org/dkim-keys/a/b", "{}", 404, nil),
            (here, "[]", 400, nil), (here, #"{"kind":"rsa"}"#, 400, "kind"), (here, #"{"kinds":[]}"#, 400, "kinds"), (here, #"{"kinds":["dsa"]}"#, 400, "kinds"),
            (here, #"{"kinds":["rsa","rsa"]}"#, 400, "kinds"), (here, #"{"bits":512}"#, 400, "bits"), (here, #"{"bits":1e30}"#, 400, nil), (here, #"{"selector":"s"}"#, 400, "selector"),
            (here, #"{"private_key":"x","selector":"a b"}"#, 400, "selector"), (here, #"{"private_key":"x","selector":"check"}"#, 400, "selector"),
            (here, #"{"private_key":"x","bits":2048}"#, 400, "bits"), (here, #"{"private_key":"x"}"#, 400, "private_key"),
        ]
        for name in ["exa%3Bmple.test", "a%20b.test", "a%00b.test", "a%0Ab.test", "%22x%22.test", "%5C%3Bx.test", "-a.test", "a-.test", "1.2.3.4", "*.example.org"] {
            let answer = try await door.ask("POST", "/v1/domains/\(name)/dkim-keys", token: token, type: json, body: Array(#"{"kinds":["ed25519"]}"#.utf8))
            #expect(answer.status == 400 && answer.json["parameter"] as? String == "domain" && (answer.json["detail"] as? String)?.contains("is not a host name of two labels or more") == true, "\(name): \(answer.text)")
        }
        for row in rows {
            let answer = try await door.ask("POST", row.path, token: token, type: json, body: Array(row.body.utf8))
            #expect(answer.status == row.status && answer.json["parameter"] as? String == row.parameter, "\(row): \(answer.text)")
        }
        #expect(try await door.ask("PUT", here, token: token).header["allow"] == "GET, HEAD, POST")
        #expect(try await door.ask("PUT", here + "/s1", token: token).header["allow"] == "GET, HEAD, DELETE")
        #expect(try await door.ask("GET", here + "/check", token: token).status == 405)
        // A domain in letters is the same as in A-labels.
        let made = try await door.ask("POST", "/v1/domains/b%C3%BCcher.example/dkim-keys", token: token, type: json, body: Array(#"{"kinds":["ed25519"]}"#.utf8))
        #expect(items(made).first?["domain"] as? String == "xn--bcher-kva.example")
        try await door.stop()
    }

    /// User pain: keys that an earlier version made for what is no host name could be seen in no list and taken out of use by nobody.
    @Test(arguments: [("exa%3Bmple.test", "exa;mple.test"), ("a%20b.test", "a b.test"), ("a%5C032b.test", "a b.test"), ("a%0Ab.test", "a\nb.test"), ("%22x%22.test", "\"x\".test"),
                      ("-a.test", "-a.test"), ("1.2.3.4", "1.2.3.4"), ("*.example.org", "*.example.org"), ("org", "org")])
    func keysOfOddNamesAreSeenAndWithdrawn(_ path: String, _ name: String) async throws {
        let door = try await TestDoor(), token = try await door.token(.dkim, tenant: "blue"), domain = try #require(DomainName(name)), there = "/v1/domains/\(path)/dkim-keys"
        let selector = try #require(DomainName("old"))
        try await door.keys.add([SealedSigningKey(SigningKey(tenant: "blue", domain: domain, selector: selector, kind: .ed25519, bits: 256, publicKey: [UInt8](repeating: 7, count: 32),
                                                             isImported: false, createdAt: 1, createdBy: "an earlier version"), sealed: [1])])
        #expect(items(try await door.ask("GET", there, token: token)).map { $0["domain"] as? String } == [domain.text])
        #expect(try await door.ask("GET", there + "/old", token: token).json["state"] as? String == "pending")
        #expect(try await door.ask("POST", there, token: token, type: json, body: Array("{}".utf8)).json["parameter"] as? String == "domain", "no new ones")
        #expect(try await door.ask("POST", there + "/rotate", token: token).json["parameter"] as? String == "domain")
        #expect(try await door.ask("DELETE", there + "/new", token: token).status == 404)
        #expect(try await door.ask("DELETE", there + "/old", token: token).status == 204)
        #expect(try await door.ask("GET", there + "/old", token: token).json["state"] as? String == "retired")
        #expect(try await door.keys.changes(since: 0).keys.isEmpty)
        try await door.stop()
    }
}
