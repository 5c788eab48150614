package import Learning
internal import Postgres
internal import SpamFilter
package import Verdicts

extension PostgresTraining {
    /// Octets that one statement reads: the server writes each with two digits.
    private static let readAtOnce = 8_388_608

    package func log(after position: Int64, of layer: TrainingLayer?, known: [Int64], limit count: Int) async throws -> TrainingLog {
        let count = min(max(count, 1), 1_000), own = layer.map(TrainingColumns.layer)
        var positions = PostgresArray(of: .bigint)
        for position in known { positions.append(position) }
        let values: [PostgresValue] = [.integer(position), .integer(Int64(count)), .array(positions)] + (own ?? [])
        // The head is of the same snapshot as the rows: nothing is between them that is not seen.
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(TrainingColumns.ofContribution), h.position, l.position, l.change, l.tenant_id, l.domain, l.weights,
                    CASE WHEN l.change = -1 THEN \(TrainingColumns.ofRehearsals) END
                FROM (SELECT coalesce(max(position), 0) AS position FROM training_log) h
                LEFT JOIN LATERAL (SELECT * FROM training_log WHERE position > $1::bigint\(own == nil ? "" : " AND tenant_id = $4 AND domain = $5") ORDER BY position LIMIT $2::bigint) l ON true
                LEFT JOIN training_events e ON e.tenant_id = l.tenant_id AND e.id = l.event_id AND NOT (l.position = ANY ($3::bigint[]))
                ORDER BY l.position
                """, values, by: .now + limit)
        }
        var found: [TrainingLog.Row] = [], head = Int64(0)
        for row in rows {
            head = Int64(row.integer(3) ?? 0)
            guard let place = row.integer(4) else { continue }
            let change: TrainingLog.Change
            switch row.integer(5) {
            case 0: change = .replaced
            case _ where row.octets(0) == nil: change = .known
            case 1: change = .learned(try TrainingColumns.contribution(row, 0))
            case 2: change = .learned(try TrainingColumns.contribution(row, 0, again: row.bytea(8) ?? []))
            case 3: change = .unlearned(try TrainingColumns.contribution(row, 0, again: row.bytea(8) ?? []))
            case _?: change = .unlearned(try TrainingColumns.contribution(row, 0, rehearsals: 9))
            case nil: throw TrainingColumns.unreadable
            }
            found.append(TrainingLog.Row(position: Int64(place), layer: try TrainingColumns.layer(row, 6), change: change))
        }
        let isCut = found.count == count
        return TrainingLog(rows: found, end: isCut ? found.last?.position ?? position : max(head, position), isCut: isCut)
    }

    package func events(after digest: [UInt8], in layer: TrainingLayer, limit count: Int) async throws -> [TrainingEvent] {
        let values = TrainingColumns.layer(layer) + [.octets(digest), .integer(Int64(min(max(count, 1), 1_000)))]
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(TrainingColumns.ofEvent) FROM training_events e WHERE tenant_id = $1 AND domain = $2 AND digest > $3 AND unlearned_at IS NULL ORDER BY digest LIMIT $4::bigint
                """, values, by: .now + limit)
        }
        return try rows.map { try TrainingColumns.event($0) }
    }

    package func pass(of layer: TrainingLayer) async throws -> TrainingPass {
        let row = try await asStoreTrouble {
            try await pool.execute("SELECT pass_changes, pass_left, pass_after FROM training_layers WHERE tenant_id = $1 AND domain = $2", TrainingColumns.layer(layer), by: .now + limit).first
        }
        guard let row else { return TrainingPass() }
        guard let changes = row.integer(0), let left = row.integer(1), let after = row.bytea(2) else { throw TrainingColumns.unreadable }
        return TrainingPass(changes: changes, left: left, after: after)
    }

    package func snapshot(of layer: TrainingLayer, contents: Bool) async throws -> TrainingSnapshot? {
        let place = TrainingColumns.layer(layer), limit = limit
        return try await asStoreTrouble {
            // Of one moment: what is read in pieces may be gone before the last one.
            try await pool.lend(by: .now + limit) { connection in
                let end = ContinuousClock.now + limit
                return try await connection.transaction(by: end) { connection in
                    try connection.script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", by: end)
                    let row = try connection.execute("SELECT position, octet_length(contents) FROM training_snapshots WHERE tenant_id = $1 AND domain = $2 ORDER BY position DESC LIMIT 1", place, by: end).first
                    guard let position = row?.integer(0), let size = row?.integer(1) else { return nil }
                    var octets: [UInt8] = []
                    if contents { octets.reserveCapacity(size) }
                    while contents, octets.count < size {
                        guard let piece = try connection.execute("SELECT substr(contents, $4::integer, \(Self.readAtOnce)) FROM training_snapshots WHERE tenant_id = $1 AND domain = $2 AND position = $3::bigint",
                                                                 place + [.integer(Int64(position)), .integer(Int64(octets.count + 1))], by: end).first?.bytea(0), !piece.isEmpty else { throw TrainingColumns.unreadable }
                        octets += piece
                    }
                    return TrainingSnapshot(position: Int64(position), octets: octets)
                }
            }
        }
    }

    package func save(_ snapshot: TrainingSnapshot, of layer: TrainingLayer) async throws {
        let end = ContinuousClock.now + limit, place = TrainingColumns.layer(layer), contents = snapshot.octets, position = PostgresValue.integer(snapshot.position)
        try await asStoreTrouble {
            // One that was made before the layer got another table must not come to stand behind that.
            try await pool.inTurn(.trainingSnapshots, of: "", by: end) { connection in
                try connection.execute("""
                    INSERT INTO training_snapshots (tenant_id, domain, position, contents) VALUES ($1, $2, $3::bigint, $4) ON CONFLICT (tenant_id, domain, position) DO NOTHING
                    """, place + [position, .octets(contents)], by: end)
                try connection.execute("""
                    DELETE FROM training_snapshots WHERE tenant_id = $1 AND domain = $2 AND position NOT IN
                        (SELECT position FROM training_snapshots WHERE tenant_id = $1 AND domain = $2 ORDER BY position DESC LIMIT 2)
                    """, place, by: end)
            }
        }
    }

    package func layers(tenant: String?, limit count: Int) async throws -> [LayerCount] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT tenant_id, domain, spam, ham, events FROM training_layers WHERE ($1::text IS NULL OR tenant_id = $1) ORDER BY tenant_id, domain LIMIT $2::bigint
                """, [.optional(tenant.map(StoredText.column)), .integer(Int64(max(count, 1)))], by: .now + limit)
        }
        return try rows.map { row in
            guard let spam = row.integer(2), let ham = row.integer(3), let events = row.integer(4) else { throw TrainingColumns.unreadable }
            return LayerCount(layer: try TrainingColumns.layer(row, 0), spam: spam, ham: ham, events: events)
        }
    }

    package func sources(tenant: String?, limit count: Int) async throws -> [TrainingSource] {
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT tenant_id, domain, source, count(*) FILTER (WHERE is_spam), count(*) FILTER (WHERE NOT is_spam), \(ReportColumns.micros("max(learned_at)"))
                FROM training_events WHERE unlearned_at IS NULL AND ($1::text IS NULL OR tenant_id = $1) GROUP BY 1, 2, 3 ORDER BY max(learned_at) DESC, 1, 2, 3 LIMIT $2::bigint
                """, [.optional(tenant.map(StoredText.column)), .integer(Int64(max(count, 1)))], by: .now + limit)
        }
        return try rows.map { row in
            guard let source = row.text(2), let spam = row.integer(3), let ham = row.integer(4), let latest = ReportColumns.time(row, 5) else { throw TrainingColumns.unreadable }
            return TrainingSource(layer: try TrainingColumns.layer(row, 0), source: source, spam: spam, ham: ham, latest: latest)
        }
    }

    // MARK: - Features by verdict

    package func keep(_ features: [VerdictFeatures]) async throws {
        if features.isEmpty { return }
        var tenants = PostgresArray(of: .text), ids = PostgresArray(of: .uuid), digests = PostgresArray(of: .octets), packed = PostgresArray(of: .octets), times = PostgresArray(of: .timestamp)
        for one in features {
            tenants.append(StoredText.column(one.tenant))
            ids.append(one.id.octets)
            digests.append(one.digest)
            packed.append(one.features.octets)
            times.append(one.keptAt.microseconds)
        }
        let values = [tenants, ids, digests, packed, times].map { PostgresValue.array($0) }
        _ = try await asStoreTrouble {
            try await pool.execute("""
                INSERT INTO verdict_features (tenant_id, id, digest, features, kept_at)
                SELECT * FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::bytea[], $5::timestamptz[]) ON CONFLICT (tenant_id, id) DO NOTHING
                """, values, by: .now + limit)
        }
    }

    package func features(of id: VerdictID, tenant: String?) async throws -> VerdictFeatures? {
        let row = try await asStoreTrouble {
            try await pool.execute("""
                SELECT tenant_id, digest, features, \(ReportColumns.micros("kept_at")) FROM verdict_features WHERE id = $1::uuid AND ($2::text IS NULL OR tenant_id = $2) ORDER BY tenant_id LIMIT 1
                """, [.text(id.description), .optional(tenant.map(StoredText.column))], by: .now + limit).first
        }
        guard let row else { return nil }
        guard let tenant = row.text(0), let digest = row.bytea(1), let features = row.bytea(2).flatMap({ PackedFeatures(octets: $0) }), let at = ReportColumns.time(row, 3) else {
            throw TrainingColumns.unreadable
        }
        return VerdictFeatures(id: id, tenant: tenant, digest: digest, features: features, keptAt: at)
    }

    package func forgetFeatures(keptBefore moment: Timestamp) async throws -> Int {
        try await asStoreTrouble {
            var all = 0
            while true {
                let gone = try await pool.execute("""
                    DELETE FROM verdict_features WHERE ctid = ANY (ARRAY(SELECT ctid FROM verdict_features WHERE kept_at < $1::timestamptz ORDER BY kept_at LIMIT 2000 FOR UPDATE SKIP LOCKED))
                    """, [ReportColumns.time(moment)], by: .now + limit).affected
                if gone == 0 { return all }
                all += gone
            }
        }
    }
}
