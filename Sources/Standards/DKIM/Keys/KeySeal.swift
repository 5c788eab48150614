package import Cryptography
package import DNS

/// Private keys at rest: sealed under the master key, each bound to the tenant, the domain and the selector it is for, so that a row that was
/// copied to another place does not open there.
package struct KeySeal: Sendable {
    private let masterKey: MasterKey

    package init(_ masterKey: MasterKey) { self.masterKey = masterKey }

    /// - Throws: `NoRandomness`.
    package func seal(_ key: PrivateKey, tenant: String, domain: DomainName, selector: DomainName) throws(NoRandomness) -> [UInt8] {
        try masterKey.seal(key.der, for: Self.context(tenant, domain, selector))
    }

    /// - Returns: nil where it was sealed under another master key or for something else, or holds no key.
    package func open(_ sealed: [UInt8], tenant: String, domain: DomainName, selector: DomainName) -> PrivateKey? {
        masterKey.open(sealed, for: Self.context(tenant, domain, selector)).flatMap { PrivateKey.der($0) }
    }

    /// The domain and the selector hold no NUL, so the three are told apart from the end.
    private static func context(_ tenant: String, _ domain: DomainName, _ selector: DomainName) -> [UInt8] {
        Array("dkim\0\(tenant)\0\(domain.text)\0\(selector.text)".utf8)
    }
}
