/// Looks again every 20 ms until something is so: for what tells nobody when it comes.
/// - Parameter deadline: far enough for a busy machine; nothing is timed by it.
/// - Throws: ``NeverCame`` where it is not so by then.
package func eventually(_ what: String, by deadline: ContinuousClock.Instant = .now + .seconds(240), _ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

package struct NeverCame: Error {
    package let what: String

    package init(what: String) { self.what = what }
}
