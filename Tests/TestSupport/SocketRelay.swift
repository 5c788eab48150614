import Foundation
import Glibc
import Synchronization

/// Stands between a client and a server at a Unix socket, so that a test can take the client its connection while the server goes on with what it was asked.
package final class SocketRelay: Sendable {
    private let listener: Int32
    private let server: String
    private let pairs = Mutex([(client: RawConnection, server: RawConnection)]())

    /// - Parameters:
    ///   - path: where it listens.
    ///   - server: the path of the server's socket.
    package init(at path: String, to server: String) throws {
        self.server = server
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard status == 0, listen(listener, 8) == 0 else { throw RawConnection.Trouble(what: "listen: \(errno)") }
        Thread.detachNewThread { [self] in accept() }
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            let client = RawConnection(adopting: descriptor)
            guard let server = try? RawConnection(path: server) else { return }
            pairs.withLock { $0.append((client, server)) }
            Thread.detachNewThread { Self.pump(from: client, to: server) }
            Thread.detachNewThread { Self.pump(from: server, to: client); client.end() }
        }
    }

    /// Until one of both ends; the other is told nothing.
    private static func pump(from source: RawConnection, to target: RawConnection) {
        while true {
            do {
                let octets = try source.receive()
                if octets.isEmpty { return }
                try target.send(octets)
            } catch { return }
        }
    }

    /// Ends the connections of all clients; the server is not told.
    package func cut() {
        for pair in pairs.withLock({ $0 }) { pair.client.end() }
    }

    deinit { Glibc.close(listener) }

    /// Ends everything.
    package func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        for pair in pairs.withLock({ $0 }) {
            pair.client.end()
            pair.server.end()
        }
    }
}
