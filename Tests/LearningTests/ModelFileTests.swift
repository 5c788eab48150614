import Learning
import SpamFilter
import Testing

@Suite struct ModelFileTests {
    private func model() -> SpamModel {
        let model = SpamModel(bits: 16)
        for item in SamplePost.items(5, seed: 1) { _ = model.learn(item.features.features, isSpam: item.isSpam) }
        return model
    }

    @Test func comesBack() throws {
        let octets = ModelFile.octets(of: model()), twin = try ModelFile.model(octets, bits: 16)
        #expect(ModelFile.octets(of: twin) == octets && twin.learned == (5, 5))
    }

    @Test func anythingElseIsRefused() {
        let octets = ModelFile.octets(of: model())
        func refusal(_ octets: [UInt8], bits: Int = 22) -> String? {
            do throws(TrainingTrouble) { _ = try ModelFile.model(octets, bits: bits); return nil } catch { return "\(error)" }
        }
        let rows: [(name: String, octets: [UInt8], says: String)] = [
            ("nothing", [], "begin"), ("text", Array("hello".utf8), "begin"), ("header alone", Array(octets.prefix(40)), "header"),
            ("version", octets.prefix(8) + [2] + octets.dropFirst(9), "version 2"), ("bits", octets.prefix(9) + [25] + octets.dropFirst(10), "no version has"),
            ("cut", octets.dropLast(), "octets"), ("longer", octets + [0], "octets"), ("changed", octets.prefix(100) + [octets[100] ^ 1] + octets.dropFirst(101), "checksum"),
        ]
        for row in rows { #expect(refusal(row.octets)?.contains(row.says) == true, "\(row.name): \(refusal(row.octets) ?? "")") }
        #expect(refusal(octets, bits: 15)?.contains("2^15") == true)
        for end in stride(from: 0, to: octets.count, by: 997) { #expect(refusal(Array(octets.prefix(end))) != nil) }
    }
}
