import Mail
import SpamFilter
import TestSupport

/// Messages that tests write: a handful of words by class, mixed by a seeded generator.
enum SamplePost {
    private static let spamWords = ["pills", "cheap", "winner", "casino", "replica", "bonus", "click", "lottery", "unlock", "wire"]
    private static let hamWords = ["meeting", "minutes", "patch", "review", "lunch", "draft", "garden", "school", "report", "branch"]
    private static let words = ["the", "a", "please", "today", "we", "you", "with", "for", "that", "next", "week", "is"]

    static func octets(isSpam: Bool, _ generator: inout SeededGenerator) -> [UInt8] {
        let own = isSpam ? spamWords : hamWords
        func text(_ count: Int) -> String {
            (0..<count).map { _ in Int.random(in: 0..<3, using: &generator) == 0 ? own.randomElement(using: &generator) ?? "" : words.randomElement(using: &generator) ?? "" }.joined(separator: " ")
        }
        let number = Int.random(in: 1_000...999_999, using: &generator)
        let head = isSpam
            ? ["Received: from [192.0.2.\(number % 250)] (dsl-\(number).example.net [192.0.2.7]) by mx.example.org with SMTP; Mon, 2 Mar 2026 10:00:00 +0000", "From: \"Best Offer\" <x\(number)@offers\(number % 40).example>", "X-Mailer: Blaster 5.\(number % 7)"]
            : ["Received: from mail.example.com (mail.example.com [198.51.100.4]) by mx.example.org with ESMTPS id \(number); Mon, 2 Mar 2026 10:00:00 +0000", "From: Ann Miller <ann.miller@example.com>", "In-Reply-To: <\(number - 1)@example.org>", "User-Agent: Mutt/2.\(number % 3)"]
        return Array((head + ["To: bob@example.org", "Subject: \(text(5))", "Date: Mon, 2 Mar 2026 09:59:58 +0000", "Message-ID: <\(number)@\(isSpam ? "host" : "example.com")>", "", text(60), text(40), ""]).joined(separator: "\r\n").utf8)
    }

    static func features(isSpam: Bool, _ generator: inout SeededGenerator) -> MessageFeatures { FeatureReader().features(of: Message(octets: octets(isSpam: isSpam, &generator))) }

    /// A model that has learned so many of each class.
    static func model(_ count: Int, seed: UInt64 = 7) -> SpamModel {
        let model = SpamModel(bits: 18)
        var generator = SeededGenerator(seed)
        for place in 0..<(2 * count) { _ = model.learn(features(isSpam: place.isMultiple(of: 2), &generator), isSpam: place.isMultiple(of: 2)) }
        return model
    }
}
