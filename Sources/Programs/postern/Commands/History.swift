import ArgumentParser
import DNS
import Foundation
import Storage
import Verdicts

/// `postern history`: one verdict from the database as `GET /v1/verdicts/{id}` gives it, or many as the list does, one JSON object a line.
struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print verdicts, the newest first, one JSON object a line.", discussion: "With an id, everything that led to the verdict; without one, what a list shows.")

    @OptionGroup var options: SettingsOptions
    @Argument(help: "The id of one verdict.") var id: String?
    @Option(name: .long, help: "From this time on (RFC 3339).") var since: String?
    @Option(name: .long, help: "Before this time.") var until: String?
    @Option(name: .long) var action: String?
    @Option(name: .long) var sender: String?
    @Option(name: .long) var recipient: String?
    @Option(name: .long) var domain: String?
    @Option(name: .customLong("client-ip"), help: "An address or a network.") var clientIP: String?
    @Option(name: .long) var queueId: String?
    @Option(name: .long, help: "The code of a finding.") var code: String?
    @Option(name: .long, help: "1 to 1000.") var limit = 20

    func run() async throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit: is not a number from 1 to 1000") }
        let filter = try filter()
        let wanted = try id.map { text in
            guard let id = VerdictID(text) else { throw ValidationError("not an id: \(text)") }
            return id
        }
        let database = try await RunningDatabase.reach(try options.read())
        let store = PostgresVerdictStore(database.settings, pool: database.pool)
        do {
            let lines = if let wanted { try await store.verdict(wanted, tenant: nil).map { [VerdictDocument.history($0)] } ?? [] } else {
                try await store.verdicts(matching: filter, before: nil, limit: limit).map(VerdictDocument.row)
            }
            for line in lines { FileHandle.standardOutput.write(Data(line + [0x0a])) }
        } catch {
            await database.close()
            throw error
        }
        await store.close()
        await database.close()
    }

    private func filter() throws -> HistoryFilter {
        func read<Value>(_ option: String, _ text: String?, _ make: (String) -> Value?) throws -> Value? {
            guard let text else { return nil }
            guard let value = make(text) else { throw ValidationError("--\(option): cannot be read: \(text)") }
            return value
        }
        var filter = HistoryFilter()
        filter.since = try read("since", since) { Timestamp($0) }
        filter.until = try read("until", until) { Timestamp($0) }
        filter.action = try read("action", action) { Action(rawValue: $0) }
        filter.clientNetwork = try read("client-ip", clientIP) { IPNetwork($0) }
        filter.sender = sender.map { HistoryPath($0) }
        filter.recipient = recipient.map { HistoryPath($0) }
        filter.domain = try read("domain", domain) { DomainName($0) }
        filter.queueID = queueId
        filter.code = code
        return filter
    }
}
