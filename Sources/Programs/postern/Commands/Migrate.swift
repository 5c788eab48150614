import ArgumentParser
import Storage

/// `postern migrate`: brings the database to this version; `postern serve` does the same at its start.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the database to this version.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let configuration = try options.read()
        let database = try await RunningDatabase.reach(configuration)
        let done = try await database.migrate(share: try ShareFolder.find())
        print(done.isEmpty ? "The database is at this version." : "Applied: \(done.joined(separator: ", "))")
        await database.close()
    }
}
