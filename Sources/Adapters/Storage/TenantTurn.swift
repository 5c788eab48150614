internal import Postgres

/// What a tenant adds to, each with the number that its turns are taken by.
enum TenantTurn: Int64 {
    case localList = 0x706c_6973
    case tokens = 0x7074_6f6b
    case signingKeys = 0x7073_6b65
    case signingKeyChecks = 0x7073_6b63
    case training = 0x7074_726e
    case trainingSnapshots = 0x7074_7273
    case limits = 0x706c_696d
}

extension PostgresPool {
    /// Runs statements as one transaction, those that add to the same for the same tenant one after the other, on whatever node: so that
    /// each sees what the one before it added.
    /// - Parameter tenant: empty for none.
    func inTurn<Result: Sendable>(_ turn: TenantTurn, of tenant: String, by deadline: ContinuousClock.Instant,
                                  _ body: @escaping @Sendable (isolated PostgresConnection) throws -> Result) async throws -> Result {
        try await lend(by: deadline) { connection in
            try await connection.transaction(by: deadline) { connection in
                try connection.execute("SELECT pg_advisory_xact_lock($1::int, hashtext($2))", [.integer(turn.rawValue), .text(tenant)], by: deadline)
                return try body(connection)
            }
        }
    }
}
