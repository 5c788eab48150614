import Checks
import Foundation
import Logging
import Logs
import Postgres
import ServiceLifecycle
import Storage
import Verdicts

/// The greylist, put together after the settings; whether it is asked says the policy, which may change.
struct GreylistHouse: Sendable {
    let greylist: Greylist
    private let store: PostgresGreylist

    init(_ settings: Greylist.Settings, database: PostgresSettings) {
        store = PostgresGreylist(database)
        greylist = Greylist(store, settings: settings)
    }

    /// Writes what is left to be written.
    func close() async {
        try? await greylist.write(by: .now + .seconds(2))
        await store.close()
    }

    /// Writes what authors have sent, and who stays known.
    func keepers(_ logger: Logger) -> [any Service] {
        [Keeper {
            let failed = Repetition()
            while !Task.isCancelled {
                do { try await Task.sleep(for: .seconds(10)) } catch { return }
                do { try await greylist.write(by: .now + .seconds(10)) } catch is CancellationError { return } catch {
                    if let times = failed.count() { logger.warning("the history of authors could not be written for the greylist", metadata: ["error": "\(error)", "times": "\(times)"]) }
                }
            }
        }]
    }
}
