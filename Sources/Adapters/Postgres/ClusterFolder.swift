import Foundation
internal import CLinux
internal import Glibc
internal import Processes

/// The folder of a private PostgreSQL: who may enter, what is in it, and who works in it.
struct ClusterFolder {
    let settings: ClusterSettings
    /// Whom the folder belongs to.
    let owner: ChildProcess.User
    /// The same, when the programs have to change user; nil when we are that user.
    let change: ChildProcess.User?

    /// - Throws: `.noSuchUser` where root has nobody to hand PostgreSQL to: it refuses to run as root.
    init(_ settings: ClusterSettings) throws(ClusterError) {
        self.settings = settings
        guard geteuid() == 0 else {
            owner = ChildProcess.User(id: geteuid(), group: getegid())
            change = nil
            return
        }
        guard let user = ChildProcess.User(named: settings.user), user.id != 0 else { throw .noSuchUser(settings.user) }
        owner = user
        change = user
    }

    /// The name of the user that we are ourselves.
    private static func ownName() throws(ClusterError) -> String {
        guard let entry = unsafe getpwuid(geteuid()), let name = unsafe entry.pointee.pw_name else { throw .noSuchUser("with the number \(geteuid())") }
        return unsafe String(cString: name)
    }

    /// Makes the folders that are missing, mode 0700, and sees to it that their owner can reach them.
    func prepare() throws(ClusterError) {
        let socket = settings.socketFolder + "/.s.PGSQL.5432"
        guard settings.folder.hasPrefix("/") else { throw .folder(settings.folder, why: "must be an absolute path") }
        guard socket.utf8.count <= 107 else { throw .socketPathTooLong(socket) }
        try make((settings.folder as NSString).deletingLastPathComponent, private: false)
        try make(settings.folder, private: true)
        try make(settings.socketFolder, private: true)
        try checkWay(to: settings.folder)
    }

    private func make(_ path: String, private: Bool) throws(ClusterError) {
        var status = stat()
        if unsafe lstat(path, &status) != 0 {
            if !`private` {
                let parent = (path as NSString).deletingLastPathComponent
                if parent != path, !parent.isEmpty { try make(parent, private: false) }
            }
            guard unsafe mkdir(path, `private` ? 0o700 : 0o711) == 0 || errno == EEXIST else { throw .folder(path, why: systemMessage(errno)) }
            guard `private` else { return }
            if change != nil, unsafe lchown(path, owner.id, owner.group) != 0 { throw .folder(path, why: systemMessage(errno)) }
            guard unsafe lstat(path, &status) == 0 else { throw .folder(path, why: systemMessage(errno)) }
        }
        guard `private` else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .folder(path, why: "is not a folder") }
        guard status.st_uid == owner.id else {
            throw .folder(path, why: "belongs to user \(status.st_uid), but PostgreSQL runs as user \(owner.id): change the owner, or run as that user")
        }
        if status.st_mode & 0o077 != 0, unsafe chmod(path, 0o700) != 0 { throw .folder(path, why: systemMessage(errno)) }
    }

    /// Whoever runs PostgreSQL must be able to pass every folder above.
    private func checkWay(to path: String) throws(ClusterError) {
        var at = (path as NSString).deletingLastPathComponent
        while true {
            var status = stat()
            guard unsafe stat(at, &status) == 0 else { throw .folder(at, why: systemMessage(errno)) }
            let bit: UInt32 = status.st_uid == owner.id ? 0o100 : status.st_gid == owner.group ? 0o010 : 0o001
            guard status.st_mode & bit != 0 else {
                throw .folder(at, why: "the user that PostgreSQL runs as cannot pass this folder: allow it with chmod o+x")
            }
            if at == "/" || at.isEmpty { return }
            at = (at as NSString).deletingLastPathComponent
        }
    }

    /// Waits a moment for a postern that is just ending; held until the descriptor is closed.
    func lock() throws(ClusterError) -> Int32 {
        let patience = ContinuousClock.now + .seconds(2)
        while true {
            let descriptor = unsafe postern_lock_file(settings.folder + "/lock")
            if descriptor >= 0 { return descriptor }
            guard descriptor == -EWOULDBLOCK else { throw .folder(settings.folder + "/lock", why: systemMessage(-descriptor)) }
            guard ContinuousClock.now < patience else { throw .inUse(folder: settings.folder) }
            _ = poll(nil, 0, 20)
        }
    }

    /// Writes the configuration. Only the user of the socket's folder gets in, and only under the name the kernel gives (peer).
    func writeConfiguration() throws(ClusterError) {
        let name = try Self.ownName()
        try write(settings.configurationFile, settings.configuration)
        try write(settings.folder + "/pg_hba.conf", "local all all peer map=postern\n")
        try write(settings.folder + "/pg_ident.conf", "postern root postern\npostern \"\(name)\" postern\n")
    }

    private func write(_ path: String, _ text: String) throws(ClusterError) {
        let new = path + ".new"
        unsafe unlink(new)
        let file = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .folder(new, why: systemMessage(errno)) }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            guard written > 0 else { throw .folder(new, why: systemMessage(errno)) }
            rest = rest.dropFirst(written)
        }
        if change != nil, fchown(file, owner.id, owner.group) != 0 { throw .folder(new, why: systemMessage(errno)) }
        guard unsafe rename(new, path) == 0 else { throw .folder(path, why: systemMessage(errno)) }
    }

    /// The processes whose working folder is the data folder: a server and its children all have it.
    func occupants() -> [Int32] {
        var data = stat()
        guard unsafe stat(settings.dataFolder, &data) == 0 else { return [] }
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { name in
            guard let process = Int32(name) else { return nil }
            var its = stat()
            guard unsafe stat("/proc/\(name)/cwd", &its) == 0, its.st_dev == data.st_dev, its.st_ino == data.st_ino else { return nil }
            return process
        }
    }

    /// The process that the server's pid file names.
    func postmaster() -> Int32? {
        guard let text = try? String(contentsOfFile: settings.dataFolder + "/postmaster.pid", encoding: .utf8) else { return nil }
        return text.split(whereSeparator: \.isNewline).first.flatMap { Int32($0) }
    }

    /// Waits until nobody works on the data: the server of a postern that was killed shuts down by itself.
    /// - Throws: `.occupied` when it does not.
    func waitUntilFree(by deadline: ContinuousClock.Instant) throws(ClusterError) {
        let began = ContinuousClock.now
        var asked = false
        while true {
            let processes = occupants()
            if processes.isEmpty { break }
            guard ContinuousClock.now < deadline else { throw .occupied(folder: settings.dataFolder, processes: processes) }
            if !asked, ContinuousClock.now > began + .seconds(3), let server = postmaster(), processes.contains(server) {
                asked = true
                kill(server, SIGINT)   // nobody but us may run it, and we hold the lock
            }
            _ = poll(nil, 0, 20)
        }
        // With nobody there both lock files are stale; their number may meanwhile be another process's.
        unsafe unlink(settings.dataFolder + "/postmaster.pid")
        unsafe unlink(settings.socketFolder + "/.s.PGSQL.5432.lock")
    }

    /// The end of a log, for an error's text.
    static func tail(of path: String, from offset: UInt64) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: max(offset, end > 2000 ? end - 2000 : 0))
        let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(6).joined(separator: "; ")
    }

    static func size(of path: String) -> UInt64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
    }
}
