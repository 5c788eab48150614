package import Glibc
internal import Synchronization

/// Ports on 127.0.0.1 that nobody has right now.
///
/// They lie below those that the system itself gives to whoever connects (`ip_local_port_range`, from 32768 on): between the search and the server's start nobody gets one by chance.
package enum FreePort {
    package struct NoneLeft: Error {}

    private static let given = Mutex(Set<UInt16>())

    /// A port free for UDP and for TCP, another one at each call.
    package static func find() throws -> UInt16 {
        for _ in 0..<1000 {
            let port = UInt16.random(in: 10_000..<32_768)
            guard given.withLock({ $0.insert(port).inserted }), let udp = LoopbackSocket(type: SOCK_DGRAM, port: port), let tcp = LoopbackSocket(type: SOCK_STREAM, port: udp.port) else { continue }
            return tcp.port
        }
        throw NoneLeft()
    }
}

/// A socket bound to 127.0.0.1, closed with its last reference.
package final class LoopbackSocket: Sendable {
    package let descriptor: Int32
    package let port: UInt16

    /// - Parameter type: `SOCK_DGRAM` or `SOCK_STREAM`.
    /// - Parameter port: 0 for any free one.
    package init?(type: __socket_type, port: UInt16) {
        let made = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(made, $0, length) == 0 && getsockname(made, $0, &length) == 0
            }
        }
        guard bound else { close(made); return nil }
        descriptor = made
        self.port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
