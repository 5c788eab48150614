internal import JSON

/// Whose sending a limit counts, from the widest to the narrowest: whoever is wider caps all who are narrower.
package enum LimitScope: String, Sendable, Codable, CaseIterable, JSONWritable, Comparable {
    /// A mail server, by the name with which it asks.
    case server
    /// What customers buy.
    case plan
    case customer
    /// The domain of a mailbox.
    case domain
    /// An account: who authenticated, else the reverse-path.
    case mailbox
    /// A web site or a user of the host that sends without authentication.
    case site
    /// A program of a site.
    case script
    /// The address of the SMTP client: of IPv6 its /64, which is one line of one customer.
    case client

    /// Wider cases are less.
    package static func < (one: LimitScope, other: LimitScope) -> Bool { one.place < other.place }

    /// Counted from 0; also what a database keeps.
    package var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What is wrong with a limit or the name of a subject.
package struct LimitFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The member, such as `limits[0].per`.
    package let member: String
    /// A clause that goes on after it.
    package let problem: String

    package init(_ member: String, _ problem: String) { self.member = member; self.problem = problem }

    package var description: String { "\(member) \(problem)" }
}
