import DNS
import Foundation
import Testing
import TestStores
import Verdicts

@Suite struct VerdictDocumentTests {
    private func verdict(_ decidedBy: String? = nil) -> Verdict {
        Verdict(id: VerdictID(at: Timestamp(microseconds: 1_000_000)), action: .defer, messageClass: .unknown, score: -0.5, thresholds: Thresholds(tag: 6, quarantine: nil, reject: 15),
                smtp: SMTPReply(code: 451, enhanced: "4.7.1", text: "try \"again\""), findings: [Finding("a.b", "c")],
                headers: HeaderEdits(add: [HeaderToAdd(name: "X", value: "ä")], remove: [HeaderToRemove(name: "Y", place: 2)]), decidedBy: decidedBy)
    }

    @Test func theAnswerHasItsMembersInOrder() throws {
        let one = verdict("a.b")
        let texts = VerdictDocument.answer(verdict: one, evidence: Evidence(), timing: [("parse", 0.125), ("total", 2)])
        #expect(String(decoding: texts.decision, as: UTF8.self) == #"{"thresholds":{"tag":6,"reject":15},"smtp":{"code":451,"enhanced":"4.7.1","text":"try \"again\""},"decided_by":"a.b","headers":{"add":[{"name":"X","value":"ä"}],"remove":[{"name":"Y","place":2}]},"timing_ms":{"parse":0.125,"total":2}}"#)
        #expect(String(decoding: texts.answer, as: UTF8.self) == #"{"id":"\#(one.id)","action":"defer","class":"unknown","score":-0.5,"# + String(decoding: texts.decision.dropFirst().dropLast(), as: UTF8.self)
            + #","findings":[{"code":"a.b","detail":"c","weight":0}],"evidence":{}}"#)
        let read = try JSONDecoder().decode(Verdict.self, from: Data(texts.answer))
        #expect(read == one)
    }

    @Test func historyHasTheSameMembersInTheSameOrder() throws {
        let texts = VerdictDocument.answer(verdict: verdict(), evidence: Evidence(), timing: [("total", 2)])
        var record = VerdictRecord.sample(at: Timestamp(microseconds: 5_000_000), queueID: "q")
        record.findings = texts.findings
        record.evidence = texts.evidence
        record.decision = texts.decision
        let answered = members(texts.answer), kept = members(VerdictDocument.history(record))
        #expect(Array(kept.prefix(answered.count)) == answered)
        #expect(kept.dropFirst(answered.count) == ["envelope", "received_at", "size", "queue_id", "message_id", "subject", "direction", "tenant", "sha256"])
        for octets in [VerdictDocument.history(record), VerdictDocument.row(record.row)] { #expect((try? JSONSerialization.jsonObject(with: Data(octets))) != nil) }
    }

    /// A database may write documents with spaces, or have nothing to say.
    @Test(arguments: ["{}", "{ }", "", " {\"smtp\": {}} ", "{\"thresholds\": {\"tag\": 1}, \"smtp\": {}}"])
    func otherWaysToWriteADecision(_ decision: String) throws {
        var record = VerdictRecord.sample(at: Timestamp(microseconds: 5_000_000))
        record.decision = Array(decision.utf8)
        #expect((try? JSONSerialization.jsonObject(with: Data(VerdictDocument.history(record)))) != nil)
    }

    /// The names of the outermost members in their order.
    private func members(_ json: [UInt8]) -> [String] {
        var names: [String] = [], depth = 0, text: [UInt8]? = nil, last = "", escaped = false
        for octet in json {
            if text != nil {
                if escaped { escaped = false } else if octet == UInt8(ascii: "\\") { escaped = true } else if octet == UInt8(ascii: "\"") { last = String(decoding: text ?? [], as: UTF8.self); text = nil; continue }
                text?.append(octet)
                continue
            }
            switch octet {
            case UInt8(ascii: "\""): text = []
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: names.append(last)
            default: break
            }
        }
        return names
    }
}
