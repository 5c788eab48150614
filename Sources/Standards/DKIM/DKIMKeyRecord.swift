package import Cryptography
internal import Mail

/// A key record, read and found free of faults.
/// Source: RFC 6376 §3.6.1, RFC 8463 §4. g= of RFC 4871 and tags unknown here mean nothing.
package struct DKIMKeyRecord: Sendable, Hashable {
    package let kind: KeyKind
    /// p=, decoded; empty where the key is revoked.
    package let key: [UInt8]
    /// h=: the hashes that may be used, as written; nil for all.
    package let hashes: [String]?
    /// s=: the services that the key is for, as written; nil for all.
    package let services: [String]?
    /// t=: flags as written.
    package let flags: [String]
    /// n=: words for people, decoded; octets that are not UTF-8 become U+FFFD.
    package let notes: String?

    package var isRevoked: Bool { key.isEmpty }
    /// t=y: the domain is testing.
    package var isTesting: Bool { flags.contains("y") }
    /// t=s: i= has the very domain of d=.
    package var isStrict: Bool { flags.contains("s") }

    /// - Parameter octets: one TXT record, its strings joined.
    /// - Throws: permerror.
    /// - Limits: `keyRecordOctets`, `tags`.
    package init(_ octets: [UInt8], limits: DKIMLimits = DKIMLimits()) throws(DKIMFault) {
        guard octets.count <= limits.keyRecordOctets else { throw .permanent("the key record is longer than \(limits.keyRecordOctets) octets") }
        let tags: TagList
        do throws(TagListFault) { tags = try TagList(octets[...], most: limits.tags) } catch { throw .permanent("key record: \(error)") }
        if let version = tags["v"] {
            guard version.value.elementsEqual("DKIM1".utf8) else { throw .permanent("key record: v=\(shown(version.value)) is not DKIM1") }
            guard tags.tags.first?.name == "v" else { throw .permanent("key record: v= is not the first tag") }
        }
        let kind = tags["k"]?.value ?? "rsa".utf8.map { $0 }[...]
        guard let known = KeyKind(rawValue: ASCII.text(kind)) else { throw .permanent("key record: k=\(shown(kind)) is not a kind of key known here") }
        self.kind = known
        guard let encoded = tags["p"] else { throw .permanent("key record: p= is missing") }
        let decoded = Base64.decode(encoded.value)
        guard decoded.invalid == 0, !decoded.truncated, encoded.value.isEmpty || !decoded.octets.isEmpty else { throw .permanent("key record: p= is not base64") }
        key = decoded.octets
        hashes = tags["h"].map { Self.words($0.value) }
        services = tags["s"].map { Self.words($0.value) }
        flags = tags["t"].map { Self.words($0.value) } ?? []
        notes = tags["n"].map { ASCII.text((SignatureValues.unquoted($0.value) ?? Array($0.value))[...]) }
    }

    private static func words(_ value: ArraySlice<UInt8>) -> [String] { SignatureValues.words(value).map { ASCII.text($0) } }

    /// The record as text that reads as the same record, but for notes.
    package var text: [UInt8] {
        var text = "v=DKIM1; k=\(kind.rawValue)"
        for (name, words) in [("h", hashes), ("s", services), ("t", flags.isEmpty ? nil : flags)] {
            if let words { text += "; \(name)=\(words.joined(separator: ":"))" }
        }
        return Array("\(text); p=".utf8) + Base64.encode(key)
    }
}
