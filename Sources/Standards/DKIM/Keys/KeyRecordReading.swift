internal import Cryptography
package import DNS

extension SigningKey {
    /// What an answer of the DNS says of the key's record: whether a verifier that reads it takes the signatures.
    ///
    /// Two key records at one name are undefined (RFC 6376 §3.6.2.2): verifiers take either, so they count as another record.
    /// - Parameter texts: the TXT records at ``owner``; what does not look like a key record is not looked at.
    package func sighting(in texts: Found<[UInt8]>, limits: DKIMLimits = DKIMLimits()) -> RecordSighting {
        switch texts {
        case .trouble(let trouble): return .trouble("\(trouble)")
        case .none: return .missing
        case .some(let texts):
            let records = texts.filter(Self.looksLikeKey)
            guard let record = records.first else { return .missing }
            if records.count > 1 { return .other("there are \(records.count) key records") }
            do throws(DKIMFault) { return try isOwn(DKIMKeyRecord(record, limits: limits), limits) ? .matches : .other("the key is another one") } catch { return .other(error.why) }
        }
    }

    private static func looksLikeKey(_ text: [UInt8]) -> Bool {
        let text = String(decoding: text.prefix(4096), as: UTF8.self).filter { $0 != " " && $0 != "\t" }
        return text.hasPrefix("v=DKIM1") || !text.hasPrefix("v=") && (text.hasPrefix("p=") || text.contains(";p="))
    }

    /// - Throws: why the record can verify nothing of this key's kind.
    private func isOwn(_ record: DKIMKeyRecord, _ limits: DKIMLimits) throws(DKIMFault) -> Bool {
        _ = try DKIMKey(record).usable(for: kind == .rsa ? .rsaSHA256 : .ed25519SHA256, limits: limits)
        // Of RSA the key may also stand without the frame that names its kind (RFC 6376 erratum 3017): its octets are then the last of ours.
        return record.key == publicKey || kind == .rsa && record.key.count < publicKey.count && publicKey.suffix(record.key.count).elementsEqual(record.key)
    }
}
