import Cryptography
import Foundation

/// The folder that the service owns: its embedded database, and the administrator's token.
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
    func write(adminToken: String) throws {
        let new = tokenFile + ".new"
        unsafe unlink(new)
        let file = unsafe open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Trouble(description: "\(new) cannot be written: \(Self.reason())") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try handle.write(contentsOf: Data((adminToken + "\n").utf8))
        try handle.synchronize()
        try handle.close()
        guard unsafe rename(new, tokenFile) == 0 else { throw Trouble(description: "\(tokenFile) cannot be written: \(Self.reason())") }
    }

    /// The operating system's words for the last trouble.
    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
