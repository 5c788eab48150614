package import DNS

/// How questions are asked. Every limit is named here.
package struct UnboundSettings: Sendable {
    /// Resolvers that questions are sent to; with none, those that `resolverFile` names.
    package var servers: [NameServer]
    /// Read when `servers` is empty.
    package var resolverFile = "/etc/resolv.conf"
    /// A file with DS or DNSKEY records of the root (or of an island of trust); nil leaves DNSSEC validation off, and every status is
    /// then `indeterminate`.
    package var trustAnchorFile: String? = nil
    /// Zones that are not validated whatever their parent says (a private zone of one's own).
    package var insecureZones: [DomainName] = []
    /// Questions under way at once, those that nobody waits for any more included; beyond it the answer is `.trouble(.local)`.
    package var questionsUnderWay = 4096
    /// UDP sockets open at once.
    package var outgoingPorts = 512
    /// TCP connections open at once, for answers that UDP cuts short.
    package var outgoingConnections = 32
    /// Octets that libunbound's own caches may hold.
    package var cacheOctets = 24 << 20
    /// Whether libunbound keeps answers for their TTL; where it does not, each question goes out.
    package var keepsAnswers = true
    /// The least wait before a packet is sent again. A forwarder answers at once what it knows and after seconds what it must ask for
    /// itself; with libunbound's own 50 ms its five tries are over before a slow domain has answered.
    package var firstRetry: Duration = .milliseconds(400)
    /// The longest wait for one packet before it is sent again; after a few of these libunbound gives a question up by itself.
    package var longestRetry: Duration = .seconds(4)
    /// How long what was learned about a server's speed and silence is believed: with 30 s, ten seconds pass after an outage of twenty
    /// before questions are answered again; with 5 s, they are answered at once.
    package var serverMemory: Duration = .seconds(5)

    package init(servers: [NameServer] = []) { self.servers = servers }

    /// libunbound's options in the words of unbound.conf(5).
    var options: [(name: String, value: String)] {
        [
            ("module-config:", trustAnchorFile == nil ? "iterator" : "validator iterator"),
            ("do-not-query-localhost:", "no"),
            // Private and special reverse zones are asked of the servers, which know their own network.
            ("unblock-lan-zones:", "yes"),
            ("outgoing-range:", "\(max(16, outgoingPorts))"),
            ("num-queries-per-thread:", "\(max(16, questionsUnderWay))"),
            ("outgoing-num-tcp:", "\(max(1, outgoingConnections))"),
            ("msg-cache-size:", "\(max(1 << 16, cacheOctets / 3))"),
            ("rrset-cache-size:", "\(max(1 << 16, cacheOctets / 3 * 2))"),
            ("infra-cache-min-rtt:", "\(max(50, firstRetry.milliseconds))"),
            ("infra-cache-max-rtt:", "\(max(1000, longestRetry.milliseconds))"),
            ("infra-keep-probing:", "yes"),
            ("infra-host-ttl:", "\(max(1, serverMemory.components.seconds))"),
        ] + insecureZones.map { ("domain-insecure:", $0.text + ".") }
    }

    /// Names that libunbound would answer by itself, besides private reverse zones, and that are asked of the servers instead.
    static let askedZones = [
        "127.in-addr.arpa.", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", "home.arpa.", "test.",
    ]
}

/// Why a resolver could not be made.
package enum UnboundTrouble: Error, Hashable {
    /// The file is not there or cannot be read.
    case unreadable(String)
    /// The file names no server.
    case noServers(String)
    /// libunbound did not take a setting: what, and why.
    case refused(String, String)
    case outOfMemory
}

extension UnboundTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let path): return "cannot read \(path)"
        case .noServers(let path): return "\(path) names no DNS server"
        case .refused(let what, let why): return "libunbound refused \(what): \(why)"
        case .outOfMemory: return "out of memory"
        }
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds &* 1000 &+ components.attoseconds / 1_000_000_000_000_000 }
}
