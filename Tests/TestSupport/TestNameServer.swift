import DNS
import Glibc

/// Real name servers on free ports: NSD with zones that a test writes, and Unbound that asks an NSD.
package final class TestNameServer: Sendable {
    package let port: UInt16
    package let folder: TemporaryFolder
    private let process: ChildProcess

    private init(port: UInt16, folder: TemporaryFolder, process: ChildProcess) {
        self.port = port
        self.folder = folder
        self.process = process
    }

    /// Starts NSD and waits until it answers.
    /// - Parameter zones: zone files by origin; "." for a synthetic root.
    package static func nsd(zones: [String: String]) async throws -> TestNameServer {
        let folder = try TemporaryFolder(), port = try FreePort.find()
        var configuration = """
            server:
              ip-address: 127.0.0.1@\(port)
              username: ""
              server-count: 1
              zonesdir: "\(folder.path)"
              zonelistfile: "\(folder.path)/zone.list"
              pidfile: ""
              xfrdfile: ""
              database: ""
              rrl-ratelimit: 0
              rrl-whitelist-ratelimit: 0
            remote-control:
              control-enable: no

            """
        for (place, zone) in zones.sorted(by: { $0.key < $1.key }).enumerated() {
            try folder.write(zone.value, to: "zone\(place)")
            configuration += "zone:\n  name: \"\(zone.key)\"\n  zonefile: \"zone\(place)\"\n"
        }
        try folder.write(configuration, to: "nsd.conf")
        let process = try ChildProcess("nsd", ["-d", "-c", "\(folder.path)/nsd.conf"], log: "\(folder.path)/log")
        return try await ready(TestNameServer(port: port, folder: folder, process: process), zones.keys.sorted().first ?? ".")
    }

    /// Starts Unbound, which asks `server` about everything, and waits until it answers.
    /// - Parameter anchor: a file with the trust anchor; nil leaves validation off.
    package static func unbound(asking server: UInt16, anchor: String? = nil) async throws -> TestNameServer {
        let folder = try TemporaryFolder(), port = try FreePort.find()
        let private4 = ["127", "10", "2.0.192", "100.51.198", "113.0.203", "168.192"].map { "\($0).in-addr.arpa." }
        let zones = (private4 + ["8.b.d.0.1.0.0.2.ip6.arpa.", "test."]).map { "  local-zone: \"\($0)\" nodefault\n" }.joined()
        try folder.write("""
            server:
              interface: 127.0.0.1@\(port)
              access-control: 127.0.0.0/8 allow
              username: ""
              chroot: ""
              pidfile: ""
              directory: "\(folder.path)"
              do-not-query-localhost: no
              do-ip6: no
              module-config: "\(anchor == nil ? "iterator" : "validator iterator")"
            \(anchor.map { "  trust-anchor-file: \"\($0)\"" } ?? "")
            \(zones)
              use-syslog: no
              num-threads: 1
            forward-zone:
              name: "."
              forward-addr: 127.0.0.1@\(server)
            remote-control:
              control-enable: no

            """, to: "unbound.conf")
        let process = try ChildProcess("unbound", ["-d", "-c", "\(folder.path)/unbound.conf"], log: "\(folder.path)/log")
        return try await ready(TestNameServer(port: port, folder: folder, process: process), ".")
    }

    package func stop() { process.stop() }

    /// Asks for the zone's SOA until something comes back.
    private static func ready(_ server: TestNameServer, _ zone: String) async throws -> TestNameServer {
        guard let client = LoopbackSocket(type: SOCK_DGRAM, port: 0) else { throw ChildProcess.Trouble(description: "no socket") }
        let name = DomainName(zone) ?? DomainName(trusted: "")
        var question: [UInt8] = [0x50, 0x4f, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.labels { question += [UInt8(truncatingIfNeeded: label.utf8.count)] + Array(label.utf8) }
        question += [0, 0, 6, 0, 1]
        for _ in 0..<600 {
            client.send(question, to: server.port)
            if client.receive(within: 50) != nil { return server }
            guard server.process.isRunning else { break }
        }
        server.process.stop()
        throw ChildProcess.Trouble(description: "the name server does not answer: \((try? server.folder.read("log")) ?? "")")
    }
}

extension LoopbackSocket {
    /// Sends one datagram to a port of 127.0.0.1.
    package func send(_ octets: [UInt8], to port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe sendto(descriptor, octets, octets.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Takes one datagram, and the port it came from.
    /// - Parameter limit: milliseconds to wait; negative for ever.
    package func receive(within limit: Int32) -> (octets: [UInt8], port: UInt16)? {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wanted, 1, limit) == 1 else { return nil }
        var octets = [UInt8](repeating: 0, count: 4096), address = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe recvfrom(descriptor, &octets, octets.count, 0, $0, &length)
            }
        }
        guard count >= 0 else { return nil }
        return (Array(octets.prefix(count)), UInt16(bigEndian: address.sin_port))
    }
}
