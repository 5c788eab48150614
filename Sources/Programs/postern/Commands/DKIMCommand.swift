import ArgumentParser
import Cryptography
import DKIM
import DNS
import Foundation
import JSON
import Signing
import Verdicts

/// `postern dkim`: the keys that sign, for who can reach the database.
struct DKIMCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dkim", abstract: "Make, import, list, check, rotate and retire DKIM keys.",
        discussion: "A key signs once its record was seen in the DNS. The running service takes notice within seconds.",
        subcommands: [New.self, Import.self, List.self, Record.self, Check.self, Rotate.self, Retire.self])

    /// Whose keys, and where the database is.
    struct Place: ParsableArguments {
        @OptionGroup var options: SettingsOptions
        @Argument(help: "The domain that signs.") var domain: String
        @Option(name: .long, help: "Whose keys.") var tenant = "default"

        func place() throws -> KeyPlace {
            guard let name = SigningDomain.read(domain) else { throw ValidationError("\(domain) \(SigningDomain.problem)") }
            return try place(of: name)
        }

        /// Keys were made for more than host names once.
        func keptPlace() throws -> KeyPlace {
            guard let name = DomainName(domain), !name.isRoot else { throw ValidationError("not a domain name: \(domain)") }
            return try place(of: name)
        }

        private func place(of name: DomainName) throws -> KeyPlace {
            guard !tenant.isEmpty, tenant.utf8.count <= 255 else { throw ValidationError("--tenant: is not 1 to 255 octets") }
            return KeyPlace(tenant: tenant, domain: name)
        }

        func selector(_ text: String) throws -> DomainName {
            guard let name = SelectorName.read(text) else { throw ValidationError("not a selector: \(text)") }
            return name
        }

        /// Runs `work` at a desk of its own.
        func work(at place: KeyPlace? = nil, _ work: (KeyDesk, KeyPlace) async throws -> Void) async throws {
            let place = try place ?? self.place()
            try await DKIMCommand.atDesk(options) { try await work($0, place) }
        }
    }

    static func atDesk(_ options: SettingsOptions, _ work: (KeyDesk) async throws -> Void) async throws {
        let configuration = try options.read().withStateKey(makingIt: false), database = try await RunningDatabase.reach(configuration)
        do {
            let house = try SigningHouse(configuration, ring: KeyRing(seal: configuration.masterKey.map { KeySeal($0) }, schedule: configuration.keySchedule), servers: try configuration.nameServers, pool: database.pool)
            try await work(house.desk)
        } catch {
            await database.close()
            // What it says is for who typed the command, and not how to type it.
            if let trouble = error as? KeyTrouble { throw Refusal(description: "\(trouble)") }
            throw error
        }
        await database.close()
    }

    struct Refusal: Error, CustomStringConvertible { let description: String }

    static let who = "command line"

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make keys and print the records to publish, as a zone file has them.")
        @OptionGroup var place: Place
        @Option(name: .long, help: "rsa or ed25519; may be given again. Both without it.") var kind: [String] = []
        @Option(name: .long, help: "Bits of an RSA key, 1024 to 4096.") var bits = 2048

        func run() async throws {
            let kinds = try kind.map { word in
                guard let kind = KeyKind(rawValue: word) else { throw ValidationError("--kind: is neither rsa nor ed25519: \(word)") }
                return kind
            }
            guard Set(kinds).count == kinds.count else { throw ValidationError("--kind: has the same twice") }
            guard (1024...4096).contains(bits) else { throw ValidationError("--bits: is not a number from 1024 to 4096") }
            try await place.work { desk, place in
                DKIMCommand.print(records: try await desk.make(place, kinds: kinds.isEmpty ? [.rsa, .ed25519] : kinds, bits: bits, by: who, at: .now))
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a private key that exists already, and print its record.")
        @OptionGroup var place: Place
        @Argument(help: "PEM without a pass phrase; - for standard input.") var file: String
        @Option(name: .long, help: "The selector of its published record; without it, the next name of the day.") var selector: String?

        func run() async throws {
            let selector = try selector.map(place.selector)
            guard let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file) else { throw ValidationError("\(file) cannot be read") }
            let pem = Array(try handle.read(upToCount: 1 << 20) ?? Data())
            try await place.work { desk, place in DKIMCommand.print(records: [try await desk.take(pem, selector: selector, in: place, by: who, at: .now)]) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List keys, one JSON object a line, as the API gives them.")
        @OptionGroup var options: SettingsOptions
        @Argument(help: "Only of this domain.") var domain: String?
        @Option(name: .long, help: "Only of this tenant.") var tenant: String?

        func run() async throws {
            let wanted = try domain.map { text in
                guard let name = DomainName(text) else { throw ValidationError("not a domain name: \(text)") }
                return name
            }
            try await DKIMCommand.atDesk(options) { desk in DKIMCommand.print(try await desk.store.keys(tenant: tenant, domain: wanted), desk) }
        }
    }

    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the records that have to be in the DNS, as a zone file has them.")
        @OptionGroup var place: Place

        func run() async throws {
            try await place.work { desk, place in
                DKIMCommand.print(records: try await desk.store.keys(tenant: place.tenant, domain: place.domain).filter { $0.state != .retired })
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ask the DNS now, and print the keys of the domain after that.")
        @OptionGroup var place: Place

        func run() async throws {
            try await place.work { desk, place in
                try await desk.look(at: place, at: .now)
                DKIMCommand.print(try await desk.store.keys(tenant: place.tenant, domain: place.domain), desk)
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make successors for the keys that sign, and print their records.")
        @OptionGroup var place: Place

        func run() async throws {
            try await place.work { desk, place in DKIMCommand.print(records: try await desk.rotate(place, by: who, at: .now)) }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a key out of use at once; its private half is removed.")
        @OptionGroup var place: Place
        @Argument(help: "The selector of the key.") var selector: String

        func run() async throws {
            guard let name = DomainName(selector) else { throw ValidationError("not a selector: \(selector)") }
            try await place.work(at: place.keptPlace()) { desk, place in try await desk.withdraw(name, of: place, by: who, at: .now) }
        }
    }

    private static func print(records keys: [SigningKey]) {
        for key in keys { if let record = key.record { Swift.print(record.zoneFile()) } }
    }

    private static func print(_ keys: [SigningKey], _ desk: KeyDesk) {
        for document in SigningKeyDocument.all(keys, schedule: desk.schedule) { FileHandle.standardOutput.write(Data(jsonOctets(document) + [0x0a])) }
    }
}
