import Cryptography
import DKIM
import DNS
import Foundation
import TestSupport

/// Signs with whatever tags a test wants, by the plain canonicalizations of the tests: nothing of the room's own signer is in it.
struct HandSigner {
    static let rsa = try! PrivateKey.generate(.rsa, bits: 2048), small = try! PrivateKey.generate(.rsa, bits: 1024)
    static let ed25519 = try! PrivateKey.generate(.ed25519)

    var key = HandSigner.rsa
    /// Tags in order; those that are changed to nil fall away. bh= and b= are put in where they are empty.
    var tags: [(String, String)] = [("v", "1"), ("a", "rsa-sha256"), ("c", "relaxed/relaxed"), ("d", "sender.example"), ("s", "sel"), ("h", "from:to:subject"), ("bh", ""), ("b", "")]

    init(_ changes: [(String, String?)] = [], key: PrivateKey = HandSigner.rsa) {
        self.key = key
        if key.kind == .ed25519 { set("a", "ed25519-sha256") }
        for (name, value) in changes { set(name, value) }
    }

    mutating func set(_ name: String, _ value: String?) {
        let place = tags.firstIndex { $0.0 == name }
        switch (place, value) {
        case (let place?, let value?): tags[place].1 = value
        case (let place?, nil): tags.remove(at: place)
        case (nil, let value?): tags.insert((name, value), at: 0)
        case (nil, nil): break
        }
    }

    func value(_ name: String) -> String { tags.first { $0.0 == name }?.1 ?? "" }

    /// The message with the signature on top. `message` has CRLF, fields in one line each, and an empty line.
    func sign(_ message: String) -> String {
        let end = message.range(of: "\r\n\r\n")
        let header = end.map { String(message[..<$0.lowerBound]) } ?? message, body = end.map { String(message[$0.upperBound...]) } ?? ""
        let words = value("c").split(separator: "/").map { Canonicalization(rawValue: String($0)) ?? .simple }
        let canonical = CanonicalizationTests.plainBody(words.count > 1 ? words[1] : .simple, Array(body.utf8))
        var filled = self
        if filled.tags.contains(where: { $0 == ("bh", "") }) {
            filled.set("bh", Self.base64(SHA256.digest(canonical.prefix(max(0, Int(value("l")) ?? Int.max)))))
        }
        var fields = header.components(separatedBy: "\r\n").filter { !$0.isEmpty }, chosen: [UInt8] = []
        for name in value("h").split(separator: ":").map({ $0.trimmed.lowercased() }) {
            guard let place = fields.lastIndex(where: { $0.split(separator: ":").first?.trimmed.lowercased() == name }) else { continue }
            chosen += CanonicalizationTests.plainHeader(words.first ?? .simple, Array(fields.remove(at: place).utf8))
        }
        let unsigned = "DKIM-Signature: " + filled.tags.map { "\($0.0)=\($0.1)" }.joined(separator: "; ")
        chosen += CanonicalizationTests.plainHeader(words.first ?? .simple, Array(unsigned.utf8)).dropLast(2)
        if filled.tags.contains(where: { $0 == ("b", "") }), let signature = key.signature(of: SHA256.digest(chosen)) { filled.set("b", Self.base64(signature)) }
        return "DKIM-Signature: " + filled.tags.map { "\($0.0)=\($0.1)" }.joined(separator: "; ") + "\r\n" + message
    }

    static func base64(_ octets: [UInt8]) -> String { Data(octets).base64EncodedString() }

    static let message = "From: a@sender.example\r\nTo: b@rcpt.example\r\nSubject: hello\r\n\r\nA  body \r\nof lines.\r\n\r\n"

    static func record(_ key: PrivateKey = HandSigner.rsa, _ more: String = "") -> String { "v=DKIM1; k=\(key.kind.rawValue); \(more)p=\(base64(key.publicOctets))" }

    /// Verifies with the record at `sel._domainkey.sender.example`.
    static func outcome(_ message: String, record text: String? = nil, at seconds: Int = 1_700_000_000, limits: DKIMLimits = DKIMLimits()) async -> DKIMOutcome? {
        let resolver = DKIMVectorTests.resolver([("sel._domainkey.sender.example", text ?? record())])
        return await DKIMVectorTests.verify(Array(message.utf8), resolver, at: seconds, limits: limits).signatures.first
    }
}

extension StringProtocol {
    var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
