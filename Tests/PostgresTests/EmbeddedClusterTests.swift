import Foundation
import Postgres
import Processes
import Synchronization
import TestSupport
import Testing

@Suite(.serialized, .longWork) struct EmbeddedClusterTests {
    @Test func itIsMadeRunsAndStartsAgain() async throws {
        try await withTemporaryFolder { folder in
            let lines = Mutex<[String]>([])
            let settings = ClusterSettings(folder: folder + "/state/db")
            let cluster = EmbeddedCluster(settings) { line in lines.withLock { $0.append(line) } }
            var connection = PostgresConnection(try await cluster.start())
            #expect(lines.withLock { $0.count } == 1)
            #expect(try await connection.execute("SELECT current_database(), current_user, pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()",
                                                 by: soon).first.map { row in (0..<4).map { row.text($0) } } == ["postern", "postern", "UTF8", "C"])
            for (name, value) in ["listen_addresses": "", "fsync": "on", "synchronous_commit": "on", "jit": "off", "shared_buffers": "64MB", "unix_socket_permissions": "0700"] {
                #expect(try await connection.execute("SELECT current_setting($1)", [.text(name)], by: soon).first?.text(0) == value, "\(name)")
            }
            try await connection.script("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", by: soon)
            await connection.close()
            #expect(try mode(settings.folder) == 0o700 && mode(settings.folder + "/run") == 0o700)

            // A second one on the same folder is told so.
            let second = EmbeddedCluster(settings)
            await #expect(throws: ClusterError.inUse(folder: settings.folder)) { try await second.start() }

            await cluster.stop()
            #expect(!FileManager.default.fileExists(atPath: settings.folder + "/data/postmaster.pid"))
            try "work_mem = '5MB'\n".write(toFile: settings.folder + "/local.conf", atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: settings.folder + "/local.conf")
            connection = PostgresConnection(try await cluster.start())
            #expect(try await connection.execute("SELECT n, current_setting('work_mem') FROM kept", by: soon).first.map { ($0.integer(0), $0.text(1)) } ?? (0, "") == (7, "5MB"))
            await connection.close()
            await cluster.stop()
        }
    }

    @Test func itIsStartedAgainWhenItDies() async throws {
        try await withCluster { cluster, settings in
            let connection = PostgresConnection(settings)
            try await connection.script("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", by: soon)
            for _ in 0..<2 {
                let before = try #require(await cluster.processID)
                kill(before, SIGKILL)
                try await eventually("another server") { if let now = await cluster.processID { now != before } else { false } }
                try await eventually("the connection is back") { (try? await connection.execute("SELECT n FROM kept", by: soon).first?.integer(0)) == 7 }
            }
            await connection.close()
        }
    }

    @Test func whatAnInterruptedRunLeftBehind() async throws {
        try await withTemporaryFolder { folder in
            let settings = ClusterSettings(folder: folder + "/db")
            // initdb was killed midway.
            let making = settings.folder + "/data.making"
            try FileManager.default.createDirectory(atPath: making + "/base", withIntermediateDirectories: true)
            try "15\n".write(toFile: making + "/PG_VERSION", atomically: false, encoding: .utf8)
            if geteuid() == 0 { try #require(chownTree(folder, "postgres")) }
            let cluster = EmbeddedCluster(settings)
            _ = try await cluster.start()
            #expect(!FileManager.default.fileExists(atPath: making))
            await cluster.stop()

            // A pid file whose number is now somebody else's: our own.
            try "\(getpid())\n\(settings.folder)/data\n1700000000\n5432\n\(settings.folder)/run\n\n  1 1\nready\n"
                .write(toFile: settings.folder + "/data/postmaster.pid", atomically: false, encoding: .utf8)
            _ = try await cluster.start()
            await cluster.stop()

            try "99\n".write(toFile: settings.folder + "/data/PG_VERSION", atomically: false, encoding: .utf8)
            let error = await #expect(throws: ClusterError.self) { try await cluster.start() }
            guard case .wrongVersion("99", let programs)? = error else { Issue.record("\(String(describing: error))"); return }
            #expect(Int(programs) != nil)
        }
    }

    /// After a reboot the number in a lock file may be that of any process, also of one that runs as the database's user.
    @Test func aLockOfTheSocketThatNobodyHoldsIsPassedOver() async throws {
        try await withCluster { other, _ in
            try await withTemporaryFolder { folder in
                let settings = ClusterSettings(folder: folder + "/db"), cluster = EmbeddedCluster(settings)
                _ = try await cluster.start()
                await cluster.stop()
                let lock = settings.folder + "/run/.s.PGSQL.5432.lock", stranger = try #require(await other.processID)
                try "\(stranger)\n\(settings.folder)/data\n1700000000\n5432\n\(settings.folder)/run\n".write(toFile: lock, atomically: false, encoding: .utf8)
                if geteuid() == 0 { try #require(chownTree(settings.folder, "postgres")) }
                _ = try await cluster.start()
                await cluster.stop()
            }
        }
    }

    @Test func clearWords() async throws {
        try await withTemporaryFolder { folder in
            var settings = ClusterSettings(folder: folder + "/db")
            settings.programs = folder + "/none"
            let missing = EmbeddedCluster(settings)
            let error = await #expect(throws: ClusterError.self) { try await missing.start() }
            #expect(error?.description.contains("postgresql-15") == true)

            settings = ClusterSettings(folder: folder + "/" + String(repeating: "x", count: 100))
            let long = EmbeddedCluster(settings)
            let tooLong = await #expect(throws: ClusterError.self) { try await long.start() }
            guard case .socketPathTooLong? = tooLong else { Issue.record("\(String(describing: tooLong))"); return }

            settings = ClusterSettings(folder: folder + "/full")
            try FileManager.default.createDirectory(atPath: settings.folder + "/data", withIntermediateDirectories: true)
            try "mine".write(toFile: settings.folder + "/data/file", atomically: false, encoding: .utf8)
            if geteuid() == 0 { try #require(chownTree(settings.folder, "postgres")) }
            let full = EmbeddedCluster(settings)
            let notEmpty = await #expect(throws: ClusterError.self) { try await full.start() }
            #expect(notEmpty?.description.contains("not empty") == true)
            #expect(FileManager.default.fileExists(atPath: settings.folder + "/data/file"))

            guard geteuid() == 0 else { return }
            settings = ClusterSettings(folder: folder + "/foreign")
            try FileManager.default.createDirectory(atPath: settings.folder, withIntermediateDirectories: true)
            let foreign = EmbeddedCluster(settings)
            let owner = await #expect(throws: ClusterError.self) { try await foreign.start() }
            #expect(owner?.description.contains("belongs to user 0") == true)
            try FileManager.default.createDirectory(atPath: folder + "/shut", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let shut = EmbeddedCluster(ClusterSettings(folder: folder + "/shut/db"))
            let way = await #expect(throws: ClusterError.self) { try await shut.start() }
            #expect(way?.description.contains("chmod o+x") == true)
        }
    }

    /// Another process owns the cluster, is killed, and PostgreSQL ends by itself; whoever comes next waits for that.
    @Test(arguments: [false, true]) func itEndsWithItsOwner(unprivileged: Bool) async throws {
        try await withTemporaryFolder { folder in
            if unprivileged { try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder) }
            let user: Processes.ChildProcess.User? = unprivileged && geteuid() == 0 ? .init(id: 65534, group: 65534) : nil
            let path = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "LD_LIBRARY_PATH"].contains($0.key) }.map { "\($0.key)=\($0.value)" }
            let owner = try Processes.ChildProcess(path, ["--testing-library", "swift-testing", "--filter", "OwnerProcess"],
                                         environment: inherited + ["POSTERN_TEST_OWNER=\(folder)", "HOME=/"], log: folder + "/owner.log", user: user, deathSignal: SIGKILL)
            try await eventually("the owner's cluster runs") {
                if let status = owner.status { throw NeverCame(what: "owner ended: \(status) \((try? String(contentsOfFile: folder + "/owner.log", encoding: .utf8)) ?? "")") }
                return FileManager.default.fileExists(atPath: folder + "/ready")
            }
            let server = try #require(Int32(try String(contentsOfFile: folder + "/ready", encoding: .utf8)))
            let expected = try userID("postgres")
            if geteuid() == 0 { #expect(try FileManager.default.attributesOfItem(atPath: "/proc/\(server)")[.ownerAccountID] as? UInt32 == (unprivileged ? 65534 : expected)) }
            owner.signal(SIGKILL)
            #expect(owner.wait(until: soon) == 256 + SIGKILL)

            if !unprivileged || geteuid() != 0 {
                let next = EmbeddedCluster(ClusterSettings(folder: folder + "/db"))
                let connection = PostgresConnection(try await next.start())
                #expect(try await connection.execute("SELECT n FROM kept", by: soon).first?.integer(0) == 7)
                await connection.close()
                await next.stop()
            }
            try await eventually("the server has ended") { kill(server, 0) != 0 || isZombie(server) }
        }
    }
}

/// What the test above runs in another process.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["POSTERN_TEST_OWNER"] != nil)) struct OwnerProcess {
    @Test func runsAClusterUntilItIsKilled() async throws {
        let folder = try #require(ProcessInfo.processInfo.environment["POSTERN_TEST_OWNER"])
        let cluster = EmbeddedCluster(ClusterSettings(folder: folder + "/db"))
        let connection = PostgresConnection(try await cluster.start())
        try await connection.script("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", by: soon)
        let server = try #require(await cluster.processID)
        try "\(server)".write(toFile: folder + "/ready", atomically: true, encoding: .utf8)
        try await Task.sleep(for: .seconds(600))
    }
}

private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
}

private func isZombie(_ process: Int32) -> Bool {
    ((try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? "").contains(") Z ")
}

private func userID(_ name: String) throws -> UInt32 {
    guard let entry = unsafe getpwnam(name) else { throw NeverCame(what: "the user \(name)") }
    return unsafe entry.pointee.pw_uid
}

private func chownTree(_ path: String, _ user: String) -> Bool {
    guard let entry = unsafe getpwnam(user) else { return false }
    let (id, group) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
    let below = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    return ([path] + below.map { path + "/" + $0 }).allSatisfy { unsafe lchown($0, id, group) == 0 }
}
