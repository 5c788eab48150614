package import Learning
package import Postgres
internal import SpamFilter
internal import Verdicts

/// What was learned, in PostgreSQL.
///
/// Whoever adds to the log holds one lock for all nodes until the transaction ends, so positions rise in the order of the commits; what is read needs no lock.
package struct PostgresTraining: TrainingStore {
    package let limits: TrainingLimits
    let pool: PostgresPool
    let limit: Duration

    /// - Parameter limit: how long a call waits at most.
    package init(_ pool: PostgresPool, limits: TrainingLimits = TrainingLimits(), limit: Duration = .seconds(20)) { self.pool = pool; self.limits = limits; self.limit = limit }

    package func standing(_ digests: [[UInt8]], in layer: TrainingLayer) async throws -> [TrainingEvent?] {
        if digests.isEmpty { return [] }
        var array = PostgresArray(of: .octets)
        for digest in digests { array.append(digest) }
        let values = TrainingColumns.layer(layer) + [.array(array)]
        let rows = try await asStoreTrouble {
            try await pool.execute("SELECT \(TrainingColumns.ofEvent) FROM training_events e WHERE tenant_id = $1 AND domain = $2 AND digest = ANY ($3::bytea[]) AND unlearned_at IS NULL",
                                   values, by: .now + limit)
        }
        var found: [[UInt8]: TrainingEvent] = [:]
        for row in rows {
            let event = try TrainingColumns.event(row)
            found[event.digest] = event
        }
        return digests.map { found[$0] }
    }

    package func some(_ count: Int, ofSpam isSpam: Bool, in layer: TrainingLayer) async throws -> [TrainingEvent] {
        // Digests are spread about evenly: the next one behind a number that is drawn by lot, or else the first, may be any of them.
        var points = PostgresArray(of: .octets)
        for _ in 0..<min(max(count, 1), 1_000) { points.append((0..<32).map { _ in UInt8.random(in: 0...255) }) }
        let values = TrainingColumns.layer(layer) + [.array(points), .bool(isSpam)]
        let rows = try await asStoreTrouble {
            try await pool.execute("""
                SELECT \(TrainingColumns.ofEvent) FROM (
                    SELECT DISTINCT d.id FROM unnest($3::bytea[]) AS p(point) CROSS JOIN LATERAL (
                        (SELECT id FROM training_events WHERE tenant_id = $1 AND domain = $2 AND is_spam = $4::boolean AND digest >= p.point AND unlearned_at IS NULL ORDER BY digest LIMIT 1)
                        UNION ALL (SELECT id FROM training_events WHERE tenant_id = $1 AND domain = $2 AND is_spam = $4::boolean AND unlearned_at IS NULL ORDER BY digest LIMIT 1) LIMIT 1) d
                ) c JOIN training_events e ON e.tenant_id = $1 AND e.id = c.id
                """, values, by: .now + limit)
        }
        return try rows.map { try TrainingColumns.event($0) }
    }

    package func append(_ additions: [TrainingAddition], rehearsals: [TrainingRehearsal], in layer: TrainingLayer) async throws -> TrainingPlaces {
        try checkFitness(additions, rehearsals, in: layer)
        guard let note = additions.first?.event.note else {
            guard rehearsals.isEmpty else { throw StoreTrouble.refused("nothing is learned for whose sake they were rehearsed") }
            return TrainingPlaces(additions: [])
        }
        let end = ContinuousClock.now + limit, place = TrainingColumns.layer(layer), most = limits.events(of: layer.tenant)
        let replaced = additions.compactMap(\.replaces), columns = Self.columns(additions)
        var digests = PostgresArray(of: .octets), ids = PostgresArray(of: .uuid)
        for addition in additions { digests.append(addition.event.digest) }
        for id in replaced { ids.append(id.octets) }
        let known: [PostgresValue] = [.array(digests), .array(ids)]
        return try await writing(by: end) { connection in
            // Those that are to go must be there, and no others.
            let standing = try connection.execute("SELECT id FROM training_events WHERE tenant_id = $1 AND domain = $2 AND digest = ANY ($3::bytea[]) AND unlearned_at IS NULL",
                                                  place + [known[0]], by: end).compactMap { $0.text(0).flatMap { VerdictID($0) } }
            guard Set(standing) == Set(replaced) else { throw TrainingTrouble.contended }
            if !replaced.isEmpty {
                let counted = try connection.execute("SELECT event_id, count(*) FROM training_log WHERE tenant_id = $1 AND event_id = ANY ($2::uuid[]) AND change IN (2, 3) GROUP BY 1", [place[0], known[1]], by: end)
                let rehearsed = Dictionary(counted.compactMap { row in row.text(0).flatMap { VerdictID($0) }.map { ($0, row.integer(1) ?? 0) } }, uniquingKeysWith: { one, _ in one })
                for addition in additions { if let id = addition.replaces, rehearsed[id] ?? 0 != addition.rehearsals { throw TrainingTrouble.contended } }
            }
            let kept = try connection.execute("SELECT coalesce(sum(events), 0)::bigint FROM training_layers WHERE tenant_id = $1", [place[0]], by: end).first?.integer(0) ?? 0
            guard kept + additions.count <= most else { throw TrainingTrouble.tooManyEvents(limit: most) }
            let removals = replaced.isEmpty ? [:] : try Self.unlearn(place[0], known[1], note, connection, by: end)
            try connection.execute(Self.insertion, place + columns, by: end)
            var positions: [VerdictID: Int64] = [:]
            for row in try connection.execute(Self.logging, place + [columns[0]], by: end) {
                if let id = row.text(0).flatMap({ VerdictID($0) }), let position = row.integer(1) { positions[id] = Int64(position) }
            }
            let spam = additions.count { $0.event.isSpam }
            try connection.execute(Self.counting, place + [.integer(Int64(spam)), .integer(Int64(additions.count - spam)), .integer(Int64(additions.count))], by: end)
            let places = try additions.map { addition in
                guard let position = positions[addition.event.id] else { throw TrainingColumns.unreadable }
                return TrainingPlace(position: position, removal: addition.replaces.flatMap { removals[$0] })
            }
            return TrainingPlaces(additions: places, rehearsals: try Self.rehearse(rehearsals, place, connection, by: end))
        }
    }

    /// - Throws: `TrainingTrouble.contended` where one of the events is not in force.
    private static func rehearse(_ rehearsals: [TrainingRehearsal], _ place: [PostgresValue], _ connection: isolated PostgresConnection, by end: ContinuousClock.Instant) throws -> [Int64] {
        if rehearsals.isEmpty { return [] }
        var ids = PostgresArray(of: .uuid), weights = PostgresArray(of: .octets), causes = PostgresArray(of: .uuid), positions: [VerdictID: Int64] = [:]
        for one in rehearsals {
            ids.append(one.event.octets)
            weights.append(TrainingColumns.octets(one.step.weights))
            causes.append(one.cause?.octets)
        }
        for row in try connection.execute(rehearsing, place + [.array(ids), .array(weights), .array(causes)], by: end) {
            if let id = row.text(0).flatMap({ VerdictID($0) }), let position = row.integer(1) { positions[id] = Int64(position) }
        }
        return try rehearsals.map { one in
            guard let position = positions[one.event] else { throw TrainingTrouble.contended }
            return position
        }
    }

    package func rehearse(_ rehearsals: [TrainingRehearsal], in layer: TrainingLayer, from pass: TrainingPass, to next: TrainingPass) async throws -> [Int64] {
        try checkFitness([], rehearsals, in: layer)
        let end = ContinuousClock.now + limit, place = TrainingColumns.layer(layer)
        let places: [PostgresValue] = [.integer(Int64(pass.changes - next.changes)), .integer(Int64(next.left)), .octets(next.after), .integer(Int64(pass.changes)), .integer(Int64(pass.left)), .octets(pass.after)]
        return try await writing(by: end) { connection in
            let moved = try connection.execute("""
                UPDATE training_layers SET pass_changes = pass_changes - $3::bigint, pass_left = $4::bigint, pass_after = $5
                WHERE tenant_id = $1 AND domain = $2 AND pass_changes >= $6::bigint AND pass_left = $7::bigint AND pass_after = $8
                """, place + places, by: end).affected
            guard moved == 1 else { throw TrainingTrouble.contended }
            return try Self.rehearse(rehearsals, place, connection, by: end)
        }
    }

    package func count(_ choice: TrainingChoice) async throws -> Int {
        try await asStoreTrouble {
            try await pool.execute("SELECT count(*) FROM training_events WHERE \(TrainingColumns.chosen)", TrainingColumns.values(choice), by: .now + limit).first?.integer(0) ?? 0
        }
    }

    package func unlearn(_ choice: TrainingChoice, by note: TrainingNote, limit count: Int) async throws -> Int {
        let end = ContinuousClock.now + limit, values = TrainingColumns.values(choice) + [.integer(Int64(min(max(count, 1), 1_000)))]
        return try await writing(by: end) { connection in
            var tenants: [String: PostgresArray] = [:]
            var all = 0
            for row in try connection.execute("SELECT tenant_id, id FROM training_events WHERE \(TrainingColumns.chosen) LIMIT $6::bigint", values, by: end) {
                guard let tenant = row.text(0), let id = row.text(1).flatMap({ VerdictID($0) }) else { throw TrainingColumns.unreadable }
                tenants[tenant, default: PostgresArray(of: .uuid)].append(id.octets)
                all += 1
            }
            for (tenant, ids) in tenants { _ = try Self.unlearn(.text(tenant), .array(ids), note, connection, by: end) }
            return all
        }
    }

    package func replace(_ layer: TrainingLayer, with octets: [UInt8], learned: (spam: Int, ham: Int), by note: TrainingNote) async throws -> Int64 {
        try checkFitness([], [], in: layer)
        let end = ContinuousClock.now + limit, place = TrainingColumns.layer(layer)
        let who: [PostgresValue] = [.text(StoredText.column(note.by)), ReportColumns.time(note.at)]
        return try await writing(by: end) { connection in
            try connection.execute("UPDATE training_events SET unlearned_by = $3, unlearned_at = $4::timestamptz WHERE tenant_id = $1 AND domain = $2 AND unlearned_at IS NULL", place + who, by: end)
            let row = try connection.execute("INSERT INTO training_log (tenant_id, domain, position, change) VALUES ($1, $2, nextval('training_positions'), 0) RETURNING position", place, by: end).first
            guard let position = row?.integer(0) else { throw TrainingColumns.unreadable }
            try connection.execute("DELETE FROM training_snapshots WHERE tenant_id = $1 AND domain = $2", place, by: end)
            try connection.execute("INSERT INTO training_snapshots (tenant_id, domain, position, contents) VALUES ($1, $2, $3::bigint, $4)", place + [.integer(Int64(position)), .octets(octets)], by: end)
            try connection.execute("""
                INSERT INTO training_layers (tenant_id, domain, spam, ham, events) VALUES ($1, $2, $3::bigint, $4::bigint, 0)
                ON CONFLICT (tenant_id, domain) DO UPDATE SET spam = excluded.spam, ham = excluded.ham, pass_changes = 0, pass_left = 0, pass_after = ''
                """, place + [.integer(Int64(learned.spam)), .integer(Int64(learned.ham))], by: end)
            return Int64(position)
        }
    }

    // MARK: -

    /// Runs statements as one transaction that alone adds to the log.
    private func writing<Result: Sendable>(by end: ContinuousClock.Instant, _ body: @escaping @Sendable (isolated PostgresConnection) throws -> Result) async throws -> Result {
        try await asStoreTrouble { try await pool.inTurn(.training, of: "", by: end, body) }
    }

    /// Unlearns events of a tenant that are in force.
    /// - Returns: the positions in the log, by event.
    private static func unlearn(_ tenant: PostgresValue, _ ids: PostgresValue, _ note: TrainingNote, _ connection: isolated PostgresConnection,
                                by end: ContinuousClock.Instant) throws -> [VerdictID: Int64] {
        var positions: [VerdictID: Int64] = [:]
        for row in try connection.execute(unlearning, [tenant, ids, .text(StoredText.column(note.by)), ReportColumns.time(note.at)], by: end) {
            if let id = row.text(0).flatMap({ VerdictID($0) }), let position = row.integer(1) { positions[id] = Int64(position) }
        }
        return positions
    }

    private static let unlearning = """
        WITH gone AS (
            UPDATE training_events SET unlearned_by = $3, unlearned_at = $4::timestamptz WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND unlearned_at IS NULL
            RETURNING tenant_id, domain, id, is_spam
        ), counted AS (
            SELECT tenant_id, domain, count(*) FILTER (WHERE is_spam) AS spam, count(*) FILTER (WHERE NOT is_spam) AS ham FROM gone GROUP BY 1, 2
        ), less AS (
            UPDATE training_layers l SET spam = l.spam - c.spam, ham = l.ham - c.ham, pass_changes = l.pass_changes + c.spam + c.ham
            FROM counted c WHERE l.tenant_id = c.tenant_id AND l.domain = c.domain
        ), caused AS (
            -- Of an event that goes as well, or went before, what it was rehearsed goes with it.
            UPDATE training_log r SET undone = true FROM gone g, training_events e
            WHERE r.tenant_id = g.tenant_id AND r.cause = g.id AND e.tenant_id = r.tenant_id AND e.id = r.event_id AND e.unlearned_at IS NULL AND NOT e.id = ANY ($2::uuid[])
            RETURNING r.tenant_id, r.domain, r.event_id, r.weights
        ), back AS (
            INSERT INTO training_log (tenant_id, domain, position, change, event_id, weights)
            SELECT tenant_id, domain, nextval('training_positions'), 3, event_id, weights FROM caused
        )
        INSERT INTO training_log (tenant_id, domain, position, change, event_id)
        SELECT tenant_id, domain, nextval('training_positions'), -1, id FROM gone RETURNING event_id, position
        """

    private static let insertion = """
        INSERT INTO training_events (tenant_id, domain, id, digest, is_spam, weights, features, origin, source, learned_by, learned_at)
        SELECT $1, $2, * FROM unnest($3::uuid[], $4::bytea[], $5::boolean[], $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::text[], $11::timestamptz[])
        """

    private static let logging = """
        INSERT INTO training_log (tenant_id, domain, position, change, event_id)
        SELECT $1, $2, nextval('training_positions'), 1, id FROM unnest($3::uuid[]) AS t(id) RETURNING event_id, position
        """

    private static let rehearsing = """
        INSERT INTO training_log (tenant_id, domain, position, change, event_id, weights, cause)
        SELECT e.tenant_id, e.domain, nextval('training_positions'), 2, e.id, t.weights, t.cause FROM unnest($3::uuid[], $4::bytea[], $5::uuid[]) AS t(id, weights, cause)
        JOIN training_events e ON e.tenant_id = $1 AND e.domain = $2 AND e.id = t.id AND e.unlearned_at IS NULL RETURNING event_id, position
        """

    private static let counting = """
        INSERT INTO training_layers AS l (tenant_id, domain, spam, ham, events, pass_changes) VALUES ($1, $2, $3::bigint, $4::bigint, $5::bigint, $5::bigint)
        ON CONFLICT (tenant_id, domain) DO UPDATE SET spam = l.spam + excluded.spam, ham = l.ham + excluded.ham, events = l.events + excluded.events, pass_changes = l.pass_changes + excluded.pass_changes
        """

    /// Id, digest, class, weights, features, origin, source, by and at.
    private static func columns(_ additions: [TrainingAddition]) -> [PostgresValue] {
        var ids = PostgresArray(of: .uuid), digests = PostgresArray(of: .octets), classes = PostgresArray(of: .boolean), weights = PostgresArray(of: .octets)
        var features = PostgresArray(of: .octets), origins = PostgresArray(of: .text), sources = PostgresArray(of: .text), names = PostgresArray(of: .text), times = PostgresArray(of: .timestamp)
        for event in additions.map(\.event) {
            ids.append(event.id.octets)
            digests.append(event.digest)
            classes.append(event.isSpam)
            weights.append(TrainingColumns.octets(event.contribution.step.weights))
            features.append(event.contribution.features.octets)
            origins.append(event.origin.description)
            sources.append(event.note.source)
            names.append(StoredText.column(event.note.by))
            times.append(event.note.at.microseconds)
        }
        return [ids, digests, classes, weights, features, origins, sources, names, times].map { .array($0) }
    }
}
