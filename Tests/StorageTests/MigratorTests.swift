import Foundation
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.longWork) struct MigratorTests {
    @Test func stepsAreDoneOnceInOrderAndNeverChanged() async throws {
        try await withDatabase(migrated: false) { _, settings in
            try await withTemporaryFolder { folder in
                func write(_ name: String, _ sql: String) throws { try sql.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
                try write("0001_one.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1);")
                try write("0002_two.sql", "ALTER TABLE a ADD COLUMN m int; -- ends with a comment")
                try write("notes.txt", "not looked at")
                // Several nodes start at the same time.
                let migrator = try Migrator(folder: folder)
                let done = try await withThrowingTaskGroup(of: [String].self) { group in
                    for _ in 0..<4 { group.addTask { try await migrator.migrate(settings, by: soon) } }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(done.sorted() == ["0001_one", "0002_two"])
                #expect(try await migrator.migrate(settings, by: soon) == [])

                // One that fails leaves nothing behind.
                try write("0003_three.sql", "CREATE TABLE b (n int); SELECT nonsense;")
                let failed = await #expect(throws: Migrator.Trouble.self) { try await Migrator(folder: folder).migrate(settings, by: soon) }
                guard case .failed("0003_three", let why)? = failed else { Issue.record("\(String(describing: failed))"); return }
                #expect(why.contains("nonsense"))
                let connection = PostgresConnection(settings)
                #expect(try await connection.execute("SELECT to_regclass('b') IS NULL, (SELECT count(*) FROM schema_migrations), (SELECT count(*) FROM a)", by: soon)
                    .first.map { [$0.text(0), $0.text(1), $0.text(2)] } == ["t", "2", "1"])
                await connection.close()
                try write("0003_three.sql", "CREATE TABLE b (n int);")
                #expect(try await Migrator(folder: folder).migrate(settings, by: soon) == ["0003_three"])

                try write("0002_two.sql", "ALTER TABLE a ADD COLUMN m bigint;")
                await #expect(throws: Migrator.Trouble.changed("0002_two")) { try await Migrator(folder: folder).migrate(settings, by: soon) }
                try FileManager.default.removeItem(atPath: folder + "/0003_three.sql")
                await #expect(throws: Migrator.Trouble.newer("0003_three")) { try await Migrator(folder: folder).migrate(settings, by: soon) }
            }
        }
    }

    @Test func foldersThatAreNone() async throws {
        try await withTemporaryFolder { folder in
            #expect(throws: Migrator.Trouble.folder(folder, why: "there are none")) { try Migrator(folder: folder) }
            #expect(throws: Migrator.Trouble.self) { try Migrator(folder: folder + "/absent") }
            try "".write(toFile: folder + "/1_x.sql", atomically: true, encoding: .utf8)
            #expect(throws: Migrator.Trouble.badName("1_x.sql")) { try Migrator(folder: folder) }
            try FileManager.default.removeItem(atPath: folder + "/1_x.sql")
            for name in ["0001_x.sql", "0001_y.sql"] { try "SELECT 1".write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
            #expect(throws: Migrator.Trouble.doubledVersion(1)) { try Migrator(folder: folder) }
        }
        #expect(try Migrator(folder: migrations).steps.first?.name == "0001_verdicts")
    }
}
