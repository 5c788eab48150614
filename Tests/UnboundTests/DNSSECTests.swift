import DNS
import Testing
import TestSupport
import Unbound

/// Validation against a root that the test signs with ldns.
@Suite(.serialized, .longWork) struct DNSSECTests {
    private static let root = """
        . 3600 IN SOA ns. hostmaster. 1 3600 600 86400 60
        . 300 IN NS ns.
        ns. 300 IN A 127.0.0.1
        good.example. 300 IN A 192.0.2.1
        alias.example. 300 IN CNAME good.example.
        broken.example. 300 IN A 192.0.2.66
        _25._tcp.good.example. 300 IN TLSA 3 1 1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
        plain. 300 IN NS ns.

        """
    private static let plain = """
        plain. 3600 IN SOA ns. hostmaster. 1 3600 600 86400 60
        plain. 300 IN NS ns.
        host.plain. 300 IN A 192.0.2.3

        """

    /// Signs the root, and then changes one record behind the signature's back.
    private func signedRoot(_ folder: TemporaryFolder) throws -> (zone: String, anchor: String) {
        try folder.write(Self.root, to: "root")
        try #require(try ChildProcess.run("ldns-keygen", ["-k", "-a", "ECDSAP256SHA256", "."], log: "\(folder.path)/key", folder: folder.path) == 0)
        let key = try folder.read("key").split(separator: "\n").last.map(String.init) ?? ""
        try #require(try ChildProcess.run("ldns-signzone", ["-o", ".", "-f", "signed", "root", key], log: "\(folder.path)/sign", folder: folder.path) == 0)
        let signed = try folder.read("signed")
        try #require(signed.contains("192.0.2.66"))
        return (signed.replacing("192.0.2.66", with: "192.0.2.67"), "\(folder.path)/\(key).key")
    }

    @Test func statusIsWhatValidationSays() async throws {
        let folder = try TemporaryFolder()
        let (zone, anchor) = try signedRoot(folder)
        let server = try await TestNameServer.nsd(zones: [".": zone, "plain": Self.plain])
        var settings = UnboundSettings.local(server.port)
        settings.trustAnchorFile = anchor
        let resolver = try UnboundResolver(settings: settings)
        func ask(_ text: String, _ type: RecordType) async -> DNSAnswer { await resolver.answer(name(text), type, by: .now + .seconds(20)) }

        #expect(await ask("good.example", .a) == .records([.address(.v4(0xc000_0201))], .secure))
        #expect(await ask("alias.example", .a) == .records([.address(.v4(0xc000_0201))], .secure))
        #expect(await ask("_25._tcp.good.example", .tlsa) == .records([.tlsa(usage: 3, selector: 1, matching: 1, data: Array(0..<32))], .secure))
        #expect(await ask("good.example", .mx) == .noData(.secure))
        #expect(await ask("none.example", .a) == .nameError(.secure))
        #expect(await ask("host.plain", .a) == .records([.address(.v4(0xc000_0203))], .insecure))
        guard case .trouble(.bogus(let why)) = await ask("broken.example", .a) else { Issue.record("a broken signature is bogus"); return }
        #expect(!why.isEmpty)

        let trusting = try UnboundResolver(settings: .local(server.port))
        #expect(await trusting.answer(name("broken.example"), .a, by: .now + .seconds(20)) == .records([.address(.v4(0xc000_0243))], .indeterminate))

        var except = settings
        except.insecureZones = [name("broken.example")]
        let partial = try UnboundResolver(settings: except)
        #expect(await partial.answer(name("broken.example"), .a, by: .now + .seconds(20)) == .records([.address(.v4(0xc000_0243))], .insecure))
    }
}
