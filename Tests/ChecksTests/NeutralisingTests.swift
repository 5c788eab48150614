import BlockLists
import Checks
import Cryptography
import DKIM
import DNS
import Foundation
import Mail
import Malware
import ReverseDNS
import Signing
import Synchronization
import TestStores
import TestSupport
import Testing
import Threads
import TransportSecurity
import Verdicts

/// Messages that are made harmless instead of being refused.
@Suite struct NeutralisingTests {
    private let kept = MemoryQuarantine(), store = MemoryVerdictStore(), scanner = WordScanner()
    private static let key = MasterKey([UInt8](repeating: 7, count: 32))

    private static func policy(_ change: (inout Policy) -> Void = { _ in }) -> Policy {
        var policy = PipelineTests.policy
        policy.rules["malware.infected"] = Rule(action: .neutralise)
        policy.rules["neutralise.failed"] = Rule(action: .reject)
        policy.rules["neutralise.not_scanned"] = Rule(action: .defer)
        policy.rules["quarantine.full"] = Rule(action: .defer)
        change(&policy)
        return policy
    }

    private func judge(_ policy: Policy = policy(), keeps: Bool = true, notes: Bool = true, limits: QuarantineLimits? = nil, resolver: MemoryResolver = PipelineTests.resolver(), ring: KeyRing? = nil, settings: MessageJudge.Settings = .init()) throws -> MessageJudge {
        let pipeline = PipelineTests.pipeline(resolver, malware: MalwareChecker(scanner: scanner), signing: ring)
        let store: any QuarantineStore = limits.map { MemoryQuarantine(limits: $0) } ?? kept
        let quarantine = keeps ? Quarantine(store, seal: MessageSeal(try #require(Self.key)), sealers: QueueRound(label: "test.sealers", width: 1)) : nil
        return MessageJudge(pipeline: pipeline, workers: Workers(limit: 4, lineLimit: 4), store: self.store, policy: policy, quarantine: quarantine, notes: notes ? try Self.notes : nil, settings: settings)
    }

    private static var notes: Notes {
        get throws { try Notes(["en": NoteTemplate("removed {file} ({found}) from {part}, see {verdict}"), "ru": NoteTemplate("удалено: {file}")], language: "en", languages: ["blue": "ru"]) }
    }

    private static func submission(_ octets: [UInt8], tenant: String = "default", _ change: (inout Envelope) -> Void = { _ in }) throws -> Submission {
        Submission(octets: octets, envelope: try PipelineTests.envelope { $0.queueID = nil; $0.tenant = tenant; change(&$0) }, receivedAt: PipelineTests.now)
    }

    private static func mail(_ parts: [String], between: String = "") -> [UInt8] {
        Array(("From: Anna <anna@example.org>\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\(between)"
            + parts.map { "--b\r\n\($0)\r\n" }.joined() + "--b--\r\n").utf8)
    }

    private static let text = "Content-Type: text/plain\r\n\r\nHello", bad = "Content-Type: application/octet-stream; name=\"bill {verdict}.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\nRVZJTA==",
                       macro = "Content-Type: application/msword; name=\"a.doc\"\r\n\r\nMACRO"

    /// What goes on, as every door makes it.
    private func harmless(_ judgement: Judgement, _ octets: [UInt8], language: String? = nil) throws -> (how: Neutralisation, octets: [UInt8]) {
        struct Kept: Decodable { let neutralised: Neutralisation }
        let how = try JSONDecoder().decode(Kept.self, from: Data(judgement.record.decision)).neutralised
        let note = try #require(try Self.notes.note(for: judgement.record.tenant, in: language))
        return (how, how.octets(of: Message(octets: octets), note: note, verdict: judgement.record.id))
    }

    @Test func theInfectedPartIsReplacedAndNothingElse() async throws {
        let octets = Self.mail([Self.text, Self.bad, Self.text]), judgement = try await judge().judge(Self.submission(octets))
        #expect(judgement.record.action == .neutralise && judgement.record.messageClass == .unknown)
        let (how, harmless) = try harmless(judgement, octets)
        #expect(how == Neutralisation(parts: [.init(path: "1.2", place: 2, fileName: "bill {verdict}.dat", found: ["Evil.Word"])], dropsStrayText: false))
        let before = Message(octets: octets), after = Message(octets: harmless)
        #expect(after.parts.map(\.path) == before.parts.map(\.path))
        for place in [1, 3] { #expect(Array(after.parts[place].headerOctets + after.parts[place].body) == Array(before.parts[place].headerOctets + before.parts[place].body)) }
        #expect(after.parts[2].decodedText == "removed bill {verdict}.dat (Evil.Word) from 1.2, see \(judgement.record.id)", "what a file is named is no variable")
        #expect(after.header.fields.map { Array($0.octets) } == before.header.fields.map { Array($0.octets) })
        let codes = judgement.record.codes
        #expect(codes.contains("malware.infected") && codes.contains("neutralise.replaced") && !codes.contains("neutralise.signature_broken"))
        let answer = try #require(try JSONSerialization.jsonObject(with: Data(judgement.answer)) as? [String: Any])
        #expect(answer["quarantine"] != nil && (answer["smtp"] as? [String: Any])?["text"] as? String == "accepted, harmful parts removed [v:\(judgement.record.id)]")
        let row = try #require(try await kept.row(judgement.record.id, tenant: "default"))
        #expect(row.isInfected && row.state == .kept, "the message as it came")
        // The tenant's language, and another one for who asks.
        let blue = try await judge().judge(Self.submission(octets, tenant: "blue"))
        #expect(Message(octets: try self.harmless(blue, octets).octets).parts[2].decodedText == "удалено: bill {verdict}.dat")
        #expect(Message(octets: try self.harmless(blue, octets, language: "en").octets).parts[2].decodedText.hasPrefix("removed bill"))
    }

    @Test func policyNamesWhatElseIsRemoved() async throws {
        scanner.state.withLock { $0.words.append(("MACRO", .suspicious("Heuristics.OLE2.ContainsMacros.VBA"))) }
        let octets = Self.mail([Self.text, Self.macro, Self.bad, "Content-Type: application/octet-stream; name=run.exe\r\n\r\nx"])
        for (change, places) in [({ _ in }, [3]), ({ $0.rules["malware.macros"] = Rule(action: .neutralise) }, [2, 3]), ({ $0.rules["malware.macros"] = Rule(action: .neutralise, dryRun: true) }, [3]),
                                 ({ $0.rules["attachment.*"] = Rule(action: .neutralise) }, [3, 4])] as [((inout Policy) -> Void, [Int])] {
            let judgement = try await judge(Self.policy(change)).judge(Self.submission(octets))
            #expect(try harmless(judgement, octets).how.parts.map(\.place) == places)
        }
        let macros = Self.mail([Self.text, Self.macro])
        let judgement = try await judge(Self.policy { $0.rules["malware.macros"] = Rule(action: .neutralise) }).judge(Self.submission(macros))
        #expect(try judgement.record.action == .neutralise && harmless(judgement, macros).how.parts.map(\.found) == [["Heuristics.OLE2.ContainsMacros.VBA"]])
        #expect(try await kept.row(judgement.record.id, tenant: "default")?.isInfected == false)
        // What is stricter than that stays stricter.
        for action in [Action.quarantine, .reject] {
            #expect(try await judge(Self.policy { $0.rules["malware.macros"] = Rule(action: action) }).judge(Self.submission(octets)).record.action == action)
        }
    }

    @Test func whatIsInNoPartGoesWithTheTextBetweenPartsOrWithTheBody() async throws {
        let between = Self.mail([Self.text, Self.bad], between: "EVIL\r\n"), first = try await judge().judge(Self.submission(between))
        let (how, harmless) = try harmless(first, between)
        #expect(first.record.action == .neutralise && how.dropsStrayText && how.parts.map(\.place) == [2])
        #expect(!String(decoding: harmless, as: UTF8.self).contains("EVIL") && Message(octets: harmless).parts.count == 3)
        let only = Self.mail([Self.text, Self.text], between: "EVIL\r\n"), second = try await judge().judge(Self.submission(only))
        #expect(try second.record.action == .neutralise && self.harmless(second, only).how.parts.map(\.path) == ["1"])
        #expect(Message(octets: try self.harmless(second, only).octets).parts.count == 1)
        // A header cannot be made harmless.
        let header = PipelineTests.message("X-Bad: EVIL\r\n"), third = try await judge().judge(Self.submission(header))
        #expect(third.record.action == .reject && third.record.codes.contains("neutralise.failed"))
        #expect(try await kept.row(third.record.id, tenant: "default") == nil)
    }

    @Test func whereItCannotBeDoneItIsNotSaidToBe() async throws {
        let octets = Self.mail([Self.text, Self.bad])
        for (name, judge, action, code) in [
            ("no quarantine", try judge(keeps: false), Action.reject, "neutralise.failed"), ("no notes", try judge(notes: false), .reject, "neutralise.failed"),
            ("no room", try judge(limits: { var limits = QuarantineLimits(); limits.tenantMessages = 0; return limits }()), .defer, "quarantine.full"),
            ("no room, and policy does nothing of it", try judge(Self.policy { $0.rules["quarantine.full"] = nil }, limits: { var limits = QuarantineLimits(); limits.tenantMessages = 0; return limits }()), .reject, "neutralise.failed"),
            ("policy would rather keep it", try judge(Self.policy { $0.rules["neutralise.failed"] = Rule(action: .quarantine) }, notes: false), .quarantine, "neutralise.failed"),
            ("policy has no row for it", try judge(Self.policy { $0.rules["neutralise.failed"] = nil }, notes: false), .reject, "neutralise.failed"),
            ("policy would let it pass", try judge(Self.policy { $0.rules["neutralise.failed"] = Rule(action: .accept) }, notes: false), .reject, "neutralise.failed"),
        ] {
            let judgement = try await judge.judge(Self.submission(octets))
            #expect(judgement.record.action == action && judgement.record.codes.contains(code), "\(name): \(judgement.record.action) \(judgement.record.codes)")
            #expect(!String(decoding: judgement.record.decision, as: UTF8.self).contains("\"neutralised\""), "\(name)")
        }
    }

    /// A scanner that is gone when it is asked about what would be left.
    private final class OnceScanner: OctetScanner {
        let inside = WordScanner()
        var knowledge: MalwareKnowledge? { inside.knowledge }
        func scan(_ octets: [UInt8], of ticket: MessageTicket, by deadline: ContinuousClock.Instant) async -> ScanReport {
            String(decoding: octets, as: UTF8.self).contains("removed") ? ScanReport(.notScanned("the scanner is gone")) : await inside.scan(octets, of: ticket, by: deadline)
        }
    }

    @Test func whatIsLeftMustHaveBeenScanned() async throws {
        let octets = Self.mail([Self.text, Self.bad]), pipeline = PipelineTests.pipeline(PipelineTests.resolver(), malware: MalwareChecker(scanner: OnceScanner()))
        let quarantine = Quarantine(kept, seal: MessageSeal(try #require(Self.key)), sealers: QueueRound(label: "test.sealers", width: 1))
        let judge = MessageJudge(pipeline: pipeline, workers: Workers(limit: 1, lineLimit: 1), store: store, policy: Self.policy(), quarantine: quarantine, notes: try Self.notes)
        let judgement = try await judge.judge(Self.submission(octets))
        #expect(judgement.record.action == .defer && judgement.record.codes.contains("neutralise.not_scanned"))
        #expect(try await kept.usage(tenant: "default").messages == 0)
    }

    /// Else what takes most of its time to scan would be put off, and again when it is tried again.
    @Test func whatIsLeftHasTimeOfItsOwn() async throws {
        let octets = Self.mail([Self.text, Self.bad]), judgement = try await judge(settings: .init(patience: .microseconds(2))).judge(Self.submission(octets))
        #expect(judgement.record.action == .neutralise, "\(judgement.record.codes)")
        let (seen, deadlines) = scanner.state.withLock { ($0.seen.map { String(decoding: $0, as: UTF8.self) }, $0.deadlines) }
        let left = try #require(zip(seen, deadlines).first { $0.0.contains("removed") }).1
        #expect(try left > #require(deadlines.first))
    }

    /// What goes out is signed as it goes out; what comes in is not signed, whatever it claims to be.
    @Test func onlyWhatGoesOutIsSigned() async throws {
        let dns = PipelineTests.resolver(), ring = try await OutboundSigningTests.keys(dns), octets = Self.mail([Self.text, Self.bad])
        for direction in [Direction.inbound, .outbound] {
            let judgement = try await judge(resolver: dns, ring: ring).judge(Self.submission(octets) { $0.direction = direction; $0.authUser = direction == .outbound ? "anna" : nil })
            #expect(judgement.record.action == .neutralise)
            struct Decision: Decodable { let headers: HeaderEdits }
            let added = try JSONDecoder().decode(Decision.self, from: Data(judgement.record.decision)).headers.add.filter { $0.name == "DKIM-Signature" }
            #expect(added.count == (direction == .outbound ? 2 : 0))
            let sent = HeaderEdits(add: added).applied(to: try harmless(judgement, octets).octets)
            let evidence = await DKIMVerifier(resolver: dns).verify(SignedMessage(Message(octets: sent)), at: PipelineTests.now.seconds, by: .now + .seconds(20))
            #expect(evidence.signatures.allSatisfy { $0.result == .pass }, "\(evidence)")
        }
    }

    /// A message that was put off is signed, and its notes name its verdict, as it goes on.
    @Test func whatWasPutOffGoesOutAsItIsSigned() async throws {
        let dns = PipelineTests.resolver(), ring = try await OutboundSigningTests.keys(dns), octets = Self.mail([Self.text, Self.bad])
        func submission() throws -> Submission { try Self.submission(octets) { $0.direction = .outbound; $0.authUser = "anna"; $0.queueID = "Q1" } }
        let first = try await judge(Self.policy { $0.rules["malware.infected"] = Rule(action: .defer) }, resolver: dns, ring: ring).judge(submission())
        let second = try await judge(resolver: dns, ring: ring).judge(submission())
        #expect(first.record.action == .defer && second.record.action == .neutralise && first.record.id == second.record.id)
        struct Decision: Decodable { let headers: HeaderEdits }
        let edits = try JSONDecoder().decode(Decision.self, from: Data(second.record.decision)).headers
        let evidence = await DKIMVerifier(resolver: dns).verify(SignedMessage(Message(octets: edits.applied(to: try harmless(second, octets).octets))), at: PipelineTests.now.seconds, by: .now + .seconds(20))
        #expect(evidence.signatures.map(\.result) == [.pass, .pass], "\(evidence)")
    }

    /// Many tries of one message that was put off: what stands is kept, whichever it is.
    @Test func triesAtTheSameMoment() async throws {
        let octets = Self.mail([Self.text, Self.bad])
        for round in 0..<10 {
            func submission() throws -> Submission { try Self.submission(octets) { $0.queueID = "R\(round)" } }
            let first = try await judge(Self.policy { $0.rules["malware.infected"] = Rule(action: .defer) }).judge(submission())
            let judges = [try judge(), try judge(Self.policy { $0.rules["malware.infected"] = Rule(action: .quarantine) })]
            let answers = try await withThrowingTaskGroup(of: Action.self) { group in
                for number in 0..<8 { group.addTask { try await judges[(number + round) % 2].judge(submission()).record.action } }
                return try await group.reduce(into: Set<Action>()) { $0.insert($1) }
            }
            #expect(answers.count == 1 && answers.isSubset(of: [.neutralise, .quarantine]))
            #expect(try await kept.row(first.record.id, tenant: "default")?.isInfected == true, "round \(round): \(answers)")
        }
    }

    private static let hidden = Array("EVIL, and some more".utf8)

    /// What only those find who look further goes with its part, and with nothing else.
    @Test(arguments: HiddenFile.inMail(hidden) + HiddenFile.inText(hidden) + HiddenFile.inMultipart(hidden))
    func whatIsHiddenGoesWithItsPart(_ row: HiddenFile) async throws {
        let judgement = try await judge().judge(Self.submission(row.octets))
        #expect(judgement.record.action == .neutralise, "\(judgement.record.codes)")
        let (how, harmless) = try harmless(judgement, row.octets), before = Message(octets: row.octets), after = Message(octets: harmless)
        #expect(how.parts.allSatisfy { $0.path.hasPrefix(row.path) } && !how.dropsStrayText, "\(how)")
        if row.path == "1.2" { #expect(after.parts.count >= 3 && Array(after.parts[1].headerOctets + after.parts[1].body) == Array(before.parts[1].headerOctets + before.parts[1].body)) }
        #expect(await MalwareChecker(scanner: scanner).check(after, limits: MessageLimits(), by: .now + .seconds(60)).evidence.result == .clean)
    }

    /// Files beyond those that the evidence names are not passed over.
    @Test func filesThatAreNotNamedAreNotLeft() async throws {
        let script = "Content-Type: text/x-sh; name=", policy = Self.policy { $0.rules["attachment.executable"] = Rule(action: .neutralise) }
        let octets = Self.mail(["Content-Type: application/octet-stream; name=one.exe\r\n\r\nx"] + (0..<60).map { script + "s\($0).sh\r\n\r\n#!/bin/sh\n" } + ["Content-Type: application/octet-stream; name=two.exe\r\n\r\nTWO"])
        let judgement = try await judge(policy).judge(Self.submission(octets))
        #expect(judgement.record.action == .neutralise)
        #expect(!String(decoding: try harmless(judgement, octets).octets, as: UTF8.self).contains("TWO"))
        // Nor is a kind of file hidden by others.
        let hidden = Self.mail((0..<60).map { script + "s\($0).sh\r\n\r\n#!/bin/sh\n" } + ["Content-Type: application/octet-stream; name=two.exe\r\n\r\nTWO"])
        #expect(try await judge(Self.policy { $0.rules["attachment.executable"] = Rule(action: .reject) }).judge(Self.submission(hidden)).record.action == .reject)
    }

    @Test func whatIsLeftIsLookedAtAsAWhole() async throws {
        scanner.state.withLock { $0.words.append(("HUGE", .limitsExceeded("Heuristics.Limits.Exceeded"))) }
        let octets = Self.mail([Self.text, Self.bad, "Content-Type: application/zip; name=a.zip\r\n\r\nHUGE"]), judgement = try await judge().judge(Self.submission(octets))
        #expect(try judgement.record.action == .neutralise && harmless(judgement, octets).how.parts.map(\.path) == ["1"])
    }

    /// More infected parts than the evidence names are all replaced.
    @Test func everyPartOfMany() async throws {
        let octets = Self.mail((0..<60).map { "Content-Type: application/octet-stream; name=f\($0)\r\n\r\nEVIL \($0)" }), judgement = try await judge().judge(Self.submission(octets))
        #expect(try judgement.record.action == .neutralise && harmless(judgement, octets).how.parts.count == 60)
        #expect(!String(decoding: try harmless(judgement, octets).octets, as: UTF8.self).contains("EVIL"))
    }

    /// The author signed what is gone, so his signature does not hold any more.
    @Test func whatBecomesOfSignaturesIsSaid() async throws {
        let resolver = PipelineTests.resolver(), key = try PrivateKey.generate(.ed25519), octets = Self.mail([Self.text, Self.bad])
        resolver.txt("s._domainkey.example.org", "v=DKIM1; k=ed25519; p=\(Data(key.publicOctets).base64EncodedString())")
        let signing = DKIMSigningKey(key, selector: DomainName(trusted: "s"), domain: DomainName(trusted: "example.org"))
        let field = try #require(try DKIMSigner().sign(Message(octets: octets), with: [signing], at: PipelineTests.now.seconds).first)
        let judgement = try await judge(resolver: resolver).judge(Self.submission(field.octets + octets))
        #expect(judgement.record.codes.contains("dkim.pass") && judgement.record.codes.contains("neutralise.signature_broken"), "\(judgement.record.codes)")
        #expect(String(decoding: judgement.record.findings, as: UTF8.self).contains("the DKIM signature of example.org held when the message came"))
    }
}
