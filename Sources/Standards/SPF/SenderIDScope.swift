internal import JSON

/// Which identity a Sender ID record speaks of.
/// Source: RFC 4406 §3.1.
package enum SenderIDScope: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// The purported responsible address (RFC 4407).
    case pra
    /// The reverse-path of MAIL FROM.
    case mfrom

    /// - Parameter name: a scope-id in any case; nil for another one.
    init?(_ name: ArraySlice<UInt8>) {
        guard name.count <= 5, let scope = SenderIDScope(rawValue: String(decoding: name.map { $0 | 0x20 }, as: UTF8.self)) else { return nil }
        self = scope
    }
}

/// Scopes that a record, or several, speak of.
package struct SenderIDScopes: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package init(_ scope: SenderIDScope) { self = scope == .pra ? .pra : .mfrom }

    package static let pra = SenderIDScopes(rawValue: 1), mfrom = SenderIDScopes(rawValue: 2)
}
