internal import Postgres
internal import RateLimits

/// The key of a subject's row.
struct SubjectKey: Hashable, Comparable {
    let tenant: String
    let subject: LimitSubject

    init(_ tenant: String, _ subject: LimitSubject) {
        self.tenant = StoredText.key(tenant)
        self.subject = subject
    }

    static func == (one: SubjectKey, other: SubjectKey) -> Bool { one.subject == other.subject && one.tenant.utf8.elementsEqual(other.tenant.utf8) }

    func hash(into hasher: inout Hasher) {
        hasher.combine(subject)
        for octet in tenant.utf8 { hasher.combine(octet) }
    }

    /// `$1`, `$2` and `$3` of a statement about one.
    var values: [PostgresValue] { [.text(tenant), .integer(Int64(subject.scope.place)), .text(subject.name)] }

    /// The same for a statement about many, which has them from ``inputs``.
    static func columns(_ keys: some Sequence<SubjectKey>) -> [PostgresValue] {
        var tenants = PostgresArray(of: .text, capacity: 1024), scopes = PostgresArray(of: .bigint, capacity: 1024), names = PostgresArray(of: .text, capacity: 4096)
        for key in keys {
            tenants.append(key.tenant)
            scopes.append(Int64(key.subject.scope.place))
            names.append(key.subject.name)
        }
        return [.array(tenants), .array(scopes), .array(names)]
    }

    /// Rows `k` with the keys, and their place counted from 1.
    static let inputs = "unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS k(tenant_id, scope, subject, place)"

    /// As the index sorts them.
    static func < (one: SubjectKey, other: SubjectKey) -> Bool {
        one.tenant.utf8.elementsEqual(other.tenant.utf8) ? one.subject < other.subject : one.tenant.utf8.lexicographicallyPrecedes(other.tenant.utf8)
    }
}
