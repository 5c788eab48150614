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
        addBodyGrams(message, text, &collector)
        collector.endView()
        addWords(message, text, &collector)
        collector.endView()
        FactReader(message, text, limits: limits).add(to: &collector, findings)
        collector.endView()
        return collector
    }

    /// The headers of the parts, and of the text that a reader sees, first and last, what came; of base64, which says nothing by itself, the text. What
    /// stands before and between the parts is nobody's text. Without a text, the body as it came.
    private func addBodyGrams(_ message: Message, _ text: ReadText, _ collector: inout FeatureCollector) {
        for part in message.parts.dropFirst().prefix(6) { collector.addGrams(part.headerOctets, limit: limits.partOctets) }
        let shown = text.shown.map(\.part).filter { message.parts.indices.contains($0) }
        guard let first = shown.first, let last = shown.last else {
            return collector.addGrams(message.octets[min(message.header.range.upperBound, message.octets.count)...], limit: limits.bodyOctets)
        }
        let portions = first == last ? [(first, limits.bodyOctets)] : [(first, limits.bodyOctets / 3), (last, limits.bodyOctets * 2 / 3)]
        for (index, limit) in portions {
            let part = message.parts[index]
            collector.addGrams(part.transferEncoding == .base64 ? text.folded.octets[...] : part.body, limit: limit)
        }
    }

    private func addHeadWords(_ message: Message, _ collector: inout FeatureCollector) {
        for field in message.header.fields.prefix(limits.fields) {
            let raw = field.unfolded.prefix(limits.fieldOctets)
            let value = EncodedWords.mayHaveWords(raw) ? FoldedText(field.text(limit: limits.fieldOctets).octets(limits.fieldOctets)).octets : ASCII.lowercased(raw)
            collector.addWords(value, from: field.key, limit: limits.fieldWords) { "\(field.name.lowercased()): \($0)" }
        }
    }

    private func addWords(_ message: Message, _ text: ReadText, _ collector: inout FeatureCollector) {
        let octets = text.folded.octets
        // Unsafe and sound: the words stand in this text.
        unsafe octets.withUnsafeBufferPointer { folded in
            var window = WordWindow()
            for word in text.words { window.add(word, unsafe FeatureHash.text(folded, word), octets, &collector) }
        }
        collector.addWords(text.unshown.octets, from: FeatureHash.text("unshown"), limit: limits.words / 4) { "not shown: \($0)" }
        collector.addWords(text.hidden.octets, from: FeatureHash.text("hidden"), limit: limits.words / 4) { "hidden: \($0)" }
        for url in message.urls.prefix(limits.links) { addLink(url, &collector) }
    }

    private func addLink(_ url: MailURL, _ collector: inout FeatureCollector) {
        let host = ASCII.lowercased(url.host.octets(256)[...])
        collector.add(FeatureHash.text(host[...], FeatureHash.border(FeatureHash.text("host"))), "link to \(ASCII.text(host[...]))")
        let site = host[RegistrableName.start(in: host[...])...]
        collector.add(FeatureHash.text(site, FeatureHash.border(FeatureHash.text("site"))), "link to site \(ASCII.text(site))")
        if let dot = site.lastIndex(of: ASCII.dot) { collector.add(FeatureHash.text(site[dot...], FeatureHash.border(FeatureHash.text("top"))), "link below \(ASCII.text(site[dot...]))") }
        collector.addWords(url.raw.octets(256), from: FeatureHash.text("path"), limit: 20) { "link with \($0)" }
    }
}

/// Three words in a row, of which the last is paired with those before it.
private struct WordWindow {
    private var last: (hash: UInt64, range: Range<Int>)?, before: (hash: UInt64, range: Range<Int>)?

    /// - Parameter octets: where the words stand, for their names.
    @inline(__always)
    mutating func add(_ range: Range<Int>, _ hash: UInt64, _ octets: [UInt8], _ collector: inout FeatureCollector) {
        collector.add(hash, ASCII.text(octets[range]))
        if let last { collector.add(FeatureHash.pair(last.hash, hash), ASCII.text(octets[last.range]) + " " + ASCII.text(octets[range])) }
        if let before { collector.add(FeatureHash.pair(before.hash &+ 1, hash), ASCII.text(octets[before.range]) + " … " + ASCII.text(octets[range])) }
        before = last
        last = (hash, range)
    }
}
