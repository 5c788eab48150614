import Cryptography
import DNS
import Foundation
import Postgres
import Storage
import TestSupport
import Testing
import TestStores
import Threads
import Verdicts

@Suite(.longWork) struct QuarantineTests {
    private let sealers = QueueRound(label: "test.sealers", width: 2)
    private let note = QuarantineNote(by: "test", at: .present)

    private func quarantine(_ store: any QuarantineStore, key: UInt8 = 7) throws -> Quarantine {
        Quarantine(store, seal: MessageSeal(try #require(MasterKey([UInt8](repeating: key, count: 32)))), sealers: sealers)
    }

    @Test func theTwinConforms() async throws {
        let twin = MemoryQuarantine(limits: QuarantineStoreConformance.limits)
        try await QuarantineStoreConformance(twin, twin).run()
        try await plainOctetsComeBack(MemoryQuarantine(limits: { var limits = QuarantineLimits(); limits.messageOctets = 300_000; return limits }()))
    }

    /// Two pools stand for two nodes.
    @Test func theDatabaseConforms() async throws {
        try await withDatabase { _, settings in
            let pools = [PostgresPool(settings, size: 4), PostgresPool(settings, size: 4)]
            let stores = pools.map { PostgresQuarantine($0, limits: QuarantineStoreConformance.limits, limit: .seconds(60)) }
            try await QuarantineStoreConformance(stores[0], stores[1]).run()
            // What the database itself sees to: no octets stay of what was deleted, no trail of what is gone, and usage is what lies there.
            let pool = pools[0]
            #expect(try await pool.execute("SELECT count(*) FROM quarantine WHERE state = 'deleted' AND sealed IS NOT NULL", by: soon).first?.integer(0) == 0)
            #expect(try await pool.execute("""
                SELECT count(*) FROM quarantine q WHERE acts <> (SELECT count(*) FROM quarantine_acts a WHERE a.tenant_id = q.tenant_id AND a.id = q.id)
                """, by: soon).first?.integer(0) == 0)
            #expect(try await pool.execute("""
                SELECT count(*) FROM quarantine_usage u FULL JOIN
                    (SELECT tenant_id, count(*) AS n, sum(octet_length(sealed)) AS s FROM quarantine WHERE sealed IS NOT NULL GROUP BY 1) q USING (tenant_id)
                WHERE coalesce(u.messages, 0) <> coalesce(q.n, 0) OR coalesce(u.octets, 0) <> coalesce(q.s, 0)
                """, by: soon).first?.integer(0) == 0)
            try await plainOctetsComeBack(PostgresQuarantine(pool, limits: { var limits = QuarantineLimits(); limits.messageOctets = 300_000; return limits }()))
            try await inSeveralPieces(PostgresQuarantine(pool, limit: .seconds(60)))
            try await hostileText(PostgresQuarantine(pool))
            try await removalBesideKeeping(pools.map { PostgresQuarantine($0, limit: .seconds(60)) })
            try await removalInPortions(PostgresQuarantine(pool, limit: .seconds(60)), pool)
            for pool in pools { await pool.close() }
        }
    }

    /// What somebody did to a row of the database, and what is heard of it.
    @Test func alteredRowsDoNotOpen() async throws {
        try await withDatabase { _, settings in
            let pool = PostgresPool(settings, size: 2), store = PostgresQuarantine(pool), quarantine = try quarantine(store), octets = Array("Subject: x\r\n\r\nX5O!".utf8)
            let bystander = KeptMessage.sample(tenant: "altered", at: .present)
            #expect(try await quarantine.keep(bystander, octets: octets))
            let changes = [
                "sealed = set_byte(sealed, octet_length(sealed) / 2, get_byte(sealed, octet_length(sealed) / 2) # 1)", "sealed = substr(sealed, 1, octet_length(sealed) - 1)",
                "sealed = '\\x00'", "sealed = ''", "infected = false", "size = size + 1", "digest = sha256('x')", "tenant_id = 'elsewhere'", "id = gen_random_uuid()",
                "sealed = (SELECT sealed FROM quarantine WHERE id = '\(bystander.id)')",
            ]
            for change in changes {
                let message = KeptMessage.sample(tenant: "altered", at: .present, isInfected: true)
                #expect(try await quarantine.keep(message, octets: octets))
                let row = try await pool.execute("UPDATE quarantine SET \(change) WHERE id = $1::uuid RETURNING id", [.text(message.id.description)], by: soon).first
                let id = try #require(row?.text(0).flatMap { VerdictID($0) })
                await #expect(throws: SealTrouble.doesNotOpen, "\(change)") { try await quarantine.message(id, tenant: nil, noting: QuarantineAct(.fetched, note)) }
                await #expect(throws: SealTrouble.doesNotOpen, "\(change)") { try await quarantine.release(id, tenant: nil, evenInfected: true, noting: note) }
                let found = try #require(try await store.message(id, tenant: nil, noting: nil))
                #expect(found.message.state == .kept, "what nobody can read is not let out: \(change)")
                #expect(try await store.acts(of: id, tenant: nil).map(\.kind) == [.fetched], "it was asked for")
                guard case .done = try await store.delete(id, tenant: nil, seenAs: .kept, noting: note) else { Issue.record("\(change)"); continue }
            }
            await #expect(throws: SealTrouble.doesNotOpen) { try await self.quarantine(store, key: 8).message(bystander.id, tenant: nil, noting: QuarantineAct(.looked, note)) }
            #expect(try await quarantine.message(bystander.id, tenant: nil, noting: QuarantineAct(.looked, note))?.octets == octets)
            await pool.close()
        }
    }

    private func plainOctetsComeBack(_ store: any QuarantineStore) async throws {
        let quarantine = try quarantine(store)
        var random = SeededGenerator(11)
        for count in [0, 1, 4_000, 65_535, 65_536, 300_000] {
            let octets = (0..<count).map { _ in UInt8.random(in: 0..<(count % 2 == 0 ? 255 : 4), using: &random) }
            let message = KeptMessage.sample(tenant: "plain", at: .present, isInfected: count == 1)
            #expect(try await quarantine.keep(message, octets: octets))
            #expect(try await quarantine.keep(message, octets: octets.reversed()) == false)
            let found = try #require(try await quarantine.message(message.id, tenant: "plain", noting: QuarantineAct(.looked, note)))
            #expect(found.octets == octets && found.message.size == count)
            #expect(try await quarantine.message(message.id, tenant: "other", noting: QuarantineAct(.looked, note)) == nil)
            let released = try await quarantine.release(message.id, tenant: nil, evenInfected: false, noting: note)
            if count == 1 {
                #expect(released.answer == .isInfected && released.octets == nil)
            } else {
                #expect(released.octets == octets)
                let again = try await quarantine.release(message.id, tenant: nil, evenInfected: false, noting: note)
                #expect(again.answer == .isNow(.released) && again.octets == nil)
            }
            _ = try await store.delete(message.id, tenant: nil, seenAs: count == 1 ? .kept : .released, noting: note)
            let gone = try #require(try await quarantine.message(message.id, tenant: "plain", noting: QuarantineAct(.looked, note)))
            #expect(gone.octets == nil && gone.message.state == .deleted)
            #expect(try await quarantine.release(message.id, tenant: nil, evenInfected: true, noting: note).answer == .isNow(.deleted))
        }
        await #expect(throws: QuarantineTrouble.tooLarge(octets: 300_001, limit: 300_000)) {
            try await quarantine.keep(.sample(at: .present), octets: [UInt8](repeating: 0, count: 300_001))
        }
        #expect(try await quarantine.release(VerdictID(at: .present), tenant: nil, evenInfected: true, noting: note).answer == .isMissing)
    }

    private func inSeveralPieces(_ store: PostgresQuarantine) async throws {
        let quarantine = try quarantine(store)
        var random = SeededGenerator(13)
        let octets = (0..<1_250_000).flatMap { _ in let number = random.next(); return (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
        let message = KeptMessage.sample(tenant: "large", at: .present)
        #expect(try await quarantine.keep(message, octets: octets))
        #expect(try await quarantine.message(message.id, tenant: nil, noting: QuarantineAct(.fetched, note))?.octets == octets)
    }

    /// What PostgreSQL does not take as it is, is kept all the same.
    private func hostileText(_ store: PostgresQuarantine) async throws {
        let long = String(repeating: "İ\u{0}", count: 3000)
        var message = KeptMessage.sample(tenant: "hostile", at: .present)
        (message.subject, message.from, message.messageID, message.codes) = (long, long, long, [long])
        message.mailFrom = HistoryPath(long); message.recipients = [HistoryPath(long), HistoryPath("\u{0}@example.net")]
        (message.receivedAt, message.expiresAt, message.score) = (Timestamp(microseconds: .min), Timestamp(microseconds: .max), .infinity)
        #expect(try await store.keep(message, [1]))
        let by = QuarantineNote(by: long, at: Timestamp(microseconds: .max), reason: long)
        #expect(try await store.message(message.id, tenant: "hostile", noting: QuarantineAct(.looked, by))?.sealed == [1])
        let entry = try #require(try await store.acts(of: message.id, tenant: nil).first)
        #expect(entry.note.by.utf8.count <= 1000 && entry.note.reason?.utf8.count ?? 1001 <= 1000)
        var filter = QuarantineFilter()
        (filter.tenant, filter.sender, filter.messageID, filter.code) = ("hostile", message.mailFrom, message.messageID, message.codes.first)
        #expect(try await store.messages(matching: filter, before: nil, limit: 10).map(\.id) == [message.id])
    }

    /// Everything at once with the same messages of several tenants: nobody waits in a circle, and the books are right.
    private func removalBesideKeeping(_ stores: [PostgresQuarantine]) async throws {
        let end = Timestamp.present.adding(seconds: -500_000_000), note = note
        let messages = (0..<24).map { place in
            var message = KeptMessage.sample(tenant: "busy-\(place % 4)", at: .present)
            message.expiresAt = end.adding(seconds: -1 - place)
            return message
        }
        let (kept, gone) = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for round in 0..<10 {
                for store in stores {
                    group.addTask {
                        var new = 0
                        for message in round % 2 == 0 ? messages : messages.reversed() {
                            if try await store.keep(message, [1, 2]) { new += 1 }
                            switch (round + message.recipients.count) % 3 {
                            case 0: _ = try await store.release(message.id, tenant: nil, evenInfected: true, noting: note)
                            case 1: _ = try await store.delete(message.id, tenant: nil, seenAs: .kept, noting: note)
                            default: _ = try await store.message(message.id, tenant: nil, noting: QuarantineAct(.looked, note))
                            }
                        }
                        return (new, 0)
                    }
                    group.addTask { (0, try await store.remove(expiredBefore: end)) }
                }
            }
            return try await group.reduce(into: (0, 0)) { $0.0 += $1.0; $0.1 += $1.1 }
        }
        #expect(kept - gone == (try await stores[0].remove(expiredBefore: end)))
        for place in 0..<4 { #expect(try await stores[1].usage(tenant: "busy-\(place)") == QuarantineUsage(messages: 0, octets: 0)) }
    }

    private func removalInPortions(_ store: PostgresQuarantine, _ pool: PostgresPool) async throws {
        let end = Timestamp.present.adding(seconds: -1_000_000_000)
        for place in 0..<450 {
            var message = KeptMessage.sample(tenant: "portion-\(place % 2)", at: .present)
            message.expiresAt = end.adding(seconds: -1 - place)
            #expect(try await store.keep(message, [1, 2, 3]))
        }
        // As if they were large: each is a portion by itself.
        try await pool.execute("UPDATE quarantine SET sealed_size = 100000000 WHERE tenant_id = 'portion-1' AND expires_at > $1::timestamptz",
                               [.text(end.adding(seconds: -8).description)], by: soon)
        try await pool.execute("UPDATE quarantine_usage SET octets = (SELECT sum(sealed_size) FROM quarantine WHERE tenant_id = 'portion-1') WHERE tenant_id = 'portion-1'", by: soon)
        #expect(try await store.remove(expiredBefore: end) == 450)
        for place in 0..<2 { #expect(try await store.usage(tenant: "portion-\(place)") == QuarantineUsage(messages: 0, octets: 0)) }
    }
}
