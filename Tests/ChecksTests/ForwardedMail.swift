import BlockLists
import Checks
import Cryptography
import DKIM
import DMARC
import DNS
import Mail
import TestSupport
import Testing
import Verdicts

/// A message of example.org, for which DMARC is strict, on its way by lists.example.net, whose seals are believed.
struct ForwardedMail {
    static let key: PrivateKey? = try? PrivateKey.generate(.rsa, bits: 1024)

    let resolver = PipelineTests.resolver()
    let key: PrivateKey
    var message = PipelineTests.message("X-List: yes\r\n")
    var recipients = ["chef@example.org"]

    /// - Parameter record: of example.org.
    init(record: String? = "v=DMARC1; p=reject") throws {
        key = try #require(Self.key)
        if let record { resolver.txt("_dmarc.example.org", record) }
        for domain in ["lists.example.net", "evil.example"] { resolver.txt("s._domainkey.\(domain)", "v=DKIM1; p=\(String(decoding: Base64.encode(key.publicOctets), as: UTF8.self))") }
    }

    mutating func seal(_ domain: String = "lists.example.net", saw results: String = "dmarc=pass header.from=example.org", signing names: [String]? = nil) throws {
        let sealer = ARCSealer(key: key, domain: DomainName(trusted: domain), selector: DomainName(trusted: "s"), authservID: domain)
        message = try sealer.seal(Message(octets: message), results: results, after: ARCOutcome(result: .none), at: PipelineTests.now.seconds, signing: names).fields.flatMap { $0 } + message
    }

    /// DKIM by hand: what our own signer would not write.
    mutating func sign(_ domain: String, tags: String = "", record: String = "") throws {
        var bodies = BodyHashes(of: Message(octets: message)), hasher = HeaderHasher(.relaxed)
        let length = tags.split(separator: "l=").last.flatMap { Int($0.prefix { $0.isNumber }) }
        let hash = String(decoding: Base64.encode(bodies.digest(BodyCoverage(.relaxed, length: length)).octets), as: UTF8.self)
        for field in SignedFields(Message(octets: message).header).chosen(by: [HeaderName("from"), HeaderName("subject")]) { hasher.add(field.octets) }
        let field = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=\(domain); s=s; \(tags)h=from:subject; bh=\(hash); b=", octets = Array(field.utf8)
        let signature = try #require(key.signature(of: hasher.finish(octets[...], leavingOut: octets.endIndex..<octets.endIndex)))
        message = octets + Base64.encode(signature) + [ASCII.cr, ASCII.lf] + message
        resolver.txt("s._domainkey.\(domain)", "v=DKIM1; \(record)p=\(String(decoding: Base64.encode(key.publicOctets), as: UTF8.self))")
    }

    mutating func change(_ old: String, _ new: String) throws {
        let text = String(decoding: message, as: UTF8.self)
        try #require(text.contains(old))
        message = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
    }

    func examined() async throws -> Examination {
        let envelope = try PipelineTests.envelope { $0.mailFrom = "bounce@lists.example.net"; $0.recipients = recipients }
        let local = [LocalEntry(tenant: "default", effect: .seal, subject: try #require(LocalSubject("lists.example.net")), reason: "our list")]
        return await PipelineTests.examine(resolver, envelope: envelope, message: message, local: local)
    }

    func codes() async throws -> [String] { try await examined().verdict.findings.map(\.code) }
}
