package import DNS
internal import Synchronization

/// The local entries in force: for everyone, and for each tenant. All of them are changed at once.
package final class LocalLists: Sendable {
    private final class Lists: Sendable {
        let everyone: LocalList
        let tenants: [String: LocalList]
        /// What is said of domains, apart: messages are not compared with it.
        let said: [Said: LocalList]

        struct Said: Hashable {
            let effect: LocalEffect
            /// nil for everyone.
            let tenant: String?
        }

        init(_ entries: [LocalEntry]) {
            let found = entries.filter { $0.effect.listEffect != nil }
            everyone = LocalList(found.filter { $0.tenant == nil })
            tenants = Dictionary(grouping: found.filter { $0.tenant != nil }, by: { $0.tenant ?? "" }).mapValues { LocalList($0) }
            said = Dictionary(grouping: entries.filter { $0.effect.listEffect == nil }, by: { Said(effect: $0.effect, tenant: $0.tenant) }).mapValues { LocalList($0) }
        }
    }

    private let lists: Mutex<Lists>

    package init(_ entries: [LocalEntry] = []) { lists = Mutex(Lists(entries)) }

    /// Puts these entries in force instead of all others.
    package func replace(with entries: [LocalEntry]) {
        let new = Lists(entries)
        lists.withLock { $0 = new }
    }

    /// Reads all entries and puts them in force; when that fails, those in force stay.
    package func reload(from source: some LocalListSource) async throws { replace(with: try await source.entries()) }

    /// Whether the list says this of the domain, to the tenant or to everyone.
    /// - Parameter now: microseconds since 1970.
    package func says(_ effect: LocalEffect, of domain: DomainName, tenant: String, at now: Int64) -> Bool {
        let said = lists.withLock { $0.said }
        if said.isEmpty { return false }
        return [tenant, nil].contains { said[Lists.Said(effect: effect, tenant: $0)]?.entries(for: domain, at: now).isEmpty == false }
    }

    /// The domains of which the list says this to the tenant or to everyone.
    /// - Parameters:
    ///   - now: microseconds since 1970.
    ///   - most: how many at most.
    package func domains(_ effect: LocalEffect, tenant: String, at now: Int64, most: Int) -> [DomainName] {
        let said = lists.withLock { $0.said }
        if said.isEmpty { return [] }
        return Array([tenant, nil].flatMap { said[Lists.Said(effect: effect, tenant: $0)]?.domains(at: now, most: most) ?? [] }.prefix(max(most, 0)))
    }

    /// The entry that keeps out files whose names end so; what the tenant says comes before what is said for everyone, and of two at odds the one that lets through.
    /// - Parameters:
    ///   - ending: in lower case without its dot.
    ///   - now: microseconds since 1970.
    package func ban(ofFiles ending: String, tenant: String, at now: Int64) -> LocalEntry? {
        let lists = lists.withLock { $0 }
        for list in [lists.tenants[tenant], lists.everyone].compactMap({ $0 }) {
            let entries = list.entries(forFiles: ending, at: now)
            if entries.contains(where: { $0.effect == .allow }) { return nil }
            if let first = entries.first(where: { $0.effect == .block }) { return first }
        }
        return nil
    }

    /// The entries that a message matches: the tenant's before those for everyone, and for each subject the most specific first.
    /// - Parameters:
    ///   - now: microseconds since 1970.
    ///   - limits: what is looked up, and how much of what is found is kept.
    package func matches(_ given: ListSubjects, tenant: String?, at now: Int64, limits: ListLimits = ListLimits()) -> [LocalMatch] {
        let lists = lists.withLock { $0 }
        var found: [LocalMatch] = []
        if let tenant, let own = lists.tenants[tenant] { own.collect(given, at: now, limits: limits, into: &found) }
        lists.everyone.collect(given, at: now, limits: limits, into: &found)
        return found
    }
}

extension LocalList {
    fileprivate func collect(_ given: ListSubjects, at now: Int64, limits: ListLimits, into found: inout [LocalMatch]) {
        if count == 0 { return }
        let most = max(limits.localSubjects, 0)
        func add(_ entries: [LocalEntry], _ subject: @autoclosure () -> String, _ kind: SubjectKind) {
            for entry in entries where found.count < limits.localMatches {
                guard let effect = entry.effect.listEffect else { continue }
                found.append(LocalMatch(effect: effect, subject: subject(), kind: kind, entry: entry.subject.description, entryID: entry.id, reason: entry.reason))
            }
        }
        if let client = given.client { add(entries(for: client, at: now), client.description, given.isAuthenticated ? .auth : .client) }
        if let address = given.senderAddress { add(entries(forAddress: address, at: now), address, .sender) }
        if let sender = given.sender { add(entries(for: sender, at: now), sender.text, .sender) }
        for address in given.authorAddresses.prefix(most) { add(entries(forAddress: address, at: now), address, .author) }
        for author in given.authors.prefix(most) { add(entries(for: author, at: now), author.text, .author) }
        if let helo = given.helo { add(entries(for: helo, at: now), helo.text, .helo) }
        for name in given.ptr.prefix(most) { add(entries(for: name, at: now), name.text, .ptr) }
        for host in given.urls.prefix(most) { add(entries(for: host, at: now), host.text, .url) }
        for address in given.urlAddresses.prefix(most) { add(entries(for: address, at: now), address.description, .url) }
        for address in given.received.prefix(most) { add(entries(for: address, at: now), address.description, .received) }
    }
}
