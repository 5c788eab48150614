internal import Cryptography
package import DKIM
internal import DNS
package import JSON
internal import Verdicts

/// A signing key as the API and the command line show it: never its private half.
package struct SigningKeyDocument: JSONWritable {
    package let key: SigningKey
    package let schedule: KeySchedule
    /// Whether it is the one that signs for its domain; nil where that is not known here.
    package let signs: Bool?

    package init(_ key: SigningKey, schedule: KeySchedule, signs: Bool?) { self.key = key; self.schedule = schedule; self.signs = signs }

    /// - Parameter keys: those of whole domains, so that it is known who signs.
    package static func all(_ keys: [SigningKey], schedule: KeySchedule) -> [SigningKeyDocument] {
        let signers = Dictionary(grouping: keys, by: \.place).mapValues { keys in
            let family = KeyFamily(keys)
            return [KeyKind.rsa, .ed25519].compactMap { family.signer($0, schedule: schedule)?.selector }
        }
        return keys.map { SigningKeyDocument($0, schedule: schedule, signs: signers[$0.place]?.contains($0.selector) ?? false) }
    }

    package func write(to json: inout JSONWriter) {
        func moment(_ name: String, _ seconds: Int?) {
            if let seconds { json.key(name); json.string(Timestamp(microseconds: 0).adding(seconds: seconds).description) }
        }
        json.openObject()
        json.key("tenant"); json.string(key.tenant)
        json.key("domain"); json.string(key.domain.text)
        json.key("selector"); json.string(key.selector.text)
        json.key("kind"); json.string(key.kind.rawValue)
        json.key("bits"); json.integer(key.bits)
        json.key("imported"); json.bool(key.isImported)
        json.key("state"); key.state.write(to: &json)
        if let signs { json.key("signs"); json.bool(signs) }
        moment("created_at", key.createdAt)
        json.key("created_by"); json.string(key.createdBy)
        moment("published_at", key.publishedAt)
        moment("activated_at", key.activatedAt)
        moment("retiring_at", key.retiringAt)
        moment("retired_at", key.retiredAt)
        moment("changed_at", key.changedAt)
        json.key("changed_by"); json.string(key.changedBy)
        if let check = key.check {
            json.key("check")
            json.openObject()
            moment("at", check.at)
            json.key("sighting"); json.string(check.sighting.word)
            if let detail = check.sighting.detail { json.key("detail"); json.string(detail) }
            json.closeObject()
        }
        moment("wrong_since", key.isBroken(schedule) ? key.faultSince : nil)
        moment("next_check_at", key.nextCheckAt)
        if let record = key.record { json.key("record"); write(record, to: &json) }
        json.closeObject()
    }

    private func write(_ record: KeyRecordText, to json: inout JSONWriter) {
        json.openObject()
        json.key("name"); json.string(record.owner.text)
        json.key("type"); json.string("TXT")
        json.key("value"); json.string(record.text)
        json.key("strings"); record.strings.write(to: &json)
        json.key("quoted"); json.string(record.quoted)
        json.key("zone_file"); json.string(record.zoneFile())
        json.closeObject()
    }
}
