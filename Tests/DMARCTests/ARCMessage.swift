import Cryptography
import DKIM
import DMARC
import DNS
import Mail
import TestSupport
import Testing

/// A message that goes from sealer to sealer.
struct ARCMessage {
    static let plain = Array("From: a@example.com\r\nTo: b@example.org\r\nSubject: One\r\n two  three\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nHello  world \r\n\r\n\r\n".utf8)
    static let time = 1_700_000_000

    let resolver = MemoryResolver()
    let rsa: PrivateKey, ed25519: PrivateKey
    private(set) var octets: [UInt8]

    init(_ octets: [UInt8] = plain, bits: Int = 1024) throws {
        self.octets = octets
        rsa = try PrivateKey.generate(.rsa, bits: bits)
        ed25519 = try PrivateKey.generate(.ed25519)
        resolver.txt("r._domainkey.sealer.example", "v=DKIM1; k=rsa; p=\(Self.text(rsa.publicOctets))")
        resolver.txt("e._domainkey.sealer.example", "v=DKIM1; k=ed25519; p=\(Self.text(ed25519.publicOctets))")
    }

    static func text(_ octets: [UInt8]) -> String { String(decoding: Base64.encode(octets), as: UTF8.self) }

    var message: Message { Message(octets: octets) }

    func validate(at time: Int = time, limits: ARCLimits = ARCLimits(), resolver: MemoryResolver? = nil) async -> ARCOutcome {
        await ARCValidator(keys: DKIMKeys(resolver: resolver ?? self.resolver), limits: limits).validate(message, at: time, by: .now + .seconds(20))
    }

    func sealer(_ kind: KeyKind = .rsa, limits: ARCLimits = ARCLimits()) throws -> ARCSealer {
        let selector = try #require(DomainName(kind == .rsa ? "r" : "e"))
        return ARCSealer(key: kind == .rsa ? rsa : ed25519, domain: try #require(DomainName("sealer.example")), selector: selector, authservID: "mx.sealer.example", limits: limits)
    }

    /// Validates and seals; the set is put on top.
    @discardableResult
    mutating func pass(_ kind: KeyKind = .rsa, results: String = "dmarc=pass header.from=example.com; spf=fail; dkim=pass header.d=example.com", unfolded: Bool = false) async throws -> ARCSealed {
        let sealed = try sealer(kind).seal(message, results: results, after: await validate(), at: Self.time)
        octets = sealed.fields.flatMap { unfolded ? $0.dropLast(2).filter { $0 != ASCII.cr && $0 != ASCII.lf } + [ASCII.cr, ASCII.lf] : $0 } + octets
        return sealed
    }

    mutating func put(_ fields: [UInt8]) { octets = fields + octets }

    /// Changes the text of the message as it lies there.
    mutating func change(_ old: String, _ new: String) {
        let text = String(decoding: octets, as: UTF8.self)
        precondition(text.contains(old), "\(old) is not in the message")
        octets = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
    }
}
