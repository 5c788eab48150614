/// Why a statement has no result.
package struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The server refused the statement; `sqlstate` says why.
        case server
        /// The connection broke while the statement was on its way: whether it took effect is not known.
        case connectionLost
        /// No connection could be made: nothing was sent.
        case unavailable
        /// The deadline passed: whether the statement took effect is not known.
        case timeout
        /// A waiting line of ours has reached its limit: nothing was sent.
        case full
        /// What the server sent, or was asked for, is not what this adapter can read.
        case unreadable
        /// One row of several, as it was handed in or as the server has it, is not what this adapter can take; the others may be written without it.
        case row
    }

    package let kind: Kind
    /// The five characters of the server's code (PostgreSQL documentation, appendix A); nil unless `kind` is `.server`.
    package let sqlstate: String?
    package let message: String
    /// More of the server's words; may quote values of the row, so it is not part of `description`.
    package let detail: String?
    /// The constraint that the row did not meet.
    package let constraint: String?

    package init(_ kind: Kind, _ message: String, sqlstate: String? = nil, detail: String? = nil, constraint: String? = nil) {
        self.kind = kind
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail
        self.constraint = constraint
    }

    /// The two characters that name the family of the server's code.
    package var sqlClass: Substring { sqlstate?.prefix(2) ?? "" }

    /// Whether the same statement may succeed later, unchanged.
    package var isTransient: Bool {
        switch kind {
        case .connectionLost, .unavailable, .timeout, .full: return true
        case .unreadable, .row: return false
        // Connection, serialization and deadlock, resources, shutdown, lock not available, read-only (a replica, or fail-over).
        case .server: return ["08", "40", "53"].contains(sqlClass) || ["57P01", "57P02", "57P03", "57014", "55P03", "25006", "25P03"].contains(sqlstate)
        }
    }

    /// Whether the values of a row are to blame: as we see it, or as the server does, by a data exception, an integrity constraint, or a value too large for its index.
    package var isFaultOfRow: Bool { kind == .row || kind == .server && ["22", "23", "54"].contains(sqlClass) }

    /// Whether the server rolled the statement back because of another one, so that it may be sent again at once.
    package var isRolledBack: Bool { kind == .server && sqlClass == "40" && sqlstate != "40003" }

    package var description: String {
        let code = sqlstate.map { " (SQLSTATE \($0))" } ?? ""
        return "PostgreSQL, \(kind.rawValue): \(message)\(code)"
    }
}
