package import Postgres
package import Verdicts

/// Who came and who came again, in PostgreSQL: one statement for each visit. `PartitionKeeper` removes what expired.
///
/// No visit waits for the disk: what was kept in the last second may be lost with the server, and then somebody has to come once more. A key lies in the table as its digest with a secret of
/// the database, so that who makes keys with care has no say in where they lie.
package struct PostgresGreylist: GreylistStore {
    /// Of its own: who reads history for long keeps no message waiting.
    private let pool: PostgresPool

    /// - Parameter size: connections, 1…100.
    package init(_ settings: PostgresSettings, size: Int = 2) {
        var settings = settings
        // Everything is looked up by its key. A plan that reads or joins whole tables is right for a small one only, and may be kept when it has grown.
        for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin"] { settings.parameters["enable_\(way)"] = "off" }
        settings.parameters["jit"] = "off"
        pool = PostgresPool(settings, size: size)
    }

    package func close() async { await pool.close() }

    package func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer {
        try visit.checkFitness()
        var tries = PostgresArray(of: .octets)
        for key in visit.tries { tries.append(key) }
        let values: [PostgresValue] = [
            .text(StoredText.column(visit.tenant)), .octets(visit.client), visit.author.map { .octets($0) } ?? .null, .array(tries), .integer(Int64(terms.wait)),
            .integer(Int64(terms.retryWithin)), .integer(Int64(terms.knownFor)), .integer(Int64(terms.history))] + Self.room(terms)
            + [.integer(Int64(terms.historyAge)), .integer(Int64(terms.knownAtMost)), .bool(visit.prolongs)]
        let row = try await asStoreTrouble { try await pool.execute(Self.meeting, values, by: deadline).first }
        guard let row, let isKnown = row.bool(0), let isTrusted = row.bool(1) else { throw StoreTrouble.refused("the greylist gave no answer") }
        if isKnown { return .known }
        if isTrusted { return .trusted }
        guard let isFirst = row.bool(2), let isInTime = row.bool(3), let age = row.integer(4) else { return .full }
        if isInTime { return .passed(after: age) }
        return isFirst ? .first(wait: terms.wait) : .early(wait: min(max(terms.wait - max(age, 0), 1), terms.wait))
    }

    package func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
        var messages = PostgresArray(of: .bigint)
        for credit in credits { messages.append(Int64(credit.messages)) }
        try await write(Self.addition, credits.map(\.author), [.array(messages), .integer(Int64(terms.history)), .integer(Int64(terms.historyWithin))] + Self.room(terms), by: deadline)
    }

    package func end(_ authors: [GreylistName], by deadline: ContinuousClock.Instant) async throws { try await write(Self.ending, authors, [], by: deadline) }

    package func prolong(_ clients: [GreylistName], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws {
        try await write(Self.prolonging, clients, [.integer(Int64(terms.knownFor))], by: deadline)
    }

    private func write(_ statement: String, _ names: [GreylistName], _ more: [PostgresValue], by deadline: ContinuousClock.Instant) async throws {
        try GreylistName.checkFitness(names)
        if names.isEmpty { return }
        var tenants = PostgresArray(of: .text), keys = PostgresArray(of: .octets)
        for name in names {
            tenants.append(StoredText.column(name.tenant))
            keys.append(name.key)
        }
        let values = [.array(tenants), .array(keys)] + more
        _ = try await asStoreTrouble { try await pool.execute(statement, values, by: deadline) }
    }

    /// The key below which a tenant's keys are counted, and how many of them are too many: all of them, or of many those that begin below two octets. Keys are
    /// digests with a secret, so that is an even share, of about as many as are counted one by one.
    private static func room(_ terms: GreylistTerms) -> [PostgresValue] {
        let most = max(terms.tenantKeys, 1)
        guard most > GreylistTerms.countedAtMost else { return [.octets([UInt8](repeating: 0xff, count: 33)), .integer(Int64(most))] }
        // Of the 65,536 beginnings so many.
        let share = min(max(GreylistTerms.countedAtMost << 16 / most, 1), 0xffff), counted = most.multipliedReportingOverflow(by: share).partialValue >> 16
        return [.octets([UInt8(truncatingIfNeeded: share >> 8), UInt8(truncatingIfNeeded: share)]), .integer(Int64(counted))]
    }

    /// Tries are locked in the order of their keys, and a client after them, so that two visits do not wait for each other. A row that has expired begins anew.
    /// Whether there is room is asked for a try only that is not there, and nothing of who is known. Each try is looked up by itself (`LATERAL`, `LIMIT`), and what is counted is read in the order of
    /// the index: no plan can read all of a tenant's keys for that. Nor does a condition on a time stand where its index would do.
    private static let meeting = """
        WITH own AS MATERIALIZED (
            SELECT secret, sha256(secret || $2::bytea) AS client, sha256(secret || $3::bytea) AS author FROM greylist_secret WHERE is_only
        ), standing AS MATERIALIZED (
            SELECT coalesce((SELECT expires_at > now() FROM greylist WHERE tenant_id = $1 AND key = (SELECT client FROM own)), false) AS known,
                   coalesce((SELECT expires_at > now() AND messages >= $8::integer AND first_at <= now() - make_interval(secs => $11::integer)
                       FROM greylist WHERE tenant_id = $1 AND key = (SELECT author FROM own)), false) AS trusted
        ), refreshed AS (
            UPDATE greylist SET expires_at = least(now() + make_interval(secs => $7::integer), first_at + make_interval(secs => $12::integer))
            WHERE $13::boolean AND (SELECT known FROM standing) AND tenant_id = $1 AND key = (SELECT client FROM own)
                AND expires_at < least(now() + make_interval(secs => $7::integer), first_at + make_interval(secs => $12::integer)) - interval '1 hour'
        ), tries AS MATERIALIZED (
            SELECT DISTINCT sha256((SELECT secret FROM own) || k.key) AS key FROM unnest($4::bytea[]) AS k(key), standing WHERE NOT known AND NOT trusted
        ), met AS (
            INSERT INTO greylist AS g (tenant_id, key, first_at, expires_at)
            SELECT $1, t.key, now(), now() + make_interval(secs => $6::integer)
            FROM tries t LEFT JOIN LATERAL (SELECT true AS is_there FROM greylist o WHERE o.tenant_id = $1 AND o.key = t.key LIMIT 1) o ON true
            WHERE o.is_there OR (SELECT count(*) FROM (SELECT FROM greylist WHERE tenant_id = $1 AND key < $9::bytea ORDER BY key LIMIT $10::bigint) counted) < $10::bigint
            ORDER BY t.key
            ON CONFLICT (tenant_id, key) DO UPDATE SET first_at = CASE WHEN g.expires_at > now() THEN g.first_at ELSE excluded.first_at END,
                expires_at = CASE WHEN g.expires_at > now() THEN g.expires_at ELSE excluded.expires_at END
            RETURNING g.first_at
        ), oldest AS MATERIALIZED (
            SELECT min(first_at) AS first_at FROM met
        ), passed AS (
            INSERT INTO greylist (tenant_id, key, first_at, expires_at)
            SELECT $1, own.client, now(), now() + make_interval(secs => $7::integer) FROM oldest, own WHERE first_at <= now() - make_interval(secs => $5::integer)
            ON CONFLICT (tenant_id, key) DO UPDATE SET first_at = excluded.first_at, expires_at = excluded.expires_at
        )
        SELECT known, trusted, first_at >= now(), first_at <= now() - make_interval(secs => $5::integer), floor(extract(epoch FROM now() - first_at))::bigint,
            set_config('synchronous_commit', 'off', true)
        FROM standing, oldest
        """

    private static let keyed = "sha256((SELECT secret FROM greylist_secret WHERE is_only) || k.key)"

    /// A row is written anew while its messages do not suffice, and else once an hour. Whether a tenant has room is asked once for all his authors.
    private static let addition = """
        WITH room AS MATERIALIZED (
            SELECT t.tenant_id, (SELECT count(*) FROM (SELECT FROM greylist c WHERE c.tenant_id = t.tenant_id AND c.key < $6::bytea ORDER BY c.key LIMIT $7::bigint) counted) < $7::bigint AS is_left
            FROM (SELECT DISTINCT tenant_id FROM unnest($1::text[]) AS k(tenant_id)) t
        ), given AS MATERIALIZED (
            SELECT k.tenant_id, \(keyed) AS key, k.messages FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS k(tenant_id, key, messages)
        )
        INSERT INTO greylist AS g (tenant_id, key, first_at, expires_at, messages)
        SELECT t.tenant_id, t.key, now(), now() + make_interval(secs => $5::integer), least(t.messages, $4::bigint)
        FROM given t JOIN room USING (tenant_id) LEFT JOIN LATERAL (SELECT true AS is_there FROM greylist o WHERE o.tenant_id = t.tenant_id AND o.key = t.key LIMIT 1) o ON true
        WHERE room.is_left OR o.is_there
        ORDER BY 1, 2
        ON CONFLICT (tenant_id, key) DO UPDATE SET first_at = CASE WHEN g.expires_at > now() THEN g.first_at ELSE excluded.first_at END, expires_at = excluded.expires_at,
            messages = least(excluded.messages + CASE WHEN g.expires_at > now() THEN g.messages ELSE 0 END, $4::bigint)
        WHERE g.expires_at < excluded.expires_at - interval '1 hour' OR g.messages < $4::bigint
        """

    private static let ending = """
        WITH \(locked("true"))
        UPDATE greylist g SET messages = 0 FROM locked l WHERE g.tenant_id = l.tenant_id AND g.key = l.key
        """

    private static let prolonging = """
        WITH \(locked(isDue))
        UPDATE greylist g SET first_at = now(), expires_at = now() + make_interval(secs => $3::integer) FROM locked l WHERE g.tenant_id = l.tenant_id AND g.key = l.key AND \(isDue)
        """

    /// A row is written anew once an hour. No index fits the condition, so that the key's is taken.
    private static let isDue = "g.expires_at - now() > interval '0' AND now() - g.first_at > interval '1 hour'"

    /// Rows, locked in the order in which `addition` does.
    private static func locked(_ condition: String) -> String {
        """
        given AS MATERIALIZED (
            SELECT k.tenant_id, \(keyed) AS key FROM unnest($1::text[], $2::bytea[]) AS k(tenant_id, key)
        ), locked AS MATERIALIZED (
            SELECT g.tenant_id, g.key FROM given t, greylist g WHERE g.tenant_id = t.tenant_id AND g.key = t.key AND \(condition) ORDER BY g.tenant_id, g.key FOR UPDATE OF g
        )
        """
    }
}
