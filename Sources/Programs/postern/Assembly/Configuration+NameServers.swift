import Unbound

extension Configuration {
    /// The resolvers of the settings; where there are none, those of the system.
    /// - Throws: `UnboundTrouble`.
    var nameServers: [NameServer] {
        get throws {
            let named = dns.servers.map { NameServer($0.address, port: $0.port) }
            return named.isEmpty ? try ResolverFile.servers(path: "/etc/resolv.conf") : named
        }
    }
}
