/// Why the private PostgreSQL does not run; each says what to do.
package enum ClusterError: Error, Sendable, Equatable, CustomStringConvertible {
    case notInstalled(folder: String)
    case wrongVersion(data: String, programs: String)
    case noSuchUser(String)
    case folder(String, why: String)
    case inUse(folder: String)
    case occupied(folder: String, processes: [Int32])
    case socketPathTooLong(String)
    case initialization(String)
    case start(String)
    case stopped

    package var description: String {
        switch self {
        case .notInstalled(let folder):
            "no PostgreSQL server programs in \(folder): install the Debian package postgresql (or postgresql-15), or configure a database server"
        case .wrongVersion(let data, let programs):
            "the data was made by PostgreSQL \(data), but the programs are of PostgreSQL \(programs): install postgresql-\(data), or move the data with pg_upgrade"
        case .noSuchUser(let name): "there is no user \(name) to run PostgreSQL as"
        case .folder(let path, let why): "\(path): \(why)"
        case .inUse(let folder): "another postern runs on \(folder)"
        case .occupied(let folder, let processes): "a PostgreSQL that we did not start still works on \(folder), process \(processes.map(String.init).joined(separator: ", "))"
        case .socketPathTooLong(let path): "the path of the socket, \(path), has more than 107 octets: choose a shorter state folder"
        case .initialization(let why): "initdb failed: \(why)"
        case .start(let why): "PostgreSQL did not start: \(why)"
        case .stopped: "PostgreSQL was told to stop"
        }
    }
}
