import Cryptography
import DNS
import TestStores
import Testing
import Threads
import Verdicts

@Suite struct QuarantineDeskTests {
    private let store = MemoryQuarantine()
    private let note = QuarantineNote(by: "test", at: Timestamp(microseconds: 1_795_428_000_000_000), reason: "asked for")
    private let octets = Array("Subject: x\r\n\r\nHello\r\n".utf8)

    private func desk(_ relay: FakeRelay?) throws -> QuarantineDesk {
        QuarantineDesk(Quarantine(store, seal: MessageSeal(try #require(MasterKey([UInt8](repeating: 7, count: 32)))), sealers: QueueRound(label: "test.sealers", width: 1)), relay: relay)
    }

    private func kept(_ desk: QuarantineDesk, isInfected: Bool = false, _ change: (inout KeptMessage) -> Void = { _ in }) async throws -> KeptMessage {
        var message = KeptMessage.sample(tenant: "blue", at: note.at, isInfected: isInfected)
        change(&message)
        #expect(try await desk.quarantine.keep(message, octets: octets))
        return message
    }

    private static func wish(_ change: (inout QuarantineDesk.Wish) -> Void = { _ in }) -> QuarantineDesk.Wish {
        var wish = QuarantineDesk.Wish()
        change(&wish)
        return wish
    }

    @Test func everyRecipientGetsItAndEachIsToldOf() async throws {
        let relay = FakeRelay { mail in
            switch mail.recipient.first {
            case "a": .accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 ok"))
            case "b": .refused(RelayReply(stage: .rcpt, code: 550, text: "5.1.1 nobody"))
            case "c": .deferred(nil, why: "nobody answers")
            default: .unanswered(why: "it went away")
            }
        }
        let desk = try desk(relay)
        let message = try await kept(desk) { $0.recipients = ["a", "b", "c", "d", "a1", "a2", "no mailbox"].map { HistoryPath($0.count < 3 ? "\($0)@example.net" : $0) } }
        guard case .released(let now, let deliveries) = try await desk.release(message.id, tenant: "blue", Self.wish(), noting: note) else { Issue.record("not released"); return }
        #expect(now.state == .released)
        #expect(deliveries.map(\.recipient) == message.recipients.map(\.text))
        let words = deliveries.map { delivery in
            switch delivery.outcome {
            case .accepted: "accepted"
            case .refused(let reply): "refused \(reply.code) \(reply.stage.rawValue)"
            case .deferred(_, let why): why
            case .unanswered(let why): why
            }
        }
        #expect(words == ["accepted", "refused 550 rcpt", "nobody answers", "it went away", "accepted", "accepted", "refused 553 local"])
        #expect(relay.taken.allSatisfy { $0.octets == octets && $0.sender == message.mailFrom?.text } && relay.taken.count == 6)
        #expect(try await store.acts(of: message.id, tenant: "blue") == [QuarantineAct(.released, note)])
        // What was not delivered is tried again, for whom it is wished.
        #expect(try await desk.release(message.id, tenant: "blue", Self.wish(), noting: note) == .refused(.isNow(.released)))
        let again = try await desk.release(message.id, tenant: nil, Self.wish { $0.again = true; $0.recipients = ["a9@example.net"] }, noting: note)
        #expect(again == .released(now, [.init(recipient: "a9@example.net", outcome: .accepted(RelayReply(stage: .content, code: 250, text: "2.0.0 ok")))]))
        #expect(try await store.acts(of: message.id, tenant: "blue").map(\.kind) == [.released, .released])
        #expect(try await store.acts(of: message.id, tenant: "blue").first?.note.reason == "asked for; to a9@example.net")
    }

    @Test func infectedOnesStay() async throws {
        let relay = FakeRelay(), desk = try desk(relay), message = try await kept(desk, isInfected: true)
        #expect(try await desk.release(message.id, tenant: "blue", Self.wish(), noting: note) == .refused(.isInfected))
        #expect(relay.taken.isEmpty)
        guard case .released = try await desk.release(message.id, tenant: "blue", Self.wish { $0.evenInfected = true }, noting: note) else { Issue.record("not released"); return }
        #expect(try await desk.release(message.id, tenant: "blue", Self.wish { $0.again = true }, noting: note) == .refused(.isInfected), "nor again")
        #expect(relay.taken.count == message.recipients.count)
    }

    @Test func wishesThatCannotBeChangeNothing() async throws {
        let desk = try desk(FakeRelay()), without = try self.desk(nil), message = try await kept(desk)
        for (wish, trouble) in [
            (Self.wish { $0.recipients = [] }, ReleaseTrouble.recipients(limit: 100)), (Self.wish { $0.recipients = (0...100).map { "a\($0)@example.net" } }, .recipients(limit: 100)),
            (Self.wish { $0.recipients = ["a@example.net", "a@b\r\nRCPT TO:<x@y>"] }, .noMailbox("a@b\r\nRCPT TO:<x@y>")), (Self.wish { $0.recipients = ["<>"] }, .noMailbox("<>")),
        ] { await #expect(throws: trouble) { _ = try await desk.release(message.id, tenant: "blue", wish, noting: note) } }
        await #expect(throws: ReleaseTrouble.noRelay) { _ = try await without.release(message.id, tenant: "blue", Self.wish(), noting: note) }
        #expect(try await desk.release(message.id, tenant: "red", Self.wish(), noting: note) == .refused(.isMissing), "of another tenant")
        #expect(try await desk.release(VerdictID(at: note.at), tenant: nil, Self.wish { $0.again = true }, noting: note) == .refused(.isMissing))
        #expect(try await store.row(message.id, tenant: nil)?.state == .kept)
        #expect(try await store.acts(of: message.id, tenant: nil).isEmpty)
        guard case .released(_, let deliveries) = try await without.release(message.id, tenant: "blue", Self.wish { $0.delivers = false }, noting: note) else { Issue.record("not released"); return }
        #expect(deliveries.isEmpty)
        _ = try await store.delete(message.id, tenant: nil, seenAs: .released, noting: note)
        #expect(try await desk.release(message.id, tenant: nil, Self.wish { $0.again = true }, noting: note) == .refused(.isNow(.deleted)))
    }
}
