internal import Postgres
internal import Verdicts

extension StoreTrouble {
    /// What the database's trouble means to whoever wanted something kept or read.
    init(_ error: PostgresError) {
        switch error.kind {
        case .timeout: self = .timeout
        case .full: self = .busy(error.message)
        case .connectionLost, .unavailable: self = .unavailable(error.message)
        case .unreadable, .row: self = .refused(error.message)
        case .server:
            if error.sqlstate == "57014" { self = .timeout }
            else if error.isTransient { self = .unavailable(error.description) }
            else { self = .refused(error.description) }
        }
    }
}

/// Runs `body`, and lets its trouble with the database out as `StoreTrouble`.
func asStoreTrouble<Result>(isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch let error as PostgresError { throw StoreTrouble(error) }
}
