import Cryptography
import Foundation

/// The folder that the service owns: its embedded database, the administrator's token, and the master key where it was given none.
struct StateFolder {
    let path: String

    struct Trouble: Error, CustomStringConvertible { let description: String }

    /// Makes the folder where there is none, for its owner alone.
    /// - Throws: `Trouble` naming the folder and what is wrong with it.
    init(_ path: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        } catch {
            throw Trouble(description: "the state folder \(self.path) cannot be made: \(error.localizedDescription)")
        }
        guard unsafe access(self.path, W_OK | X_OK) == 0 else { throw Trouble(description: "the state folder \(self.path) cannot be written by this user") }
    }

    var tokenFile: String { path + "/admin.token" }

    /// The administrator's token, if one was written.
    func adminToken() -> String? {
        guard let data = FileManager.default.contents(atPath: tokenFile), data.count <= 4096 else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }

    /// Writes the administrator's token so that only the owner can read it, whole or not at all.
    func write(adminToken: String) throws { try write(adminToken, to: tokenFile) }

    private var keyFile: String { path + "/master.key" }

    /// The master key of a service that has its database here and was given no key: made once, for the owner alone. Whoever has a copy of the database
    /// alone reads no private key and no message in quarantine.
    /// - Parameter makingIt: makes one where there is none and the database is not there yet: secrets of one that is may lie under a key that was lost, or forgotten in the settings.
    /// - Throws: `Trouble` where it cannot be read or made.
    func masterKey(makingIt: Bool) throws -> MasterKey? {
        if let data = FileManager.default.contents(atPath: keyFile) {
            guard data.count <= 4096, let key = MasterKeyReader.read(String(decoding: data, as: UTF8.self)) else { throw Trouble(description: "\(keyFile) \(MasterKeyReader.form)") }
            return key
        }
        var status = stat()
        // A link that leads nowhere is there as well: what it leads to may come back.
        guard unsafe lstat(keyFile, &status) != 0 else { throw Trouble(description: "\(keyFile) cannot be read") }
        guard makingIt, unsafe lstat(path + "/postgres", &status) != 0 else { return nil }
        try write(try randomOctets(32).hexadecimal, to: keyFile)
        return try masterKey(makingIt: false)
    }

    private func write(_ text: String, to path: String) throws {
        let new = path + ".new"
        unsafe unlink(new)
        let file = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Trouble(description: "\(new) cannot be written: \(Self.reason())") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data((text + "\n").utf8))
        try handle.synchronize()
        try handle.close()
        guard unsafe rename(new, path) == 0 else { throw Trouble(description: "\(path) cannot be written: \(Self.reason())") }
    }

    /// The operating system's words for the last trouble.
    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}

extension Configuration {
    /// With the master key of the state folder, where the service has its database there and was given no key.
    /// - Throws: `StateFolder.Trouble`.
    func withStateKey(makingIt: Bool) throws -> Configuration {
        guard masterKey == nil, database.url == nil else { return self }
        var other = self
        other.masterKey = try StateFolder(stateFolder).masterKey(makingIt: makingIt)
        return other
    }
}
