package import DNS
internal import Dispatch
internal import Glibc

/// Notices that no server answers at all, so that messages do not wait out their deadline for a resolver that is down.
///
/// A name that is slow and a server that is dead look alike to a question. So when callers have waited for a while and nothing was heard,
/// each server gets a plain question for the root, which any resolver answers at once; only when all keep silent is the resolver
/// told, and asked again and again until one answers.
package struct ServerWatch: Sendable {
    /// The trouble that questions end in while no server answers.
    package static let silence = DNSTrouble.local("no name server answers")

    private let resolver: UnboundResolver
    private let servers: [NameServer]
    /// Quiet after which the servers are asked.
    private let suspicion: Duration
    /// How long they have for an answer, in milliseconds.
    private let patience: Int32

    /// - Parameter servers: those the resolver asks.
    package init(_ resolver: UnboundResolver, servers: [NameServer], suspicion: Duration = .milliseconds(800), patience: Int32 = 500) {
        self.resolver = resolver
        self.servers = servers
        self.suspicion = suspicion
        self.patience = patience
    }

    /// Watches until the task is cancelled.
    /// - Parameter report: gets a line when the servers fall silent, and when one answers again.
    package func run(_ report: @Sendable (String) -> Void) async {
        while !Task.isCancelled {
            if await resolver.quiet >= suspicion {
                guard await !answers() else { await resolver.setSilence(nil); continue }
                await resolver.setSilence(Self.silence)
                report("no name server answers: \(servers.map(\.description).joined(separator: ", "))")
                while !Task.isCancelled, await !answers() {
                    do { try await Task.sleep(for: .milliseconds(250)) } catch { break }
                }
                if Task.isCancelled { return }
                await resolver.setSilence(nil)
                report("a name server answers again")
            }
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
        }
    }

    /// Whether any server says anything within the patience.
    private func answers() async -> Bool {
        let servers = servers, patience = patience
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: Self.anyAnswers(servers, within: patience)) }
        }
    }

    private static func anyAnswers(_ servers: [NameServer], within patience: Int32) -> Bool {
        var waiting: [pollfd] = []
        defer { for socket in waiting { close(socket.fd) } }
        for server in servers {
            let descriptor = socket(server.address.isV4 ? AF_INET : AF_INET6, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { continue }
            waiting.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            _ = connected(descriptor, server) && sent(descriptor)
        }
        guard !waiting.isEmpty else { return false }
        // An ICMP "port unreachable" makes the socket readable, too: only an answer that can be read is one.
        guard unsafe poll(&waiting, nfds_t(waiting.count), patience) > 0 else { return false }
        return waiting.contains { socket in
            guard socket.revents & Int16(POLLIN) != 0 else { return false }
            var octets = [UInt8](repeating: 0, count: 512)
            let count = unsafe recv(socket.fd, &octets, octets.count, 0)
            return count >= 12
        }
    }

    /// `. NS`, recursion desired (RFC 1035 §4.1).
    private static func sent(_ descriptor: Int32) -> Bool {
        let question: [UInt8] = [UInt8.random(in: 0...255), UInt8.random(in: 0...255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]
        let count = unsafe send(descriptor, question, question.count, Int32(MSG_NOSIGNAL))
        return count == question.count
    }

    private static func connected(_ descriptor: Int32, _ server: NameServer) -> Bool {
        if server.address.isV4 {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = server.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &place.sin_addr) { unsafe $0.copyBytes(from: server.address.octets) }
            return connect(descriptor, &place)
        }
        var place = sockaddr_in6()
        place.sin6_family = sa_family_t(AF_INET6)
        place.sin6_port = server.port.bigEndian
        unsafe withUnsafeMutableBytes(of: &place.sin6_addr) { unsafe $0.copyBytes(from: server.address.octets) }
        return connect(descriptor, &place)
    }

    private static func connect<Place>(_ descriptor: Int32, _ place: inout Place) -> Bool {
        unsafe withUnsafePointer(to: &place) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Place>.size)) == 0
            }
        }
    }
}
