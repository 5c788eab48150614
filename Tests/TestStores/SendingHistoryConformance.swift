import DNS
import JSON
package import Limiting
import RateLimits
import Testing
package import Verdicts

/// What every history must tell of what was sent; run against the twin in memory and against the real one.
package struct SendingHistoryConformance: Sendable {
    private let store: any VerdictStore
    private let history: any SendingHistory
    /// The moment around which the records lie; a real store needs it to be near its partitions.
    private let now: Timestamp
    private let tenant: String

    /// - Parameters:
    ///   - store: where verdicts are kept; what others left in it does no harm.
    ///   - history: what reads them.
    ///   - now: about the present.
    package init(_ store: any VerdictStore, _ history: any SendingHistory, now: Timestamp) {
        self.store = store; self.history = history; self.now = now
        tenant = "sent-\(UInt32.random(in: 0...UInt32.max))"
    }

    package func run() async throws {
        try await whatCounts()
        try await whoSent()
        try await recipients()
        try await pages()
        try await accounts()
    }

    private func read(_ tenant: String, from: Int = -3600, until: Int = 3600, after: VerdictID? = nil, limit: Int = 100, accounts: [String]? = nil) async throws -> [SentMessage] {
        try await history.sent(by: tenant, since: now.adding(seconds: from), until: now.adding(seconds: until), accounts: accounts, after: after, limit: limit, by: .now + .seconds(60))
    }

    /// A record of what goes out.
    private func record(_ tenant: String, _ second: Int, _ action: Action = .accept, _ change: (inout Envelope) -> Void = { _ in }) -> VerdictRecord {
        var envelope = Envelope(clientIP: .v4(0xc000_0201), mailFrom: "Anna@Example.org", recipients: ["b@example.net", "c@example.net"], direction: .outbound, tenant: tenant)
        change(&envelope)
        var record = VerdictRecord.sample(tenant: tenant, at: now.adding(seconds: second), action: action)
        record.take(envelope)
        return record
    }

    private func keep(_ record: VerdictRecord) async throws { #expect(try await store.append(record) == nil) }

    private func whatCounts() async throws {
        let tenant = tenant + "-a"
        for (second, action) in [Action.accept, .tag, .neutralise, .hold, .quarantine, .defer, .reject].enumerated() { try await keep(record(tenant, second, action)) }
        var putOff = record(tenant, 10, .defer), refused = record(tenant, 11, .reject)
        putOff.codes.append("limit.exceeded")
        refused.codes.append("limit.too_large")
        try await keep(putOff)
        try await keep(refused)
        var otherwise = record(tenant, 14, .defer)
        otherwise.codes.append("limit.too_large")
        try await keep(otherwise)
        otherwise = record(tenant, 15, .reject)
        otherwise.codes.append("limit.exceeded")
        try await keep(otherwise)
        try await keep(record(tenant, 12) { $0.direction = .inbound })
        try await keep(record("\(tenant)-other", 13))
        let sent = try await read(tenant)
        #expect(sent.map { ($0.receivedAt.seconds - now.seconds) } == [0, 1, 2, 3, 10, 11])
        #expect(sent.map(\.isPutOff) == [false, false, false, false, true, true])
        #expect(sent.last?.digest == refused.digest && sent.last?.id == refused.id && sent.last?.receivedAt == refused.receivedAt)
        #expect(sent.allSatisfy { $0.amounts == Amounts(recipients: 2, octets: 4321) })
        #expect(try await read(tenant, from: 1, until: 3).count == 2, "from the first moment on, and before the last")
        #expect(try await read("\(tenant)-nobody").isEmpty)
    }

    private func whoSent() async throws {
        let tenant = tenant + "-b"
        try await keep(record(tenant, 0) { envelope in
            (envelope.serverName, envelope.plan, envelope.customer, envelope.authUser) = ("MX1", "gold", "Acme \"GmbH\"", "Anna@Example.org")
            envelope.clientIP = IPAddress("2001:db8::25") ?? envelope.clientIP
        })
        try await keep(record(tenant, 1) { envelope in (envelope.site, envelope.script, envelope.mailFrom, envelope.recipients) = ("shop", "cart.php", "", []) })
        let evidence = #"{"rate_limit":{"result":"counted","subjects":["server/web1","mailbox/<anna@example.org>","site/web1/uid:33","script/web1/33:mailer.php","colour/red"]}}"#
        var told = record(tenant, 2) { $0.mailFrom = "anna+x@example.org" }
        told.evidence = Array(evidence.utf8)
        try await keep(told)
        told = record(tenant, 3) { $0.authUser = "anna" }
        told.evidence = Array(evidence.utf8)
        try await keep(told)
        var silent = record(tenant, 4) { $0.mailFrom = nil }
        silent.evidence = Array(#"{"rate_limit":{"result":"unlimited","subjects":[]}}"#.utf8)
        try await keep(silent)
        let sent = try await read(tenant), names = sent.map { $0.party.subjects.map(\.description) }
        #expect(names.count == 5)
        guard names.count == 5 else { return }
        #expect(names[0] == ["server/mx1", "plan/gold", #"customer/acme "gmbh""#, "domain/example.org", "mailbox/anna@example.org", "client/2001:db8::/64"])
        #expect(names[1] == ["site/shop", "script/cart.php", "client/192.0.2.1"] && sent[1].amounts.recipients == 1)
        #expect(names[2] == ["mailbox/<anna@example.org>", "site/web1/uid:33", "script/web1/33:mailer.php", "client/192.0.2.1"], "what counting made of the message's header")
        #expect(names[3] == ["mailbox/anna", "client/192.0.2.1"], "a webmail's script is nobody's")
        #expect(names[4] == ["client/192.0.2.1"])
    }

    /// Equal where the recipients are, and different else.
    private func recipients() async throws {
        let tenant = tenant + "-e"
        let lists = [["b@example.net"], ["b@example.net"], ["c@example.net"], ["b@example.net", "c@example.net"], ["b@example.net,c@example.net"], []]
        for (second, list) in lists.enumerated() { try await keep(record(tenant, second) { $0.recipients = list }) }
        let numbers = try await read(tenant).map(\.recipients)
        #expect(numbers.count == lists.count && numbers.first == numbers.dropFirst().first && Set(numbers).count == 5)
    }

    private func accounts() async throws {
        let tenant = tenant + "-d"
        func names(_ limit: Int, until: Int = 3600) async throws -> [String]? { try await history.accounts(of: tenant, since: now.adding(seconds: -3600), until: now.adding(seconds: until), limit: limit, by: .now + .seconds(60)) }
        #expect(try await names(10) == [])
        let written = ["anna", "Anna", "anna@example.org", #"{"a",NULL}"#, "anna"]
        for (second, name) in written.enumerated() { try await keep(record(tenant, second) { $0.authUser = name }) }
        try await keep(record(tenant, 8))
        try await keep(record(tenant + "-other", 9) { $0.authUser = "eve" })
        let found = try await names(4) ?? []
        #expect(Set(found) == Set(written) && found.count == 4, "each once")
        #expect(try await names(3) == nil)
        #expect(try await names(3, until: 1) == ["anna"])
        for (accounts, seconds) in [(["anna"], [0, 4]), (["Anna", #"{"a",NULL}"#, "x"], [1, 3]), ([], [])] as [([String], [Int])] {
            #expect(try await read(tenant, accounts: accounts).map { $0.receivedAt.seconds - now.seconds } == seconds, "\(accounts)")
        }
    }

    /// Many of the same millisecond too.
    private func pages() async throws {
        let tenant = tenant + "-c"
        var kept: [VerdictID] = []
        for number in 0..<25 {
            let record = record(tenant, number / 10)
            try await keep(record)
            kept.append(record.id)
        }
        kept.sort()
        var read: [VerdictID] = [], after: VerdictID?
        for _ in 0..<10 {
            let page = try await self.read(tenant, after: after, limit: 7).map(\.id)
            read += page
            after = page.last ?? after
        }
        #expect(read == kept)
    }
}

extension VerdictRecord {
    /// Takes over what an envelope says.
    package mutating func take(_ envelope: Envelope) {
        tenant = envelope.tenant; direction = envelope.direction; clientIP = envelope.clientIP; authUser = envelope.authUser; queueID = envelope.queueID; serverName = envelope.serverName
        mailFrom = envelope.mailFrom.map { HistoryPath($0) }
        recipients = envelope.recipients.map { HistoryPath($0) }
        self.envelope = jsonOctets(envelope)
    }
}
