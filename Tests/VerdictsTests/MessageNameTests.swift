import DNS
import TestStores
import Testing
import Verdicts

/// Whether two questions mean one message.
@Suite struct MessageNameTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String, isSame: Bool
        let change: @Sendable (inout Envelope) -> Void
        var testDescription: String { name }

        init(_ name: String, isSame: Bool = false, _ change: @escaping @Sendable (inout Envelope) -> Void) { self.name = name; self.isSame = isSame; self.change = change }
    }

    static let rows = [
        Row("nothing", isSame: true) { _ in },
        Row("recipients in another order", isSame: true) { $0.recipients.reverse() },
        Row("a recipient twice", isSame: true) { $0.recipients.append("ann@example.net") },
        Row("addresses in other case", isSame: true) { $0.mailFrom = "BOB@Example.org"; $0.recipients[0] = "ann@EXAMPLE.net" },
        Row("the server's name in other case", isSame: true) { $0.serverName = "MTA.example.net" },
        Row("another client", isSame: true) { $0.clientIP = .v4(1) },
        Row("another name in the queue") { $0.queueID = "Q2" },
        Row("another server") { $0.serverName = "other.example.net" },
        Row("no server") { $0.serverName = nil },
        Row("another direction") { $0.direction = .outbound },
        Row("another account") { $0.authUser = "eve@example.org" },
        Row("another sender") { $0.mailFrom = "eve@example.org" },
        Row("no sender") { $0.mailFrom = nil },
        Row("a recipient less") { $0.recipients.removeLast() },
        Row("a recipient more") { $0.recipients.append("more@example.net") },
        Row("what ends one and begins the next") { $0.recipients = ["ann@example.net11:eve@example.net"] },
    ]

    private static let envelope = Envelope(clientIP: .v4(0xc000_0201), mailFrom: "bob@example.org", recipients: ["ann@example.net", "eve@example.net"], queueID: "Q1", serverName: "mta.example.net")
    private static let digest = [UInt8](repeating: 7, count: 32)

    @Test(arguments: rows) func oneMessage(_ row: Row) throws {
        var other = Self.envelope
        row.change(&other)
        #expect((other.name(of: Self.digest) == Self.envelope.name(of: Self.digest)) == row.isSame)
    }

    /// What Postfix says of every message that has no name yet is none.
    @Test func noName() throws {
        func envelope(_ fields: [(String, String)]) throws -> Envelope { try EnvelopeReader.read([(name: "client_ip", value: "192.0.2.1")] + fields.map { (name: $0.0, value: $0.1) }, tenant: "t") }
        #expect(try envelope([("queue_id", "NOQUEUE")]).queueID == nil)
        #expect(try envelope([("queue_id", "NOQUEUE1")]).queueID == "NOQUEUE1")
        #expect(try envelope([("can_hold", "no")]).canHold == false && envelope([("can_hold", "yes")]).canHold == true && envelope([]).canHold == nil)
    }

    @Test func ofTheVerdict() throws {
        let record = VerdictRecord.sample(at: .present, queueID: "Q1", digest: 7)
        #expect(record.name == Self.envelope.name(of: Self.digest) && record.name?.count == 32)
        #expect(VerdictRecord.sample(at: .present, queueID: "Q1", digest: 8).name != record.name)
        #expect(VerdictRecord.sample(at: .present).name == nil, "without a queue id it is always another one")
    }
}
