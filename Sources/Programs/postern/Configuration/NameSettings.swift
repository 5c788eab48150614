import ContentRules
import DNS
import Foundation
import Yams

extension ConfigurationReader {
    /// The people and brands in whose name only they should write: `names.people`, `names.brands`.
    static func names(_ tree: SettingsTree) throws -> ProtectedNames {
        let most = RuleLimits().names
        let people = try tree.list("names.people") ?? []
        guard people.count <= most else { throw tree.fault("names.people", "has more than \(most) names") }
        for name in people where !isName(name) { throw tree.fault("names.people", "is not a name of 3 to 100 characters: \(name)") }
        for name in people where !ProtectedNames.isOfPerson(name) { throw tree.fault("names.people", "has one word only, which many people bear; first and last name are needed: \(name)") }
        return ProtectedNames(people: people, brands: try brands(tree, most: most))
    }

    private static func brands(_ tree: SettingsTree, most: Int) throws -> [ProtectedNames.Brand] {
        let key = "names.brands"
        guard let node = try tree.structure(key) else { return [] }
        guard let sequence = node.sequence, sequence.count <= most else { throw tree.fault(key, "is not a list of at most \(most) brands") }
        return try sequence.map { row in
            try tree.check(row, of: key, members: ["name", "domains"])
            guard let name = row["name"]?.scalar?.string, isName(name) else { throw tree.fault(key, "has a brand without a name of 3 to 100 characters (line \(row.mark?.line ?? 0))") }
            let domains = try (row["domains"]?.sequence ?? []).map { item in
                guard let text = item.scalar?.string, let domain = DomainName(text), domain.isFullyQualifiedHostName else { throw tree.fault(key, "has what is no domain name (line \(item.mark?.line ?? 0))") }
                return domain
            }
            guard (1...100).contains(domains.count) else { throw tree.fault(key, "has a brand without domains, or with more than 100: \(name)") }
            return ProtectedNames.Brand(name: name, domains: domains)
        }
    }

    private static func isName(_ text: String) -> Bool { (3...100).contains(text.count) && text.contains { $0.isLetter } }
}
