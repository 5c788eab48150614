import Cryptography
import DKIM
import DNS
import Foundation
import Mail
import TestSupport
import Testing

/// What we sign, dkimpy and OpenDKIM verify; what they sign, we verify: 1,000 messages each way, both kinds of key, all canonicalizations.
@Suite(Suites.needed(), .serialized, .longWork) struct DKIMInteropTests {
    /// How the message of a number is signed.
    struct Way {
        let pair: CanonicalizationPair
        let isRSA: Bool

        init(_ number: Int) {
            isRSA = number % 2 == 0
            pair = CanonicalizationPair(header: Canonicalization.allCases[number / 2 % 2], body: Canonicalization.allCases[number / 4 % 2])
        }

        var key: DKIMSigningKey { DKIMSignerTests.key(isRSA ? HandSigner.rsa : HandSigner.ed25519, isRSA ? "sel" : "ed") }
    }

    static func crlf(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for octet in octets {
            if octet == 10, result.last != 13 { result.append(13) }
            result.append(octet)
        }
        return result
    }

    static func paths() throws -> [String] {
        try ["list-usrp-2019-2023", "list-man-2019-2023", "list-openbmc-2019-2023"].flatMap { try Suites.files($0) }.filter { $0.hasSuffix(".eml") }
    }

    /// A thousand with CRLF, as on the wire, without the line of an mbox: messages that are as the standard has them: others do not agree on what the rest is.
    static let mail: [[UInt8]] = {
        var messages: [[UInt8]] = []
        for path in (try? paths()) ?? [] where messages.count < 1_000 {
            guard var octets = try? Suites.octets(path) else { continue }
            if octets.starts(with: Array("From ".utf8)), let end = octets.firstIndex(of: 10) { octets.removeFirst(end + 1) }
            octets = crlf(octets)
            let message = Message(octets: octets)
            if message.has(.malformedHeader) || message.has(.headerWithoutSeparator) || message.has(.nul) || message.has(.bareCR) { continue }
            if (try? DKIMSigner().sign(message, with: [], at: 0)) != nil { messages.append(octets) }
        }
        return messages
    }()

    /// The others sign with the time of the machine.
    let now = Int(Date().timeIntervalSince1970) + 600

    static func write(_ octets: [UInt8], _ path: String) throws { try Data(octets).write(to: URL(fileURLWithPath: path)) }

    static func keys(_ folder: TemporaryFolder) throws {
        try folder.write("sel._domainkey.sender.example \(Way(0).key.record)\ned._domainkey.sender.example \(Way(1).key.record)\n", to: "keys")
        for (name, key) in [("rsa.pem", HandSigner.rsa), ("ed.pem", HandSigner.ed25519)] {
            try folder.write("-----BEGIN PRIVATE KEY-----\n\(Data(key.der).base64EncodedString(options: .lineLength64Characters))\n-----END PRIVATE KEY-----\n", to: name)
        }
        try folder.write(Data(HandSigner.ed25519.der.suffix(32)).base64EncodedString(), to: "ed.seed")
    }

    /// OpenDKIM's reader of files takes white space after the colon away and puts one space there, so that the simple form is another one.
    static func isPlain(_ octets: [UInt8]) -> Bool {
        Message(octets: octets).header.fields.allSatisfy { field in
            let value = field.rawValue
            return value.first == 32 && value.count > 1 && ![32, 9, 13].contains(value[value.startIndex + 1])
        }
    }

    /// Our signatures above the messages, one file each.
    static func signed(_ folder: TemporaryFolder, forOpenDKIM: Bool = false) throws -> Int {
        try keys(folder)
        for (number, octets) in mail.enumerated() {
            var options = DKIMSigningOptions()
            options.canonicalization = Way(number).pair
            if forOpenDKIM, !isPlain(octets) { options.canonicalization.header = .relaxed }
            let field = try #require(try DKIMSigner(options: options).sign(Message(octets: octets), with: [Way(number).key], at: 1_600_000_000).first)
            try write(field.octets + octets, "\(folder.path)/\(number).eml")
        }
        return mail.count
    }

    /// Runs OpenDKIM over messages; what it says is in `out` and `err`, which it writes at once.
    static func openDKIM(_ settings: String, _ numbers: some Sequence<Int>, _ folder: TemporaryFolder) async throws {
        let files = numbers.map { "\($0).eml" }.joined(separator: ",")
        _ = try await ChildProcess.runAside("/bin/sh", ["-c", "exec opendkim -x \(settings) -v -v -t \(files) >out 2>err"], folder: folder.path)
    }

    @Test func dkimpyVerifiesWhatWeSign() async throws {
        let folder = try TemporaryFolder()
        let count = try Self.signed(folder)
        try folder.write("""
            import sys, dkim
            keys = dict(line.split(' ', 1) for line in open('keys').read().splitlines())
            ask = lambda name, timeout=5: keys[name.decode().rstrip('.')].encode()
            for n in range(\(count)):
                try: print(n, dkim.DKIM(open(f'{n}.eml', 'rb').read(), minkey=1024).verify(dnsfunc=ask))
                except Exception as e: print(n, repr(e))
            """, to: "verify.py")
        #expect(try await ChildProcess.runAside("/usr/bin/python3", ["verify.py"], log: "\(folder.path)/log", folder: folder.path) == 0)
        let lines = try folder.read("log").split(separator: "\n"), right = lines.count { $0.hasSuffix(" True") }
        print("dkimpy verifies \(right) of \(count)")
        #expect(right == count && count == 1_000, "\(lines.filter { !$0.hasSuffix(" True") }.prefix(10))")
    }

    @Test func openDKIMVerifiesWhatWeSign() async throws {
        let folder = try TemporaryFolder()
        let count = try Self.signed(folder, forOpenDKIM: true)
        try folder.write("Mode v\nTestPublicKeys \(folder.path)/keys\n", to: "conf")
        try await Self.openDKIM("conf", 0..<count, folder)
        let log = try folder.read("out") + folder.read("err"), right = log.components(separatedBy: "succeeded").count - 1
        print("OpenDKIM verifies \(right) of \(count)")
        #expect(right == count, "\(log.split(separator: "\n").filter { $0.contains("failed") }.prefix(10))")
    }

    @Test func weVerifyWhatDkimpySigns() async throws {
        let folder = try TemporaryFolder()
        try Self.keys(folder)
        for (number, octets) in Self.mail.enumerated() { try Self.write(octets, "\(folder.path)/\(number).eml") }
        try folder.write("""
            import dkim
            rsa, seed, words = open('rsa.pem', 'rb').read(), open('ed.seed', 'rb').read(), [b'simple', b'relaxed']
            for n in range(\(Self.mail.count)):
                way = (words[n // 2 % 2], words[n // 4 % 2])
                message = open(f'{n}.eml', 'rb').read()
                try:
                    if n % 2 == 0: field = dkim.sign(message, b'sel', b'sender.example', rsa, canonicalize=way, signature_algorithm=b'rsa-sha256', length=n % 3 == 0)
                    else: field = dkim.sign(message, b'ed', b'sender.example', seed, canonicalize=way, signature_algorithm=b'ed25519-sha256', length=n % 3 == 0)
                    open(f'{n}.sig', 'wb').write(field)
                except Exception as e: print(n, repr(e))
            """, to: "sign.py")
        #expect(try await ChildProcess.runAside("/usr/bin/python3", ["sign.py"], log: "\(folder.path)/log", folder: folder.path) == 0)
        var right = 0
        let log = try folder.read("log")
        for (number, octets) in Self.mail.enumerated() {
            let field = try #require(FileManager.default.contents(atPath: "\(folder.path)/\(number).sig"), "\(number): \(log)")
            let outcome = try #require(await DKIMVectorTests.verify(Array(field) + octets, DKIMSignerTests.resolver, at: now).signatures.first)
            #expect(outcome.result == .pass && outcome.canonicalization == Way(number).pair.text, "\(number): \(outcome.problem ?? "")")
            if outcome.result == .pass { right += 1 }
        }
        print("\(right) of \(Self.mail.count) signatures of dkimpy verify")
    }

    @Test func weVerifyWhatOpenDKIMSigns() async throws {
        let folder = try TemporaryFolder()
        try Self.keys(folder)
        try folder.write("sel sender.example:sel:\(folder.path)/rsa.pem\ned sender.example:ed:\(folder.path)/ed.pem\n", to: "table")
        for (number, octets) in Self.mail.enumerated() { try Self.write(octets, "\(folder.path)/\(number).eml") }
        var right = 0, signed = 0
        // What OpenDKIM 2.11 signs with Ed25519 and a simple header, it does not verify itself, nor does dkimpy.
        for way in 0..<8 where Way(way).isRSA || Way(way).pair.header == .relaxed {
            let numbers = stride(from: way, to: Self.mail.count, by: 8), selector = Way(way).isRSA ? "sel" : "ed"
            try folder.write("* \(selector)\n", to: "signing\(way)")
            try folder.write("""
                Mode s
                KeyTable \(folder.path)/table
                SigningTable refile:\(folder.path)/signing\(way)
                Canonicalization \(Way(way).pair.text)
                SignatureAlgorithm \(Way(way).isRSA ? "rsa-sha256" : "ed25519-sha256")
                RequireSafeKeys no
                MultipleSignatures yes

                """, to: "conf\(way)")
            try await Self.openDKIM("conf\(way)", numbers, folder)
            let log = try folder.read("out")
            let values = log.components(separatedBy: "hname='DKIM-Signature' hvalue='").dropFirst().compactMap { $0.components(separatedBy: "'").first }
            #expect(values.count == Array(numbers).count, "\(way): \(log.prefix(500))")
            for (number, value) in zip(numbers, values) {
                if Way(way).pair.header == .simple, !Self.isPlain(Self.mail[number]) { continue }
                let field = Array("DKIM-Signature: \(value.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n"))\r\n".utf8)
                signed += 1
                let outcome = try #require(await DKIMVectorTests.verify(field + Self.mail[number], DKIMSignerTests.resolver, at: now).signatures.first)
                #expect(outcome.result == .pass && outcome.canonicalization == Way(way).pair.text, "\(number): \(outcome.problem ?? "")")
                if outcome.result == .pass { right += 1 }
            }
        }
        print("\(right) of \(signed) signatures of OpenDKIM verify")
    }
}
