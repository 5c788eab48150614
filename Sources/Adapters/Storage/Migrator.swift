internal import Cryptography
import Foundation
package import Postgres

/// Brings a database to the version of this program: forward only, one transaction for each step.
package struct Migrator: Sendable {
    /// One file `NNNN_name.sql`.
    package struct Step: Sendable, Equatable {
        package let version: Int
        package let name: String
        package let sql: String
        /// SHA-256 of the text in hexadecimal.
        package let checksum: String
    }

    package enum Trouble: Error, Sendable, Equatable, CustomStringConvertible {
        case folder(String, why: String)
        case badName(String)
        case doubledVersion(Int)
        /// A step that this database has gone through has another text now.
        case changed(String)
        /// The database has gone through a step that this program does not know.
        case newer(String)
        case failed(String, why: String)

        package var description: String {
            switch self {
            case .folder(let path, let why): "the migrations in \(path) cannot be read: \(why)"
            case .badName(let name): "\(name) is not named NNNN_name.sql"
            case .doubledVersion(let version): "two migrations have the number \(version)"
            case .changed(let name): "the database was made with another text of migration \(name): a migration is never changed, only followed by another"
            case .newer(let name): "the database is newer than this program: it has gone through migration \(name), which is not here. Install the newer version"
            case .failed(let name, let why): "migration \(name) failed, and nothing of it was done: \(why)"
            }
        }
    }

    package let steps: [Step]

    /// All nodes take turns by this number.
    private static let lock: Int64 = 0x706f_7374_6d69_6772

    /// Reads the steps.
    /// - Parameter folder: what else is in it, other than `*.sql`, is not looked at.
    package init(folder: String) throws(Trouble) {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted() } catch {
            throw .folder(folder, why: "\(error.localizedDescription)")
        }
        guard !names.isEmpty else { throw .folder(folder, why: "there are none") }
        var steps: [Step] = []
        for name in names {
            let digits = name.prefix(4)
            guard digits.count == 4, digits.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let version = Int(digits), name.dropFirst(4).hasPrefix("_"), name.count > 9 else {
                throw .badName(name)
            }
            guard steps.last?.version != version else { throw .doubledVersion(version) }
            guard let data = FileManager.default.contents(atPath: folder + "/" + name), let sql = String(data: data, encoding: .utf8) else {
                throw .folder(folder, why: "\(name) cannot be read")
            }
            steps.append(Step(version: version, name: String(name.dropLast(4)), sql: sql, checksum: SHA256.digest(Array(data)).hexadecimal))
        }
        self.steps = steps
    }

    /// Does what is left to do; nodes that start together wait for each other.
    /// - Parameter deadline: for all steps together.
    /// - Returns: the names of the steps that were done now.
    /// - Throws: `Trouble`, or `PostgresError` where the database is not to be had.
    package func migrate(_ settings: PostgresSettings, by deadline: ContinuousClock.Instant) async throws -> [String] {
        var settings = settings
        settings.statementLimit = max(.seconds(1), deadline - .now)
        let connection = PostgresConnection(settings)
        do {
            var done: [String] = []
            while let name = try await connection.transaction(by: deadline, { try next($0, by: deadline) }) { done.append(name) }
            await connection.close()
            return done
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Does the first step that is left, in the transaction that the caller has begun.
    private func next(_ connection: isolated PostgresConnection, by deadline: ContinuousClock.Instant) throws -> String? {
        try connection.execute("SELECT pg_advisory_xact_lock($1::bigint)", [.integer(Self.lock)], by: deadline)
        try connection.script("""
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version    integer     NOT NULL PRIMARY KEY,
                name       text        NOT NULL,
                checksum   text        NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """, by: deadline)
        var applied: [Int: (name: String, checksum: String)] = [:]
        for row in try connection.execute("SELECT version, name, checksum FROM schema_migrations", by: deadline) {
            applied[row.integer(0) ?? 0] = (row.text(1) ?? "", row.text(2) ?? "")
        }
        let known = Set(steps.map(\.version))
        if let strange = applied.filter({ !known.contains($0.key) }).max(by: { $0.key < $1.key }) { throw Trouble.newer(strange.value.name) }
        for step in steps {
            if let one = applied[step.version] {
                guard one.checksum == step.checksum else { throw Trouble.changed(step.name) }
                continue
            }
            do {
                try connection.script(step.sql, by: deadline)
            } catch let error as PostgresError where error.kind == .server && !error.isTransient {
                throw Trouble.failed(step.name, why: error.description)
            }
            try connection.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                                   [.integer(Int64(step.version)), .text(step.name), .text(step.checksum)], by: deadline)
            return step.name
        }
        return nil
    }
}
