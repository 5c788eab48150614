internal import DNS
internal import Letters
package import Mail

/// Takes the features of a message.
/// Limits: ``FeatureLimits``; the work is linear in what they let through.
package struct FeatureReader: Sendable {
    package let limits: FeatureLimits

    package init(limits: FeatureLimits = FeatureLimits()) { self.limits = limits }

    package func features(of message: Message) -> MessageFeatures { MessageFeatures(collect(message, wanted: nil)) }

    /// What features are, to a reader of a verdict.
    /// - Parameter wanted: features of this message.
    /// - Returns: names such as `received: dsl`, `free viagra`, `"MIME"`; those that the message does not have are left out.
    package func names(of wanted: Set<UInt32>, in message: Message) -> [UInt32: String] { collect(message, wanted: wanted).names }

    private func collect(_ message: Message, wanted: Set<UInt32>?) -> FeatureCollector {
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
        FactReader(message, text, limits: limits).add(to: &collector)
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
            let value = Self.hasEncodedWord(raw) ? FoldedText(field.text).octets[...] : raw
            let name = FeatureHash.text(ASCII.lowercased(field.nameOctets.prefix(64))[...])
            var count = 0
            WordCutter.cut(value) { word in
                let lowered = ASCII.lowercased(word)
                collector.add(FeatureHash.text(lowered[...], name), "\(field.name.lowercased()): \(ASCII.text(lowered[...]))")
                count &+= 1
                return count < limits.fieldWords
            }
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
        let hidden = FeatureHash.text("hidden")
        var count = 0
        WordCutter.cut(text.hidden.octets[...]) { word in
            collector.add(FeatureHash.text(word, hidden), "hidden: \(ASCII.text(word))")
            count &+= 1
            return count < limits.words / 4
        }
        for url in message.urls.prefix(limits.links) { addLink(url, &collector) }
    }

    private func addLink(_ url: MailURL, _ collector: inout FeatureCollector) {
        let host = ASCII.lowercased(Array(url.host.utf8.prefix(256))[...])
        collector.add(FeatureHash.text(host[...], FeatureHash.text("host")), "link to \(ASCII.text(host[...]))")
        let site = host[RegistrableName.start(in: host[...])...]
        collector.add(FeatureHash.text(site, FeatureHash.text("site")), "link to site \(ASCII.text(site))")
        if let dot = site.lastIndex(of: ASCII.dot) { collector.add(FeatureHash.text(site[dot...], FeatureHash.text("top")), "link below \(ASCII.text(site[dot...]))") }
        let path = FeatureHash.text("path")
        var count = 0
        WordCutter.cut(Array(url.raw.utf8.prefix(256))[...]) { word in
            collector.add(FeatureHash.text(word, path), "link with \(ASCII.text(word))")
            count &+= 1
            return count < 20
        }
    }
}

/// Three words in a row, of which the last is paired with those before it.
private struct WordWindow {
    private var last: (hash: UInt64, range: Range<Int>)?, before: (hash: UInt64, range: Range<Int>)?

    mutating func add(_ range: Range<Int>, _ octets: [UInt8], _ collector: inout FeatureCollector) {
        let word = octets[range], hash = FeatureHash.text(word)
        collector.add(hash, ASCII.text(word))
        if let last { collector.add(FeatureHash.pair(last.hash, hash), ASCII.text(octets[last.range]) + " " + ASCII.text(word)) }
        if let before { collector.add(FeatureHash.pair(before.hash &+ 1, hash), ASCII.text(octets[before.range]) + " … " + ASCII.text(word)) }
        before = last
        last = (hash, range)
    }
}
