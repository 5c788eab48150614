internal import Cryptography
internal import DNS
package import Mail

/// A signature that was made.
package struct DKIMSignatureField: Sendable, Equatable {
    package static let name = "DKIM-Signature"
    /// What follows the colon, folded with CRLF and a space, without a line end after it.
    package let value: [UInt8]

    /// The whole field, with its CRLF.
    package var octets: [UInt8] { Array("\(Self.name):".utf8) + value + [ASCII.cr, ASCII.lf] }
}

/// Signs messages.
/// Source: RFC 6376 §5, RFC 8301, RFC 8463.
package struct DKIMSigner: Sendable {
    package let options: DKIMSigningOptions
    private let limits: DKIMLimits

    package init(options: DKIMSigningOptions = DKIMSigningOptions(), limits: DKIMLimits = DKIMLimits()) {
        self.options = options
        self.limits = limits
    }

    /// Signs a message with each key; the body is hashed once.
    /// - Parameters:
    ///   - message: LF without CR is signed as the CRLF it becomes on its way.
    ///   - keys: often one of RSA and one of Ed25519 (RFC 8463 §3).
    ///   - seconds: now, since 1970-01-01T00:00:00Z.
    /// - Returns: a field for each key, in order, to be put above the header.
    /// - Throws: a message that has no From or more than one, or a header that is not read whole; a key that others would not take.
    package func sign(_ message: Message, with keys: [DKIMSigningKey], at seconds: Int) throws(DKIMSigningFault) -> [DKIMSignatureField] {
        let names = try names(in: message)
        var bodies = BodyHashes(of: message, for: [])
        let bodyHash = String(decoding: Base64.encode(bodies.digest(BodyCoverage(options.canonicalization.body)).octets), as: UTF8.self)
        var header = HeaderHasher(options.canonicalization.header)
        for field in SignedFields(message.header).chosen(by: names.map { HeaderName($0) }) { header.add(field.octets) }
        var fields: [DKIMSignatureField] = []
        for key in keys { fields.append(try sign(key, names, bodyHash, header, at: seconds)) }
        return fields
    }

    private func sign(_ key: DKIMSigningKey, _ names: [String], _ bodyHash: String, _ header: HeaderHasher, at seconds: Int) throws(DKIMSigningFault) -> DKIMSignatureField {
        if key.key.kind == .rsa, !limits.rsaBits.contains(key.key.bits) {
            throw DKIMSigningFault("an RSA key of \(key.key.bits) bits, which is outside \(limits.rsaBits.lowerBound)…\(limits.rsaBits.upperBound) (RFC 8301 §3.2)")
        }
        var tags = FoldedTags(fieldName: DKIMSignatureField.name)
        tags.add("v", "1")
        tags.add("a", key.algorithm.rawValue)
        tags.add("c", options.canonicalization.text)
        tags.add("d", key.domain.text)
        tags.add("s", key.selector.text)
        if let localPart = options.identityLocalPart { tags.add("i", Self.quoted(localPart) + "@" + key.domain.text) }
        tags.add("t", String(max(seconds, 0)))
        if let lifetime = options.lifetime { tags.add("x", String(max(seconds, 0) &+ max(lifetime, 1))) }
        tags.add("h", words: names)
        tags.add("bh", bodyHash)
        tags.addEmptySignature()
        let unsigned = Array("\(DKIMSignatureField.name):".utf8) + tags.octets
        var header = header
        let digest = header.finish(unsigned[...], leavingOut: unsigned.endIndex..<unsigned.endIndex)
        guard let signature = key.key.signature(of: digest) else { throw DKIMSigningFault("the key for \(key.selector.text)._domainkey.\(key.domain.text) does not sign") }
        tags.addSignature(signature)
        return DKIMSignatureField(value: tags.octets)
    }

    /// The names for h=, each as often as it is covered.
    private func names(in message: Message) throws(DKIMSigningFault) -> [String] {
        if message.has(.limitMet(.headerOctets)) || message.has(.limitMet(.headerFields)) || message.has(.limitMet(.allHeaderFields)) {
            throw DKIMSigningFault("the header is longer than what is read of it")
        }
        guard options.covered.contains(where: { $0.name == "from" }) else { throw DKIMSigningFault("the From field is not among what is covered") }
        var counts: [UInt64: Int] = [:]
        for field in message.header.fields { counts[field.key, default: 0] += 1 }
        var names: [String] = []
        for each in options.covered {
            let count = counts[HeaderName(each.name).key] ?? 0
            if each.name == "from", count != 1 {
                throw DKIMSigningFault(count == 0 ? "there is no From field" : "there are \(count) From fields")
            }
            let times: Int
            switch each.rule {
            case .oversigned: times = count + 1
            case .oversignedIfPresent: times = count > 0 ? count + 1 : 0
            case .asPresent: times = count
            }
            guard names.count + times <= limits.signedFields else { throw DKIMSigningFault("more than \(limits.signedFields) fields to be covered") }
            names += repeatElement(each.name, count: times)
        }
        return names
    }

    /// DKIM-Quoted-Printable.
    /// Source: RFC 6376 §2.11.
    private static func quoted(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            if octet > 32, octet < 127, octet != ASCII.semicolon, octet != ASCII.equals { result.unicodeScalars.append(UnicodeScalar(octet)) } else { result += "=" + [octet].hexadecimal.uppercased() }
        }
        return result
    }
}
