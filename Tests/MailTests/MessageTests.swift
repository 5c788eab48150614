import Mail
import Testing

@Suite struct MessageTests {
    @Test func anEmptyMessageIsAMessage() {
        let message = Message(octets: [])
        #expect(message.parts.count == 1)
        #expect(message.has(.missingFrom) && message.has(.missingDate))
        #expect(message.texts.isEmpty && message.urls.isEmpty && message.attachments.isEmpty)
    }

    @Test func everyPrefixIsAMessage() {
        for (_, octets) in Sample.kinds {
            for end in 0...octets.count {
                let message = Message(octets: Array(octets[..<end]))
                #expect(message.octets.count == end)
                Self.check(message)
            }
        }
    }

    @Test(arguments: 1...8) func mutationsAreMessages(_ seed: UInt64) {
        var random = Sequence(state: seed &* 0x9e37_79b9_7f4a_7c15)
        let spice = Array("\r\n\r\n:;=?\"<>()@[]\\/-- \t\u{0}*'%&#.,bB".utf8) + [0xff, 0xc3, 0xe2]
        for _ in 0..<1_000 {
            var octets = Sample.kinds[Int(random.next() % UInt64(Sample.kinds.count))].octets
            for _ in 0...(random.next() % 12) {
                let at = Int(random.next() % UInt64(max(octets.count, 1)))
                switch random.next() % 4 {
                case 0: octets[at] = spice[Int(random.next() % UInt64(spice.count))]
                case 1: octets.insert(spice[Int(random.next() % UInt64(spice.count))], at: at)
                case 2: octets.removeSubrange(at..<min(at + Int(random.next() % 9), octets.count))
                default: octets.insert(contentsOf: octets[at..<min(at + Int(random.next() % 60), octets.count)], at: Int(random.next() % UInt64(octets.count)))
                }
                if octets.isEmpty { octets = [13] }
            }
            let message = Message(octets: octets)
            #expect(message.octets == octets)
            Self.check(message)
        }
    }

    /// What holds for every message.
    static func check(_ message: Message) {
        for (place, part) in message.parts.enumerated() {
            #expect(part.index == place)
            #expect(part.children.allSatisfy { $0 > place && message.parts[$0].parent == place })
            #expect(part.headerRange.upperBound <= part.bodyRange.lowerBound)
            if part.isInMessage { #expect(part.bodyRange.upperBound <= message.octets.count) }
        }
        #expect(message.digest.count == 32)
        #expect(Set(message.defects.map(\.kind)).count == message.defects.count)
        #expect(message.texts.allSatisfy { $0.part < message.parts.count } && message.attachments.allSatisfy { $0.part < message.parts.count })
    }

    struct Sequence {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    @Test func typedFacts() {
        let message = Sample.message(
            "Received: from a.example ([192.0.2.1]) by b.example; Mon, 1 Jan 2024 00:00:00 +0000", "From: Ann <ann@example.org>", "Sender: s@example.org", "Reply-To: r@example.net",
            "To: t@example.net, u@example.net", "Cc: c@example.net", "Subject: =?utf-8?q?=C3=A4?=", "Message-ID: <1@example.org>", "Date: Mon, 1 Jan 2024 00:00:00 +0000", "", "x")
        #expect(message.from.first?.name == "Ann")
        #expect(message.sender.map(\.address) == ["s@example.org"])
        #expect(message.replyTo.map(\.address) == ["r@example.net"])
        #expect(message.to.map(\.address) == ["t@example.net", "u@example.net"])
        #expect(message.cc.map(\.address) == ["c@example.net"])
        #expect(message.subject == "ä")
        #expect(message.messageID == "<1@example.org>")
        #expect(message.date?.secondsSince1970 == 1_704_067_200)
        #expect(message.received.map(\.helo) == ["a.example"])
        #expect(message.defects.isEmpty)
    }
}
