internal import CPostgres
internal import Glibc

/// Where the database is, and how long to be patient with it.
package struct PostgresSettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// A connection string or URI as libpq reads it; holds the password, so it is never printed.
    let connectionString: String
    /// How long a call waits for a connection that broke to come back, before calls fail at once until it does.
    package var patience: Duration = .seconds(2)
    /// The longest that one attempt to connect may take.
    package var connectLimit: Duration = .seconds(5)
    /// The server itself ends a statement after this time, should we be gone.
    package var statementLimit: Duration = .seconds(30)
    /// The server itself ends a transaction that waits for us for so long: what it has locked keeps others waiting, and we may be gone without a word.
    package var idleLimit: Duration = .seconds(10)
    /// Parameters of the server that each connection sets, by name. They come from us, never from outside.
    package var parameters: [String: String] = [:]
    /// False behind a pooler that gives each transaction another server process.
    package var preparesStatements = true

    /// - Parameter connectionString: `host=… dbname=… user=…` or `postgresql://…` (PostgreSQL documentation §34.1.1).
    package init(_ connectionString: String) { self.connectionString = connectionString }

    /// The same for connections whose statements look rows up by their keys, whatever the values: those are planned once and not for each call.
    package var plannedOnce: PostgresSettings {
        var settings = self
        settings.parameters["plan_cache_mode"] = "force_generic_plan"
        return settings
    }

    /// The parts of the connection string that may be shown.
    package var description: String {
        let parts = Self.parts(of: connectionString)
        guard let parts else { return "an unreadable connection string" }
        return ["host", "hostaddr", "port", "dbname", "user", "sslmode"].compactMap { key in parts[key].map { "\(key)=\($0)" } }.joined(separator: " ")
    }

    package var customMirror: Mirror { Mirror(self, children: ["database": description]) }

    /// The settings in a connection string; nil when libpq cannot read it. (Its own message would quote pieces of the string.)
    static func parts(of text: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        let options = unsafe PQconninfoParse(text, &message)
        if let message = unsafe message { unsafe PQfreemem(message) }
        guard let options = unsafe options else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var parts: [String: String] = [:]
        var at = 0
        while let keyword = unsafe options[at].keyword {
            if let value = unsafe options[at].val { unsafe parts[String(cString: keyword)] = String(cString: value) }
            at += 1
        }
        return parts
    }
}
