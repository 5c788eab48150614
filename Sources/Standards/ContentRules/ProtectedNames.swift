package import DNS

/// Names that only their owners should write under.
package struct ProtectedNames: Sendable, Equatable {
    /// A name that stands for certain domains.
    package struct Brand: Sendable, Equatable {
        /// As people write it: `Example Bank`.
        package var name: String
        /// Where its mail comes from; those below are its own, too.
        package var domains: [DomainName]

        package init(name: String, domains: [DomainName]) { self.name = name; self.domains = domains }
    }

    /// People whose mail comes from the own domains only, as in a From field: `Erika Mustermann`.
    package var people: [String]
    package var brands: [Brand]

    package init(people: [String] = [], brands: [Brand] = []) { self.people = people; self.brands = brands }
}
