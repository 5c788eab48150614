import Cryptography
import DNS
import TestSupport
import Testing
import Verdicts

@Suite struct MessageSealTests {
    private func seal(_ key: UInt8 = 1) throws -> MessageSeal { MessageSeal(try #require(MasterKey([UInt8](repeating: key, count: 32)))) }

    private func message(_ size: Int, tenant: String = "t") -> KeptMessage {
        let time = Timestamp(microseconds: 1_795_428_000_123_456)
        return KeptMessage(id: VerdictID(high: 1, low: 2), tenant: tenant, receivedAt: time, keptAt: time, expiresAt: time, state: .kept, size: size,
                           digest: [UInt8](repeating: 3, count: 32), isInfected: false, score: 0, clientIP: .v4(0), mailFrom: nil, recipients: [], from: nil, subject: nil, messageID: nil, codes: [])
    }

    private func opened(_ seal: MessageSeal, _ sealed: [UInt8], _ message: KeptMessage) -> Result<[UInt8], SealTrouble> {
        do throws(SealTrouble) { return .success(try seal.open(sealed, of: message)) } catch { return .failure(error) }
    }

    @Test func whatIsSealedIsOpened() throws {
        var random = SeededGenerator(5)
        let seal = try seal()
        for round in 0..<200 {
            let count = Int.random(in: 0..<(round < 190 ? 3_000 : 500_000), using: &random), letters: UInt8 = round % 2 == 0 ? 3 : 255
            let octets = (0..<count).map { _ in UInt8.random(in: 0..<letters, using: &random) }, message = message(count)
            let sealed = try seal.seal(octets, of: message)
            #expect(try seal.open(sealed, of: message) == octets)
            #expect(try seal.seal(octets, of: message) != sealed, "each time under another nonce")
            // One octet that was changed, anywhere.
            var altered = sealed
            altered[Int.random(in: altered.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            #expect(opened(seal, altered, message) == .failure(.doesNotOpen))
        }
    }

    @Test func everyCutAndEveryBit() throws {
        let seal = try seal(), octets = Array("Subject: x\r\n\r\nhello hello hello\r\n".utf8), message = message(octets.count), sealed = try seal.seal(octets, of: message)
        for count in 0..<sealed.count { #expect(opened(seal, Array(sealed.prefix(count)), message) == .failure(.doesNotOpen), "\(count)") }
        for place in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[place] ^= 1 << UInt8(bit)
                #expect(opened(seal, altered, message) == .failure(.doesNotOpen), "\(place), \(bit)")
            }
        }
        #expect(opened(seal, sealed + [0], message) == .failure(.doesNotOpen))
    }

    @Test func boundToItsPlace() throws {
        let rows: [(String, (inout KeptMessage) -> Void)] = [
            ("another id", { $0.id = VerdictID(high: 1, low: 3) }), ("another tenant", { $0.tenant = "u" }),
            ("another size", { $0.size += 1 }), ("a size below zero", { $0.size = .min }),
            ("another digest", { $0.digest[31] = 4 }), ("infected", { $0.isInfected = true }),
            // Where one ends and the next begins cannot be moved.
            ("a tenant that names an id", { $0.tenant = "t\0" + $0.id.description }), ("no tenant", { $0.tenant = "" }),
        ]
        let seal = try seal(), sealed = try seal.seal([1, 2, 3], of: message(3))
        for (name, change) in rows {
            var moved = message(3)
            change(&moved)
            #expect(opened(seal, sealed, moved) == .failure(.doesNotOpen), "\(name)")
        }
    }

    @Test func whatMayChangeAndWhatMayNot() throws {
        let seal = try seal(), octets: [UInt8] = [1, 2, 3], sealed = try seal.seal(octets, of: message(3))
        #expect(try opened(self.seal(2), sealed, message(3)) == .failure(.doesNotOpen), "another master key")
        var later = message(3)
        (later.state, later.subject, later.expiresAt) = (.released, "x", Timestamp(microseconds: 0))
        #expect(opened(seal, sealed, later) == .success(octets))
    }

    /// What the holder of the key sealed under a size that is not so.
    @Test func neverMoreThanTheSize() throws {
        let key = try #require(MasterKey([UInt8](repeating: 1, count: 32))), seal = MessageSeal(key)
        #expect(throws: SealTrouble.otherSize) { try seal.seal([1, 2, 3], of: message(2)) }
        #expect(throws: SealTrouble.tooLarge(octets: MessageSeal.octetLimit + 1, limit: MessageSeal.octetLimit)) { try seal.open([], of: message(MessageSeal.octetLimit + 1)) }
        let one = message(10), context = Array("quarantine\0t\0\(one.id.description)\0\(10)\0\(one.digest.hexadecimal)\0-".utf8)
        #expect(try opened(seal, key.seal(Array("no gzip".utf8), for: context), one) == .failure(.damaged("damaged: incorrect header check")))
        // hello hello hello: 17 octets, not 10
        let packed: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90, 0, 0x80, 0x88, 0xf9, 0xe5, 0x11, 0, 0, 0]
        #expect(try opened(seal, key.seal(packed, for: context), one) == .failure(.otherSize))
        #expect(try opened(seal, key.seal([], for: context), one) == .failure(.damaged("ends too early")))
    }

    /// Zeros compress a thousandfold; they come back all the same.
    @Test func theEmptiestMessage() throws {
        let seal = try seal(), octets = [UInt8](repeating: 0, count: 20_000_000), message = message(octets.count), sealed = try seal.seal(octets, of: message)
        #expect(sealed.count < 30_000)
        #expect(try seal.open(sealed, of: message) == octets)
    }
}
