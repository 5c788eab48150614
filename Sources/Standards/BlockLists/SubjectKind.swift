internal import JSON

/// In which place of a message or its session something stood that a list can be asked about.
package enum SubjectKind: String, Decodable, JSONWritable, Sendable, Hashable, CaseIterable {
    /// The address that connected, without authentication.
    case client
    /// The address of an authenticated user.
    case auth
    /// The domain, or for local entries the address, of MAIL FROM.
    case sender
    /// The domain, or for local entries the address, of the From field.
    case author
    case helo
    /// A confirmed name of the client address.
    case ptr
    /// The host of a link.
    case url
    /// An address of the Received fields.
    case received
}

/// A set of kinds.
package struct SubjectKinds: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package init(_ kind: SubjectKind) {
        switch kind {
        case .client: self = .client
        case .auth: self = .auth
        case .sender: self = .sender
        case .author: self = .author
        case .helo: self = .helo
        case .ptr: self = .ptr
        case .url: self = .url
        case .received: self = .received
        }
    }

    package static let client = SubjectKinds(rawValue: 1), auth = SubjectKinds(rawValue: 2), sender = SubjectKinds(rawValue: 4)
    package static let author = SubjectKinds(rawValue: 8), helo = SubjectKinds(rawValue: 16), ptr = SubjectKinds(rawValue: 32)
    package static let url = SubjectKinds(rawValue: 64), received = SubjectKinds(rawValue: 128)
    package static let every = SubjectKinds(rawValue: 255)
    /// Every kind that a domain can have.
    package static let domains: SubjectKinds = [.sender, .author, .helo, .ptr, .url]

    /// The members in the order of `SubjectKind`: what is nearest to the connection first.
    package var kinds: [SubjectKind] { SubjectKind.allCases.filter { contains(SubjectKinds($0)) } }
}
