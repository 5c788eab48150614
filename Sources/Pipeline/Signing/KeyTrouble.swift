package import DNS

/// Why signing keys are not changed as somebody wished.
package enum KeyTrouble: Error, Sendable, Equatable {
    /// The service has no master key, so no private key can be kept or used.
    case noMasterKey
    /// What was given is no private key that signs mail: why.
    case unusableKey(String)
    case selectorTaken(DomainName)
    /// The day has no selector left; give one.
    case noSelectorLeft
    /// The name of the record would be longer than the DNS has room for.
    case nameTooLong
    /// So many that are not retired.
    case domainFull(Int)
    case tenantFull(Int)
    /// There is no key in use, or the successors are on their way already.
    case nothingToRotate(String)
    case noSuchKey
    /// Others changed the same keys all the time; try again.
    case contended
}

extension KeyTrouble: CustomStringConvertible {
    /// What the operator has to set.
    package static let masterKeySetting = "set master_key_file to a file with 32 random octets in hexadecimal (openssl rand -hex 32), or POSTERN_MASTER_KEY"

    package var description: String {
        switch self {
        case .noMasterKey: "there is no master key to seal private keys with: \(Self.masterKeySetting)"
        case .unusableKey(let why): why
        case .selectorTaken(let selector): "the domain has or had a key with the selector \(selector.text)"
        case .noSelectorLeft: "all selectors of this day are taken; give one"
        case .nameTooLong: "the name of the record would be too long"
        case .domainFull(let limit): "a domain has at most \(limit) keys that are not retired; retire one first"
        case .tenantFull(let limit): "a tenant has at most \(limit) keys that are not retired; retire one first"
        case .nothingToRotate(let why): why
        case .noSuchKey: "there is no such key in use"
        case .contended: "others change these keys at the moment; try again"
        }
    }
}
