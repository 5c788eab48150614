package import Postgres
package import Verdicts

/// Who came and who came again, in PostgreSQL: one statement for each visit. `PartitionKeeper` removes what expired.
///
/// No visit waits for the disk: what was kept in the last second may be lost with the server, and then somebody has to come once more.
package struct PostgresGreylist: GreylistStore {
    private let pool: PostgresPool

    /// Authors that one statement adds to.
    private static let addAtOnce = 500

    package init(_ pool: PostgresPool) { self.pool = pool }

    package func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer {
        try visit.checkFitness()
        var tries = PostgresArray(of: .octets)
        for key in visit.tries { tries.append(key) }
        let values: [PostgresValue] = [
            .text(StoredText.column(visit.tenant)), .octets(visit.client), visit.author.map { .octets($0) } ?? .null, .array(tries), .integer(Int64(terms.wait)),
            .integer(Int64(terms.retryWithin)), .integer(Int64(terms.knownFor)), .integer(Int64(terms.history))] + Self.room(terms)
        let row = try await asStoreTrouble { try await pool.execute(Self.meeting, values, by: deadline).first }
        guard let row, let isKnown = row.bool(0), let isTrusted = row.bool(1) else { throw StoreTrouble.refused("the greylist gave no answer") }
        if isKnown { return .known }
        if isTrusted { return .trusted }
        guard let isFirst = row.bool(2), let isInTime = row.bool(3), let age = row.integer(4) else { return .full }
        if isInTime { return .passed(after: age) }
        return isFirst ? .first(wait: terms.wait) : .early(wait: min(max(terms.wait - max(age, 0), 1), terms.wait))
    }

    package func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
        for start in stride(from: 0, to: credits.count, by: Self.addAtOnce) {
            var tenants = PostgresArray(of: .text), keys = PostgresArray(of: .octets), messages = PostgresArray(of: .bigint)
            for credit in credits[start..<min(start + Self.addAtOnce, credits.count)] {
                tenants.append(StoredText.column(credit.tenant))
                keys.append(credit.author)
                messages.append(Int64(credit.messages))
            }
            let values: [PostgresValue] = [.array(tenants), .array(keys), .array(messages), .integer(Int64(terms.history)), .integer(Int64(terms.historyWithin))] + Self.room(terms)
            _ = try await asStoreTrouble { try await pool.execute(Self.addition, values, by: deadline) }
        }
    }

    /// The key below which a tenant's keys are counted, and how many of them are too many: all of them, or of many those that begin below two octets. Keys are
    /// digests, so that is an even share, of about as many as are counted one by one.
    private static func room(_ terms: GreylistTerms) -> [PostgresValue] {
        let most = max(terms.tenantKeys, 1)
        guard most > GreylistTerms.countedAtMost else { return [.octets([UInt8](repeating: 0xff, count: 33)), .integer(Int64(most))] }
        // Of the 65,536 beginnings so many.
        let share = min(max(GreylistTerms.countedAtMost << 16 / most, 1), 0xffff), counted = most.multipliedReportingOverflow(by: share).partialValue >> 16
        return [.octets([UInt8(truncatingIfNeeded: share >> 8), UInt8(truncatingIfNeeded: share)]), .integer(Int64(counted))]
    }

    /// Tries are locked in the order of their keys, and a client after them, so that two visits do not wait for each other. A row that has expired begins anew.
    /// Whether there is room is asked for a try only that is not there, and nothing of who is known.
    private static let meeting = """
        WITH standing AS MATERIALIZED (
            SELECT EXISTS (SELECT FROM greylist WHERE tenant_id = $1 AND key = $2::bytea AND expires_at > now()) AS known,
                   EXISTS (SELECT FROM greylist WHERE tenant_id = $1 AND key = $3::bytea AND expires_at > now() AND messages >= $8::integer) AS trusted
        ), refreshed AS (
            UPDATE greylist SET expires_at = now() + make_interval(secs => $7::integer) WHERE tenant_id = $1 AND key = $2::bytea
                AND expires_at > now() AND expires_at < now() + make_interval(secs => $7::integer) - interval '1 hour'
        ), met AS (
            INSERT INTO greylist AS g (tenant_id, key, first_at, expires_at)
            SELECT $1, t.key, now(), now() + make_interval(secs => $6::integer) FROM unnest($4::bytea[]) AS t(key), standing s
            WHERE CASE WHEN s.known OR s.trusted THEN false ELSE EXISTS (SELECT FROM greylist o WHERE o.tenant_id = $1 AND o.key = t.key)
                OR (SELECT count(*) FROM (SELECT FROM greylist WHERE tenant_id = $1 AND key < $9::bytea LIMIT $10::bigint) counted) < $10::bigint END
            GROUP BY t.key ORDER BY t.key
            ON CONFLICT (tenant_id, key) DO UPDATE SET first_at = CASE WHEN g.expires_at > now() THEN g.first_at ELSE excluded.first_at END,
                expires_at = CASE WHEN g.expires_at > now() THEN g.expires_at ELSE excluded.expires_at END
            RETURNING g.first_at
        ), oldest AS MATERIALIZED (
            SELECT min(first_at) AS first_at FROM met
        ), passed AS (
            INSERT INTO greylist (tenant_id, key, first_at, expires_at)
            SELECT $1, $2::bytea, now(), now() + make_interval(secs => $7::integer) FROM oldest WHERE first_at <= now() - make_interval(secs => $5::integer)
            ON CONFLICT (tenant_id, key) DO UPDATE SET first_at = excluded.first_at, expires_at = excluded.expires_at
        )
        SELECT known, trusted, first_at >= now(), first_at <= now() - make_interval(secs => $5::integer), floor(extract(epoch FROM now() - first_at))::bigint,
            set_config('synchronous_commit', 'off', true)
        FROM standing, oldest
        """

    /// A row is written anew while its messages do not suffice, and else once an hour.
    private static let addition = """
        INSERT INTO greylist AS g (tenant_id, key, first_at, expires_at, messages)
        SELECT t.tenant_id, t.key, now(), now() + make_interval(secs => $5::integer), least(t.messages, $4::bigint)
        FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS t(tenant_id, key, messages)
        WHERE EXISTS (SELECT FROM greylist o WHERE o.tenant_id = t.tenant_id AND o.key = t.key)
            OR (SELECT count(*) FROM (SELECT FROM greylist c WHERE c.tenant_id = t.tenant_id AND c.key < $6::bytea LIMIT $7::bigint) counted) < $7::bigint
        ORDER BY 1, 2
        ON CONFLICT (tenant_id, key) DO UPDATE SET expires_at = excluded.expires_at,
            messages = least(excluded.messages + CASE WHEN g.expires_at > now() THEN g.messages ELSE 0 END, $4::bigint)
        WHERE g.expires_at < excluded.expires_at - interval '1 hour' OR g.messages < $4::bigint
        """
}
