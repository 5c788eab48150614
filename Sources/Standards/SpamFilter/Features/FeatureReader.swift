internal import ContentRules
internal import DNS
internal import Letters
package import Mail

/// Takes the features of a message.
/// Limits: ``FeatureLimits``; the work is linear in what they let through.
package struct FeatureReader: Sendable {
    package let limits: FeatureLimits

    package init(limits: FeatureLimits = FeatureLimits()) { self.limits = limits }

    /// - Parameter findings: codes of what the checks found, such as `spf.fail` or `url.shortener`; what could not be known is left out, and so
    ///   is no feature. Nil where nobody has looked: the content rules are asked, of which the message itself is enough.
    package func features(of message: Message, findings: [String]? = nil) -> MessageFeatures { MessageFeatures(collect(message, findings ?? Self.rules(message), wanted: nil)) }

    /// What features are, to a reader of a verdict.
    /// - Parameters:
    ///   - wanted: features of this message.
    ///   - findings: as the features were taken with.
    /// - Returns: names such as `received: dsl`, `free viagra`, `"MIME"`; those that the message does not have are left out.
    package func names(of wanted: Set<UInt32>, in message: Message, findings: [String]? = nil) -> [UInt32: String] { collect(message, findings ?? Self.rules(message), wanted: wanted).names }

    /// The content rules that a message meets by itself, of whose envelope nothing is known.
    package static func rules(_ message: Message) -> [String] {
        let taken = message.received.first?.date ?? message.date
        return ContentSubject(message: message, recipients: [], receivedAt: taken?.secondsSince1970 ?? 0).hits().map(\.code)
    }

    private func collect(_ message: Message, _ findings: [String], wanted: Set<UInt32>?) -> FeatureCollector {
        var collector = FeatureCollector(wanted: wanted)
        let text = ReadText(message, limits: limits)
        collector.addGrams(message.octets[message.header.range], limit: limits.headOctets)
        collector.endView()
        addHeadWords(message, &collector)
        collector.endView()
        collector.addGrams(body(message, text), limit: limits.bodyOctets)
        collector.endView()
        addWords(message, text, &collector)
        collector.endView()
        FactReader(message, text, limits: limits).add(to: &collector, findings)
        collector.endView()
        return collector
    }

    /// The body as it came; where its first text is in base64, which says nothing by itself, the text.
    private func body(_ message: Message, _ text: ReadText) -> ArraySlice<UInt8> {
        if let first = message.texts.first, first.part < message.parts.count, message.parts[first.part].transferEncoding == .base64 { return text.folded.octets[...] }
        return message.octets[min(message.header.range.upperBound, message.octets.count)...].drop { $0 == ASCII.cr || $0 == ASCII.lf }
    }

    private func addHeadWords(_ message: Message, _ collector: inout FeatureCollector) {
        for field in message.header.fields.prefix(limits.fields) {
            let raw = field.unfolded.prefix(limits.fieldOctets)
            let value = Self.hasEncodedWord(raw) ? FoldedText(field.text).octets : ASCII.lowercased(raw)
            collector.addWords(value, from: field.key, limit: limits.fieldWords) { "\(field.name.lowercased()): \($0)" }
        }
    }

    private static func hasEncodedWord(_ octets: ArraySlice<UInt8>) -> Bool {
        var last: UInt8 = 0
        for octet in octets {
            if last == ASCII.equals, octet == ASCII.question { return true }
            last = octet
        }
        return false
    }

    private func addWords(_ message: Message, _ text: ReadText, _ collector: inout FeatureCollector) {
        var window = WordWindow()
        for word in text.words { window.add(word, text.folded.octets, &collector) }
        collector.addWords(text.hidden.octets, from: FeatureHash.text("hidden"), limit: limits.words / 4) { "hidden: \($0)" }
        for url in message.urls.prefix(limits.links) { addLink(url, &collector) }
    }

    private func addLink(_ url: MailURL, _ collector: inout FeatureCollector) {
        let host = ASCII.lowercased(url.host.octets(256)[...])
        collector.add(FeatureHash.text(host[...], FeatureHash.text("host")), "link to \(ASCII.text(host[...]))")
        let site = host[RegistrableName.start(in: host[...])...]
        collector.add(FeatureHash.text(site, FeatureHash.text("site")), "link to site \(ASCII.text(site))")
        if let dot = site.lastIndex(of: ASCII.dot) { collector.add(FeatureHash.text(site[dot...], FeatureHash.text("top")), "link below \(ASCII.text(site[dot...]))") }
        collector.addWords(url.raw.octets(256), from: FeatureHash.text("path"), limit: 20) { "link with \($0)" }
    }
}

/// Three words in a row, of which the last is paired with those before it.
private struct WordWindow {
    private var last: (hash: UInt64, range: Range<Int>)?, before: (hash: UInt64, range: Range<Int>)?

    mutating func add(_ range: Range<Int>, _ octets: [UInt8], _ collector: inout FeatureCollector) {
        let hash = FeatureHash.text(octets, range)
        collector.add(hash, ASCII.text(octets[range]))
        if let last { collector.add(FeatureHash.pair(last.hash, hash), ASCII.text(octets[last.range]) + " " + ASCII.text(octets[range])) }
        if let before { collector.add(FeatureHash.pair(before.hash &+ 1, hash), ASCII.text(octets[before.range]) + " … " + ASCII.text(octets[range])) }
        before = last
        last = (hash, range)
    }
}
