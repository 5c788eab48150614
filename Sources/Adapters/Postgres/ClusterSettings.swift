/// Where and how a private PostgreSQL runs.
package struct ClusterSettings: Sendable {
    /// The folder that keeps its data, its socket, its log and its configuration; made when it is not there.
    package var folder: String
    /// The user that it runs as when we are root.
    package var user = "postgres"
    /// The folder with `initdb` and `postgres`; nil takes the newest version below `/usr/lib/postgresql`, or the one that made the data.
    package var programs: String? = nil
    package var database = "postern"
    package var sharedBuffersMB = 64
    package var maxConnections = 50
    /// The longest that `initdb`, or a start with recovery from a crash, may take.
    package var startLimit: Duration = .seconds(300)
    /// The longest that an orderly stop may take before a crash-like one is ordered, which is safe too, but makes the next start slower.
    package var stopLimit: Duration = .seconds(60)

    package init(folder: String) { self.folder = folder }

    var dataFolder: String { folder + "/data" }
    var socketFolder: String { folder + "/run" }
    var logFile: String { folder + "/postgresql.log" }
    var configurationFile: String { folder + "/postgresql.conf" }

    /// How to reach it.
    package var connection: PostgresSettings { connection(to: database) }

    func connection(to database: String) -> PostgresSettings {
        PostgresSettings("host='\(Self.quoted(socketFolder))' port=5432 user=postern dbname='\(Self.quoted(database))'")
    }

    /// For a value in single quotes of a connection string.
    static func quoted(_ value: String) -> String {
        var text = ""
        for character in value {
            if character == "'" || character == "\\" { text.append("\\") }
            text.append(character)
        }
        return text
    }

    /// The configuration, written anew at each start; what an operator puts into `local.conf` beside it comes last and wins.
    var configuration: String {
        func literal(_ value: String) -> String { "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'" }
        return """
            # Written by postern at each start. Put changes into local.conf beside this file.
            data_directory = \(literal(dataFolder))
            hba_file = \(literal(folder + "/pg_hba.conf"))
            ident_file = \(literal(folder + "/pg_ident.conf"))
            listen_addresses = ''
            port = 5432
            unix_socket_directories = \(literal(socketFolder))
            unix_socket_permissions = 0700
            max_connections = \(maxConnections)
            shared_buffers = \(sharedBuffersMB)MB
            huge_pages = off
            jit = off
            fsync = on
            synchronous_commit = on
            wal_compression = on
            max_wal_size = 2GB
            checkpoint_timeout = 15min
            logging_collector = off
            log_destination = 'stderr'
            log_min_messages = warning
            log_min_error_statement = panic
            log_checkpoints = off
            log_line_prefix = '%m [%p] '
            timezone = 'UTC'
            log_timezone = 'UTC'
            include_if_exists = \(literal(folder + "/local.conf"))

            """
    }
}
