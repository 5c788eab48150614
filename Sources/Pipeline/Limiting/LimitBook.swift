package import RateLimits
internal import Synchronization

/// What is said of subjects, kept in memory for a moment: what changes is known everywhere a moment later.
package final class LimitBook: Sendable {
    private struct Page {
        let definition: LimitDefinition?
        let readAt: ContinuousClock.Instant
    }

    private let store: any LimitStore
    private let freshness: Duration
    private let pages = Mutex<[TenantSubject: Page]>([:])

    /// Subjects in memory, about 500 octets each.
    private static let most = 50_000
    /// Levels from a subject up to the one above all.
    private static let levels = LimitScope.allCases.count

    /// - Parameter freshness: for how long is believed what was read.
    package init(_ store: any LimitStore, freshness: Duration = .seconds(2)) { self.store = store; self.freshness = freshness }

    /// Those for whom a message counts, with all above them, and what is said of each.
    /// - Throws: `StoreTrouble` where that cannot be read, nor was a while ago.
    package func family(of subjects: [LimitSubject], tenant: String, _ hierarchy: LimitHierarchy, by deadline: ContinuousClock.Instant) async throws -> (subjects: [LimitSubject], said: [LimitSubject: LimitDefinition]) {
        var said: [LimitSubject: LimitDefinition] = [:], family = hierarchy.family(of: subjects) { _ in nil }, read: Set<LimitSubject> = []
        for _ in 0..<Self.levels {
            let open = family.filter { !read.contains($0) }
            if open.isEmpty { break }
            for (subject, definition) in try await definitions(of: open, tenant: tenant, by: deadline) { said[subject] = definition }
            read.formUnion(open)
            family = hierarchy.family(of: subjects) { said[$0] }
        }
        return (family, said)
    }

    private func definitions(of subjects: [LimitSubject], tenant: String, by deadline: ContinuousClock.Instant) async throws -> [LimitSubject: LimitDefinition] {
        let now = ContinuousClock.now, names = subjects.map { TenantSubject(tenant: tenant, $0) }
        let (known, missing): ([LimitSubject: LimitDefinition], [TenantSubject]) = pages.withLock { pages in
            var known: [LimitSubject: LimitDefinition] = [:], missing: [TenantSubject] = []
            for name in names {
                guard let page = pages[name], now - page.readAt < freshness else { missing.append(name); continue }
                known[name.subject] = page.definition
            }
            return (known, missing)
        }
        if missing.isEmpty { return known }
        var all = known
        do {
            let found = try await store.definitions(of: missing, by: deadline)
            keep(missing, found, readAt: now)
            for (name, definition) in found { all[name.subject] = definition }
        } catch {
            // What was said a while ago is better than nothing, where all of it is known.
            guard pages.withLock({ pages in
                for name in missing {
                    guard let page = pages[name] else { return false }
                    all[name.subject] = page.definition
                }
                return true
            }) else { throw error }
        }
        return all
    }

    private func keep(_ asked: [TenantSubject], _ found: [TenantSubject: LimitDefinition], readAt: ContinuousClock.Instant) {
        pages.withLock { pages in
            if pages.count + asked.count > Self.most {
                pages = pages.filter { readAt - $0.value.readAt < freshness }
                if pages.count + asked.count > Self.most { pages = [:] }
            }
            for name in asked { pages[name] = Page(definition: found[name], readAt: readAt) }
        }
    }

    /// Reads anew what is said of a subject: it was changed here.
    package func forget(_ subject: TenantSubject) { pages.withLock { pages in pages[subject] = nil } }
}
