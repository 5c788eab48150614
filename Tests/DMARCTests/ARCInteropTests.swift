import Cryptography
import DKIM
import DMARC
import DNS
import Foundation
import Mail
import TestSupport
import Testing

/// What we seal others validate, and what they seal we validate: dkimpy and authheaders of Debian.
@Suite(.enabled(if: PythonProgram.has("dkim"), "SKIPPED: no dkimpy; install python3-dkim"), .longWork) struct ARCInteropTests {
    static let common = """
        import dkim, json, sys
        def load(path):
            with open(path, "rb") as file: return file.read()
        keys = json.loads(load(sys.argv[2]))
        def txt(name, timeout=5):
            return (keys.get(name.decode().rstrip(".")) or "").encode() or None

        """

    /// Runs Python over a message and the keys.
    static func run(_ program: String, _ mail: ARCMessage, _ more: [String] = []) throws -> String {
        let folder = try TemporaryFolder()
        try Data(mail.octets).write(to: URL(fileURLWithPath: "\(folder.path)/message"))
        let keys = ["r._domainkey.sealer.example": "v=DKIM1; k=rsa; p=\(ARCMessage.text(mail.rsa.publicOctets))",
                    "e._domainkey.sealer.example": "v=DKIM1; k=ed25519; p=\(ARCMessage.text(mail.ed25519.publicOctets))"]
        try JSONSerialization.data(withJSONObject: keys).write(to: URL(fileURLWithPath: "\(folder.path)/keys"))
        try Data(pem(mail.rsa).utf8).write(to: URL(fileURLWithPath: "\(folder.path)/pem"))
        return String(decoding: try PythonProgram.run(common + program, ["\(folder.path)/message", "\(folder.path)/keys", "\(folder.path)/pem"] + more), as: UTF8.self)
    }

    static func pem(_ key: PrivateKey) -> String {
        let text = ARCMessage.text(key.der)
        let lines = stride(from: 0, to: text.count, by: 64).map { String(text.dropFirst($0).prefix(64)) }
        return "-----BEGIN PRIVATE KEY-----\n\(lines.joined(separator: "\n"))\n-----END PRIVATE KEY-----\n"
    }

    static let verify = "print(dkim.arc_verify(load(sys.argv[1]), dnsfunc=txt)[0].decode())"

    @Test("dkimpy validates our chains", arguments: [false, true])
    func dkimpyValidates(_ unfolded: Bool) async throws {
        var mail = try ARCMessage()
        for instance in 1...4 {
            try await mail.pass(unfolded: unfolded && instance % 2 == 0)
            #expect(try Self.run(Self.verify, mail) == "pass\n", "\(instance)")
        }
        mail.change("Hello", "Hallo")
        #expect(try Self.run(Self.verify, mail) == "fail\n")
    }

    /// The longest key that verifiers take, at a domain and selectors of many letters: no line is long, and nothing else is lost by folding.
    @Test("dkimpy verifies what is folded most")
    func dkimpyVerifiesLongKeys() async throws {
        var mail = try ARCMessage(bits: 4096)
        let key = DKIMSigningKey(mail.rsa, selector: DomainName(trusted: "r"), domain: DomainName(trusted: "sealer.example"))
        let field = try #require(try DKIMSigner().sign(mail.message, with: [key], at: ARCMessage.time).first)
        mail.put(field.octets)
        try await mail.pass()
        try await mail.pass()
        #expect(mail.octets.split(separator: 10).allSatisfy { $0.count <= 79 })
        #expect(try Self.run(Self.verify + "\nprint(dkim.verify(load(sys.argv[1]), dnsfunc=txt))", mail) == "pass\nTrue\n")
    }

    @Test("We validate dkimpy's chains, and chains of both")
    func dkimpySeals() async throws {
        var mail = try ARCMessage()
        for instance in 1...4 {
            if instance % 2 == 0 {
                try await mail.pass()
            } else {
                let program = """
                    message = load(sys.argv[1])
                    message = b"Authentication-Results: mx.sealer.example; arc=%s; spf=pass smtp.mailfrom=a@example.com\\r\\n" % sys.argv[4].encode() + message
                    fields = dkim.arc_sign(message, b"r", b"sealer.example", load(sys.argv[3]), b"mx.sealer.example", include_headers=[b"from", b"to", b"subject", b"date"],
                                           timestamp=1700000000)
                    sys.stdout.buffer.write(b"".join(fields))
                    """
                let fields = Array(try Self.run(program, mail, [instance == 1 ? "none" : "pass"]).utf8)
                #expect(fields.count > 300, "dkimpy does not seal")
                mail.put(fields)
            }
            let outcome = await mail.validate()
            #expect(outcome.result == .pass && outcome.sets.count == instance, "\(instance): \(outcome.problem ?? "")")
            #expect(try Self.run(Self.verify, mail) == "pass\n", "\(instance)")
        }
        #expect(await mail.validate().sets.first?.results.contains("spf=pass smtp.mailfrom=a@example.com") == true)
    }

    @Test("authheaders validates our chains", .enabled(if: PythonProgram.has("authheaders"), "SKIPPED: no authheaders; install python3-authheaders"))
    func authheadersValidates() async throws {
        var mail = try ARCMessage()
        try await mail.pass()
        try await mail.pass()
        let program = "import authheaders\nprint(str(authheaders.check_arc(load(sys.argv[1]), dnsfunc=txt)))"
        #expect(try Self.run(program, mail).contains("arc=pass"))
    }
}
