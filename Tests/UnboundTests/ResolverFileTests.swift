import DNS
import TestSupport
import Testing
import Unbound

@Suite struct ResolverFileTests {
    @Test(arguments: [
        (row: "one server", text: "nameserver 192.0.2.1\n", servers: ["192.0.2.1:53"]),
        (row: "IPv6, tabs, trailing words", text: "search example.org\nnameserver\t2001:db8::53 # x\n", servers: ["[2001:db8::53]:53"]),
        (row: "comments and other keywords", text: "# nameserver 192.0.2.9\n;nameserver 192.0.2.8\noptions edns0\nnameserver 192.0.2.1\r\n", servers: ["192.0.2.1:53"]),
        (row: "the same one twice", text: "nameserver 192.0.2.1\nnameserver 192.0.2.1\nnameserver 192.0.2.2", servers: ["192.0.2.1:53", "192.0.2.2:53"]),
        (row: "three at most", text: (1...5).map { "nameserver 192.0.2.\($0)" }.joined(separator: "\n"), servers: ["192.0.2.1:53", "192.0.2.2:53", "192.0.2.3:53"]),
        (row: "not an address", text: "nameserver localhost\nnameserver fe80::1%eth0\nnameserver\n", servers: []),
        (row: "nothing", text: "", servers: []),
    ])
    func reads(row: String, text: String, servers: [String]) {
        #expect(ResolverFile.servers(in: text).map(\.description) == servers)
    }

    @Test func namesItsErrors() throws {
        let folder = try TemporaryFolder()
        #expect(throws: UnboundTrouble.unreadable("\(folder.path)/none")) { try ResolverFile.servers(path: "\(folder.path)/none") }
        try folder.write("options edns0\n", to: "empty")
        #expect(throws: UnboundTrouble.noServers("\(folder.path)/empty")) { try ResolverFile.servers(path: "\(folder.path)/empty") }
        var settings = UnboundSettings()
        settings.resolverFile = "\(folder.path)/empty"
        #expect(throws: UnboundTrouble.noServers("\(folder.path)/empty")) { _ = try UnboundResolver(settings: settings) }
    }

    @Test(arguments: [
        (text: "192.0.2.1", server: "192.0.2.1:53"), (text: "192.0.2.1:5353", server: "192.0.2.1:5353"), (text: "2001:db8::1", server: "[2001:db8::1]:53"),
        (text: "[2001:db8::1]:54", server: "[2001:db8::1]:54"), (text: "192.0.2.1:0", server: nil), (text: "[192.0.2.1]:53", server: nil),
        (text: "ns.example.org:53", server: nil), (text: "192.0.2.1:65536", server: nil), (text: "", server: nil),
    ])
    func nameServer(text: String, server: String?) {
        #expect(NameServer(text)?.description == server)
    }
}
