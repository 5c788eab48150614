internal import Cryptography
internal import DNS
internal import JSON
internal import Learning
internal import Verdicts

/// What was learned, in the words of the API.
enum TrainingDocument {
    /// The members that name a layer.
    static func write(_ layer: TrainingLayer, to json: inout JSONWriter) {
        json.key("layer"); json.string(layer.kind.rawValue)
        if let tenant = layer.tenant { json.key("tenant"); json.string(tenant) }
        if let domain = layer.domain { json.key("domain"); json.string(domain.text) }
    }

    static func write(_ result: TrainingResult, of item: TrainingItem, to json: inout JSONWriter) {
        json.openObject()
        json.key("id"); json.string(result.event.description)
        json.key("digest"); json.string(item.digest.hexadecimal)
        json.key("result")
        switch result {
        case .learned: json.string("learned")
        case .changed: json.string("changed")
        case .known: json.string("known")
        }
        json.closeObject()
    }

    /// - Parameter limit: events that may be kept of its tenant; nil where that is not the caller's.
    static func write(_ count: LayerCount, limit: Int?, to json: inout JSONWriter) {
        let part = LayerMixture.Part(count.layer.kind, logit: 0, spam: count.spam, ham: count.ham), more = max(count.spam, count.ham)
        json.openObject()
        write(count.layer, to: &json)
        json.key("spam"); json.integer(count.spam)
        json.key("ham"); json.integer(count.ham)
        json.key("ready"); json.bool(part.isReady)
        if let limit {
            json.key("events"); json.integer(count.events)
            json.key("events_limit"); json.integer(limit)
        }
        if more >= LayerMixture.fewest, more > 3 * part.learned {
            json.key("warning"); json.string("one class has more than three times the messages of the other: teach it more \(count.spam > count.ham ? "ham" : "spam")")
        }
        json.closeObject()
    }

    static func write(_ source: TrainingSource, to json: inout JSONWriter) {
        json.openObject()
        write(source.layer, to: &json)
        json.key("source"); json.string(source.source)
        json.key("spam"); json.integer(source.spam)
        json.key("ham"); json.integer(source.ham)
        json.key("latest"); json.string(source.latest.description)
        json.closeObject()
    }

    /// A digest in hexadecimal; nil where the text is anything else.
    static func digest(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var octets: [UInt8] = []
        for at in stride(from: 0, to: 64, by: 2) {
            guard let octet = UInt8(String(decoding: digits[at..<(at + 2)], as: UTF8.self), radix: 16), digits[at] != UInt8(ascii: "+") else { return nil }
            octets.append(octet)
        }
        return octets
    }
}
