import JSON
import Notices
import Testing
import Verdicts

@Suite struct NoticeTests {
    private func text(_ notice: Notice) -> String { String(decoding: notice.octets, as: UTF8.self) }

    @Test func whatIsTold() throws {
        let id = try #require(VerdictID("0190163d-8694-739b-aea5-966c26f8ad91")), time = Timestamp(milliseconds: 1_800_000_000_123)
        let notice = Notice(id: id, tenant: "a\"b", kind: .senderFrozen, subject: "mailbox/anna@example.org", at: time, details: Array(#"{"limit":1}"#.utf8), key: "k")
        #expect(text(notice) == #"{"id":"0190163d-8694-739b-aea5-966c26f8ad91","type":"sender.frozen","tenant":"a\"b","subject":"mailbox/anna@example.org","timestamp":"2027-01-15T08:00:00.123000Z","data":{"limit":1}}"#)
        #expect(text(Notice(id: id, tenant: "t", kind: .limitNear, at: time)) == #"{"id":"0190163d-8694-739b-aea5-966c26f8ad91","type":"limit.near","tenant":"t","timestamp":"2027-01-15T08:00:00.123000Z","data":{}}"#)
        #expect(Notice(tenant: "t", kind: .limitNear, at: time).id.time == Timestamp(milliseconds: 1_800_000_000_123))
        let test = Notice.test(of: "panel", tenant: "t", at: time)
        #expect(test.subject == "webhook/panel" && test.kind == .webhookTest && String(decoding: test.details, as: UTF8.self) == #"{"webhook":"panel"}"#)
    }

    @Test func whatAWebhookTakes() {
        let frozen = Notice(tenant: "a", kind: .senderFrozen, at: Timestamp(milliseconds: 0)), near = Notice(tenant: "b", kind: .limitNear, at: Timestamp(milliseconds: 0)), test = Notice.test(of: "w", tenant: "b", at: Timestamp(milliseconds: 0))
        let table: [(WebhookSubscription, [Bool])] = [
            (WebhookSubscription(name: "w"), [true, true, true]), (WebhookSubscription(name: "v"), [true, true, false]),
            (WebhookSubscription(name: "w", tenant: "a"), [true, false, true]), (WebhookSubscription(name: "w", tenant: "a", kinds: [.limitNear]), [false, false, true]),
            (WebhookSubscription(name: "v", kinds: [.limitNear, .webhookTest]), [false, true, false]),
        ]
        for (subscription, wanted) in table { #expect([frozen, near, test].map(subscription.takes) == wanted, "\(subscription)") }
    }

    @Test func whenItIsTriedAgain() {
        var pacing = NoticePacing()
        for (attempt, plain) in [(0, 5), (1, 5), (2, 30), (3, 120), (4, 600), (5, 3600), (6, 10_800), (7, 21_600), (8, 21_600), (.max, 21_600)] {
            for _ in 0..<100 {
                let pause = pacing.pause(after: attempt, age: 0) ?? 0
                #expect(pause >= plain * 900 && pause <= plain * 1100, "\(attempt): \(pause)")
            }
        }
        #expect(Set((0..<100).compactMap { _ in pacing.pause(after: 7, age: 0) }).count > 1, "not all at once")
        pacing.jitter = 0
        #expect(pacing.pause(after: 1, age: pacing.giveUpAfter - 5000) == 5000)
        #expect(pacing.pause(after: 1, age: pacing.giveUpAfter - 4999) == nil && pacing.pause(after: 1, age: .max) == nil)
        // For three days, and not much less.
        var age = 0, attempts = 1
        while let pause = pacing.pause(after: attempts, age: age) { age += pause; attempts += 1 }
        #expect(age > pacing.giveUpAfter - 21_600_000 && attempts == 18, "\(attempts)")
        pacing.pauses = []
        #expect(pacing.pause(after: 1, age: 0) == nil)
    }
}
