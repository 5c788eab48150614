import ArgumentParser
import DNS
import Foundation
import JSON
import Learning
import Storage
import Verdicts

/// `postern learn`: teaches the spam filter by folders and mailboxes, for who can reach the database. A running service takes notice within seconds.
struct Learn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Teach the spam filter, take back what it was taught, move its model.",
        discussion: "PATH is a folder of messages, a Maildir, a mailbox file (mbox), one message, or - for standard input. What was learned before is not learned twice.")

    @OptionGroup var options: SettingsOptions
    @Option(name: .long, help: ArgumentHelp("Spam; may be given again.", valueName: "path")) var spam: [String] = []
    @Option(name: .long, help: ArgumentHelp("Legitimate mail; may be given again.", valueName: "path")) var ham: [String] = []
    @Option(name: .long, help: ArgumentHelp("The tenant whose layer learns; without it the global one does.", valueName: "tenant")) var tenant: String?
    @Option(name: .long, help: ArgumentHelp("The recipients' domain of the tenant whose layer learns.", valueName: "domain")) var domain: String?
    @Option(name: .long, help: ArgumentHelp("A name for this batch, by which all of it can be undone.", valueName: "label")) var source: String?
    @Option(name: .long, help: ArgumentHelp("Unlearn all that was learned under this name.", valueName: "label")) var undo: String?
    @Flag(name: .long, help: "With --undo: count, and do nothing.") var dryRun = false
    @Option(name: .long, help: ArgumentHelp("Write the layer's model to a file.", valueName: "file")) var export: String?
    @Option(name: .customLong("import"), help: ArgumentHelp("Put a model in the place of all that the layer learned.", valueName: "file")) var imported: String?
    @Flag(name: .long, help: "Print a JSON object instead of words.") var json = false

    func validate() throws {
        guard !(spam + ham).isEmpty || undo != nil || export != nil || imported != nil else { throw ValidationError("nothing to do: --spam, --ham, --undo, --export or --import is wanted") }
        guard [!(spam + ham).isEmpty, undo != nil, export != nil, imported != nil].count(where: { $0 }) == 1 else { throw ValidationError("--spam and --ham, --undo, --export and --import each stand alone") }
        if dryRun, undo == nil { throw ValidationError("--dry-run: stands with --undo only") }
        if (spam + ham).count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once") }
        _ = try layer()
    }

    func run() async throws {
        let configuration = try options.read(), layer = try layer(), limit = configuration.limits.body
        let spam = MessageStream(try spam.flatMap { try MessageFiles.list($0) }, limit: limit), ham = MessageStream(try ham.flatMap { try MessageFiles.list($0) }, limit: limit), database = try await RunningDatabase.reach(configuration)
        do {
            _ = try await database.migrate(share: try ShareFolder.find())
            try await work(TrainingDesk(PostgresTraining(database.pool, limit: .seconds(120))), layer, spam: spam, ham: ham)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private func work(_ desk: TrainingDesk, _ layer: TrainingLayer, spam: MessageStream, ham: MessageStream) async throws {
        let note = TrainingNote(by: "postern learn", at: .now, source: source ?? undo ?? "")
        if let undo {
            let choice = tenant == nil ? TrainingChoice(.source(undo)) : domain == nil ? TrainingChoice(.source(undo), tenant: tenant) : TrainingChoice(.source(undo), layer: layer)
            let count = try await desk.store.count(choice)
            if !dryRun {
                try await desk.start()
                _ = try await desk.unlearn(choice, by: note)
            }
            return say(["messages": count], "\(count) messages \(dryRun ? "would be" : "were") unlearned.")
        }
        try await desk.start()
        if let export {
            let octets = try await desk.export(layer)
            guard FileManager.default.createFile(atPath: export, contents: Data(octets)) else { throw ValidationError("--export: cannot be written: \(export)") }
            return say(["octets": octets.count], "\(octets.count) octets were written to \(export).")
        }
        if let imported {
            guard let data = FileManager.default.contents(atPath: imported), data.count <= desk.limits.modelOctets else { throw ValidationError("--import: cannot be read, or is too large: \(imported)") }
            do { try await desk.replace(layer, with: Array(data), by: note) } catch let trouble as TrainingTrouble { throw ValidationError("--import: \(trouble)") }
            return say([:], "The model of \(layer) is that of \(imported).")
        }
        var teaching = Teaching(desk: desk, layer: layer, note: note, total: spam.total + ham.total)
        do {
            try await teaching.take(spam: spam, ham: ham)
            try await teaching.finish()
        } catch let trouble as TrainingTrouble {
            teaching.progress.end()
            throw ValidationError("\(teaching.counts.learned) messages were learned; then \(trouble)")
        }
        let counts = teaching.counts, learned = desk.learned(layer) ?? (0, 0)
        say(["learned": counts.learned, "changed": counts.changed, "known": counts.known, "unreadable": counts.unreadable, "spam": learned.spam, "ham": learned.ham],
            "\(counts.learned) messages were learned, \(counts.changed) of another class before, \(counts.known) known, \(counts.unreadable) empty, too large or unreadable. "
                + "The layer (\(layer)) knows \(learned.spam) spam and \(learned.ham) ham\(min(learned.spam, learned.ham) < LayerMixture.fewest ? "; \(LayerMixture.fewest) of each are needed before it says anything" : "").")
    }

    private func layer() throws -> TrainingLayer {
        if let source, source.isEmpty || source.utf8.count > TrainingLimits().sourceOctets || source.utf8.contains(0) { throw ValidationError("--source: is not 1 to \(TrainingLimits().sourceOctets) octets") }
        guard let tenant else {
            if domain != nil { throw ValidationError("--domain: is of a tenant; --tenant is missing") }
            return .global
        }
        guard !tenant.isEmpty, tenant.utf8.count <= 255 else { throw ValidationError("--tenant: is not 1 to 255 octets") }
        guard let domain else { return TrainingLayer(tenant: tenant) }
        guard let name = DomainName(domain) else { throw ValidationError("--domain: is no domain name: \(domain)") }
        return TrainingLayer(tenant: tenant, domain: name)
    }

    private func say(_ figures: KeyValuePairs<String, Int>, _ words: String) {
        guard json else { return print(words) }
        var writer = JSONWriter()
        writer.openObject()
        for (name, value) in figures { writer.key(name); writer.integer(value) }
        writer.closeObject()
        print(String(decoding: writer.octets, as: UTF8.self))
    }
}
