internal import Foundation
internal import Glibc

/// The place of a unix socket in the file system.
enum SocketPlace {
    struct Taken: Error, CustomStringConvertible {
        let description: String
    }

    /// Makes the folder with mode 0750 where there is none, and sees to it that no other server has the socket.
    /// - Throws: `Taken` when one has, or when something that is no socket stands in its place.
    static func prepare(_ path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty, !FileManager.default.fileExists(atPath: folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        }
        guard let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType else { return }
        guard kind == .typeSocket else { throw Taken(description: "\(path) is there and is no socket") }
        if isServed(path) { throw Taken(description: "another server listens on \(path)") }
        try FileManager.default.removeItem(atPath: path)
    }

    /// Lets owner and group connect, and no one else.
    static func open(_ path: String) { _ = unsafe chmod(path, 0o660) }

    private static func isServed(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8), room = MemoryLayout.size(ofValue: address.sun_path)
        guard octets.count < room else { return false }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return status == 0 || errno == EAGAIN || errno == EINPROGRESS
    }
}
