internal import Cryptography
internal import DKIM
internal import DNS
internal import Postgres
internal import Verdicts

/// The columns of `dkim_keys`.
enum SigningKeyRow {
    private static let moments = ["created_at", "published_at", "activated_at", "retiring_at", "retired_at", "checked_at", "fault_since", "next_check_at", "changed_at"]

    /// What ``key(_:)`` reads, in its order.
    static let columns = (["tenant_id", "domain", "selector", "kind", "bits", "public_key", "imported", "state", "created_by", "sighting", "sighting_detail", "changed_by", "revision"]
        + moments.map { "extract(epoch FROM \($0))::bigint" }).joined(separator: ", ")
    static let count = 22

    static func key(_ row: PostgresRows.Row) -> SigningKey? {
        guard let tenant = row.text(0), let domain = row.text(1), let selector = row.text(2), let kind = row.text(3).flatMap({ KeyKind(rawValue: $0) }), let bits = row.integer(4),
              let publicKey = row.bytea(5), let imported = row.bool(6), let state = row.text(7).flatMap({ KeyState(rawValue: $0) }), let createdBy = row.text(8),
              let changedBy = row.text(11), let revision = row.integer(12), let createdAt = row.integer(13), let changedAt = row.integer(21) else { return nil }
        var key = SigningKey(tenant: tenant, domain: DomainName(trusted: domain), selector: DomainName(trusted: selector), kind: kind, bits: bits, publicKey: publicKey,
                             isImported: imported, createdAt: createdAt, createdBy: createdBy)
        key.state = state
        (key.publishedAt, key.activatedAt, key.retiringAt, key.retiredAt) = (row.integer(14), row.integer(15), row.integer(16), row.integer(17))
        if let at = row.integer(18), let sighting = row.text(9).flatMap({ RecordSighting(word: $0, detail: row.text(10)) }) { key.check = .init(at: at, sighting: sighting) }
        (key.faultSince, key.nextCheckAt) = (row.integer(19), row.integer(20))
        (key.changedAt, key.changedBy, key.revision) = (changedAt, changedBy, Int64(revision))
        return key
    }

    static let insertion = """
        INSERT INTO dkim_keys (tenant_id, domain, selector, state, published_at, activated_at, retiring_at, retired_at, checked_at, sighting, sighting_detail, fault_since,
                               next_check_at, changed_at, changed_by, revision, kind, bits, public_key, private_key, imported, created_at, created_by)
        VALUES ($1, $2, $3, $4, \((5...9).map { "to_timestamp($\($0)::bigint)" }.joined(separator: ", ")), $10, $11, \((12...14).map { "to_timestamp($\($0)::bigint)" }.joined(separator: ", ")),
                $15, $16::bigint, $17, $18::integer, $19, $20, $21::boolean, to_timestamp($22::bigint), $23)
        ON CONFLICT (tenant_id, domain, selector) DO NOTHING
        """

    static let change = """
        UPDATE dkim_keys SET state = $4, published_at = to_timestamp($5::bigint), activated_at = to_timestamp($6::bigint), retiring_at = to_timestamp($7::bigint),
            retired_at = to_timestamp($8::bigint), checked_at = to_timestamp($9::bigint), sighting = $10, sighting_detail = $11, fault_since = to_timestamp($12::bigint),
            next_check_at = to_timestamp($13::bigint), changed_at = to_timestamp($14::bigint), changed_by = $15, revision = $16::bigint,
            private_key = CASE WHEN $4 = 'retired' THEN NULL ELSE private_key END
        WHERE tenant_id = $1 AND domain = $2 AND selector = $3 AND revision = $17::bigint
        """

    static func values(_ one: SealedSigningKey, revision: Int64) -> [PostgresValue] {
        let key = one.key
        return common(key, revision) + [.text(key.kind.rawValue), .integer(Int64(key.bits)), .octets(key.publicKey), one.sealed.isEmpty ? .null : .octets(one.sealed),
                                        .bool(key.isImported), .integer(Int64(key.createdAt)), .text(StoredText.column(key.createdBy))]
    }

    static func values(_ key: SigningKey, was: Int64, revision: Int64) -> [PostgresValue] { common(key, revision) + [.integer(was)] }

    private static func common(_ key: SigningKey, _ revision: Int64) -> [PostgresValue] {
        func moment(_ seconds: Int?) -> PostgresValue { seconds.map { .integer(Int64($0)) } ?? .null }
        return [.text(StoredText.column(key.tenant)), .text(key.domain.text), .text(key.selector.text), .text(key.state.rawValue), moment(key.publishedAt), moment(key.activatedAt),
                moment(key.retiringAt), moment(key.retiredAt), moment(key.check?.at), .optional(key.check?.sighting.word), .optional(key.check?.sighting.detail.map(StoredText.column)),
                moment(key.faultSince), moment(key.nextCheckAt), .integer(Int64(key.changedAt)), .text(StoredText.column(key.changedBy)), .integer(revision)]
    }
}
