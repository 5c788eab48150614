import TestSupport
import Testing

/// What `postern token make` refuses before it looks for a database.
@Suite(.longWork) struct TokenCommandTests {
    @Test(arguments: [
        (["--tenant", "blue", "--scope", "judge", "--scope", "metrics"], ["--scope", "metrics", "whole node"]),
        (["--tenant", ""], ["--tenant"]), (["--scope", "everything"], ["--scope", "everything"]),
    ])
    func refused(_ options: [String], _ says: [String]) async throws {
        let folder = try TemporaryFolder()
        let status = try await blocking {
            try ChildProcess(RunningService.program, ["token", "make", "x"] + options + ["--state-dir", folder.path], log: "\(folder.path)/log").wait()
        }
        let text = try folder.read("log")
        #expect(status != 0)
        for part in says { #expect(text.contains(part), "\(text)") }
    }
}
