internal import Cryptography
package import DNS

extension SigningKey {
    /// What an answer of the DNS says of the key's record.
    ///
    /// A domain with two key records at one name is undefined (RFC 6376 §3.6.2.2): verifiers take either, so it counts as another record.
    /// - Parameter texts: the TXT records at ``owner``; what is no key record is not looked at.
    package func sighting(in texts: Found<[UInt8]>) -> RecordSighting {
        switch texts {
        case .trouble(let trouble): return .trouble("\(trouble)")
        case .none: return .missing
        case .some(let texts):
            let records = texts.map { KeyTags($0) }.filter(\.isKeyRecord)
            guard let record = records.first else { return .missing }
            if records.count > 1 { return .other("there are \(records.count) key records") }
            return record.fault(for: self).map { .other($0) } ?? .matches
        }
    }
}

/// The tags of a published key record.
/// Source: RFC 6376 §3.2, §3.6.1.
private struct KeyTags {
    private var tags: [String: String] = [:]
    private var isDoubled = false
    private let begins: Bool

    /// Octets of a record that are read: the longest key that is signed with has a quarter of them.
    private static let octets = 8192

    init(_ text: [UInt8]) {
        let text = String(decoding: text.prefix(Self.octets), as: UTF8.self)
        begins = text.hasPrefix("v=DKIM1")
        for pair in text.split(separator: ";") {
            guard let equals = pair.firstIndex(of: "=") else { continue }
            let name = String(pair[..<equals].filter { !$0.isWhitespace })
            if tags.updateValue(String(pair[pair.index(after: equals)...].filter { !$0.isWhitespace }), forKey: name) != nil { isDoubled = true }
        }
    }

    var isKeyRecord: Bool { begins || (tags["p"] != nil && tags["v"] == nil) || tags["v"] == "DKIM1" }

    /// Why the record is not that of the key; nil where it is.
    func fault(for key: SigningKey) -> String? {
        guard let own = key.record else { return "the name is too long" }
        if isDoubled { return "a tag stands twice" }
        if let version = tags["v"], version != "DKIM1" || !begins { return "v= is not the first tag, or not DKIM1" }
        guard let published = tags["p"] else { return "p= is missing" }
        if published.isEmpty { return "the key is revoked: p= is empty" }
        if (tags["k"] ?? "rsa").lowercased() != key.kind.rawValue { return "k= is \(tags["k"] ?? "rsa"), not \(key.kind.rawValue)" }
        if let hashes = tags["h"], !hashes.lowercased().split(separator: ":").contains("sha256") { return "h= does not allow sha256" }
        if let services = tags["s"], !services.lowercased().split(separator: ":").contains(where: { $0 == "*" || $0 == "email" }) { return "s= does not allow email" }
        func bare(_ text: String) -> String { text.filter { $0 != "=" } }
        return bare(published) == bare(own.encodedKey) ? nil : "p= has another key"
    }
}
