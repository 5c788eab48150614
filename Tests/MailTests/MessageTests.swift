import Testing
import Mail

@Suite struct MessageTests {
    @Test func anEmptyMessageIsAMessage() {
        let message = Message(octets: [])
        #expect(message.parts.count == 1)
        #expect(message.has(.missingFrom) && message.has(.missingDate))
        #expect(message.texts.isEmpty && message.urls.isEmpty && message.attachments.isEmpty)
    }
}
