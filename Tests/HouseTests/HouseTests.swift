import Foundation
import Testing

/// The rules of the house that a machine can see; CONTRIBUTING.md gives their reasons.
@Suite struct HouseTests {
    static let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..").standardizedFileURL.path
    static let floors = ["C", "Base", "Standards", "Pipeline", "Adapters", "Doors", "Programs"]

    /// Paths below the top, such as `Sources/Base/DNS/IPAddress.swift`.
    static func files(_ folder: String, _ ending: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(top)/\(folder)").filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
    }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: "\(top)/\(path)", encoding: .utf8) }

    @Test func floorsAreThoseOfTheManifest() throws {
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(Self.top)/Sources").sorted() == Self.floors.sorted())
        let manifest = try Self.text("Package.swift")
        for floor in Self.floors {
            for room in try FileManager.default.contentsOfDirectory(atPath: "\(Self.top)/Sources/\(floor)") {
                #expect(manifest.contains("Room(name: \"\(room)\""), "\(floor)/\(room) is on no floor of Package.swift")
            }
        }
    }

    @Test func filesStaySmall() throws {
        for path in try Self.files("Sources", ".swift") + Self.files("Tests", ".swift") + Self.files("Sources", ".c") + Self.files("Sources", ".h") {
            let lines = try Self.text(path).components(separatedBy: "\n").count - 1
            #expect(lines <= 400, "\(path) has \(lines) lines")
        }
    }

    /// A trap on what came from outside ends the service for everybody.
    @Test func nothingTraps() throws {
        let traps = ["try!", "fatalError(", "as! ", "preconditionFailure(", "precondition(", "Thread.sleep", "usleep("]
        for path in try Self.files("Sources", ".swift") {
            for (number, line) in try Self.text(path).components(separatedBy: "\n").enumerated() where !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") {
                for trap in traps { #expect(!line.contains(trap), "\(path):\(number + 1) has \(trap)") }
            }
        }
    }

    @Test func foundationStaysUpstairs() throws {
        for floor in ["Base", "Standards", "Pipeline"] {
            for path in try Self.files("Sources/\(floor)", ".swift") {
                #expect(!(try Self.text(path)).contains("import Foundation"), "\(path) imports Foundation")
            }
        }
    }

    @Test func nothingIsPublic() throws {
        for path in try Self.files("Sources", ".swift") {
            for line in try Self.text(path).components(separatedBy: "\n") {
                let word = line.trimmingCharacters(in: .whitespaces)
                for kind in ["class", "func", "var", "let", "struct", "enum", "protocol", "init", "actor"] {
                    #expect(!word.hasPrefix("public \(kind)") && !word.hasPrefix("open \(kind)"), "\(path): \(word)")
                }
            }
        }
    }

    @Test func noTypeBearsItsRoomsName() throws {
        for floor in Self.floors where floor != "C" {
            for room in try FileManager.default.contentsOfDirectory(atPath: "\(Self.top)/Sources/\(floor)") {
                for path in try Self.files("Sources/\(floor)/\(room)", ".swift") {
                    let text = try Self.text(path)
                    for kind in ["struct", "class", "enum", "actor", "protocol"] { #expect(!text.contains("\(kind) \(room) ") && !text.contains("\(kind) \(room):"), "\(path)") }
                }
            }
        }
    }

    @Test func onlyCStandsOnTheGround() throws {
        #expect(try Self.files("Sources/C", ".swift").isEmpty)
        // postern-scanner is C from top to bottom: a Swift program must not fork once it has a thread.
        for floor in Self.floors where floor != "C" { #expect(try Self.files("Sources/\(floor)", ".c").allSatisfy { $0.hasPrefix("Sources/Programs/postern-scanner/") }) }
        #expect(try Self.files("Sources/Programs/postern-scanner", ".swift").isEmpty)
    }

    @Test func vagueNamesAreNoRooms() throws {
        let vague = ["manager", "helper", "util", "common", "service", "engine", "kit"]
        for floor in Self.floors {
            for room in try FileManager.default.contentsOfDirectory(atPath: "\(Self.top)/Sources/\(floor)") {
                for word in vague { #expect(!room.lowercased().contains(word), "\(floor)/\(room)") }
            }
        }
    }

    /// Of two schemas with one name YAML readers take the last, and the first is promised nowhere.
    @Test func everySchemaHasItsOwnName() throws {
        let lines = try Self.text("openapi/postern.yaml").components(separatedBy: "\n").drop { $0 != "  schemas:" }
        let names = lines.filter { $0.hasPrefix("    ") && $0.dropFirst(4).first?.isUppercase == true }.compactMap { $0.split(separator: ":").first }
        #expect(names.count > 50 && Set(names).count == names.count, "\(Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys)")
    }

    /// A table of rules that names a code no check gives is a rule that never counts.
    @Test(arguments: ["deploy/policy.yaml", "deploy/policy-outbound.yaml"]) func everyRuleOfThePolicyHasACheck(_ policy: String) throws {
        let sources = try (Self.files("Sources/Pipeline", ".swift") + Self.files("Sources/Standards", ".swift") + Self.files("Sources/Base/Mail", ".swift")).map(Self.text).joined()
        for line in try Self.text(policy).components(separatedBy: "\n") where line.hasPrefix("  ") && line.contains(":") {
            guard let code = line.split(separator: ":").first.map({ $0.trimmingCharacters(in: .whitespaces) }), code.contains("."), !code.contains("#"), !code.hasSuffix("*") else { continue }
            if code.hasPrefix("local.") || code.hasPrefix("transport.required") { continue }   // put together of a prefix and a word
            var known = code
            for prefix in ["blocklist.", "allowlist.", "local.", "content.", "signing."] where known.hasPrefix(prefix) { known = String(known.dropFirst(prefix.count)) }
            if known.hasSuffix(".received") { known = String(known.dropLast(9)) }
            // A method, and a word of the registry or a policy that a domain asks for.
            let words = ["pass", "fail", "softfail", "neutral", "none", "policy", "permerror", "quarantine", "reject"], dot = known.lastIndex(of: ".") ?? known.startIndex
            let registered = ["spf", "spf.helo", "senderid.pra", "senderid.mfrom", "dkim", "dmarc", "dmarc.fail", "arc"].contains(known[..<dot]) && words.contains(String(known[dot...].dropFirst()))
            let forms = [known, known.replacingOccurrences(of: "_", with: "-")]
            #expect(registered || forms.contains { sources.contains("\"\($0)\"") || sources.contains("\"\(code)\"") }, "\(code) is given by no check")
        }
    }
}
