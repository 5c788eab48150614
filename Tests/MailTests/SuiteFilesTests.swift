import Mail
import TestSupport
import Testing

/// Messages of other projects and of the wild: whatever they are, they are read.
@Suite struct SuiteFilesTests {
    @Test(Suites.needed(), arguments: ["mime", "peer", "av", "sa-spam"]) func everyFileIsRead(_ folder: String) throws {
        var count = 0
        for path in try Suites.files(folder) {
            let octets = try Suites.octets(path)
            guard octets.count < 8_000_000 else { continue }
            let message = Message(octets: octets)
            if message.octets != octets { Issue.record("\(path) is not kept") }
            MessageTests.check(message)
            count += 1
        }
        #expect(count > 30)
    }

    /// The seeds of the fuzzers, and what they once found.
    @Test func seedsOfTheFuzzers() throws {
        for name in ["Message", "HeaderSection", "Address"] {
            for (_, octets) in try FuzzSeeds(name, atLeast: 8).all {
                let message = Message(octets: octets)
                #expect(message.octets == octets)
                MessageTests.check(message)
                let section = HeaderSection(octets: octets)
                #expect(section.fields.allSatisfy { $0.octets.count == $0.range.count })
                let text = String(decoding: octets, as: UTF8.self)
                #expect(MailAddress.parse(list: text).count <= MessageLimits().addresses)
                if let address = try? MailAddress.path(text) { #expect(!address.localPart.utf8.contains(0)) }
            }
        }
    }
}
