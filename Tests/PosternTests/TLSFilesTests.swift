import Foundation
import TestSupport
import Testing

/// What `postern settings` says of the files of a TLS listener: what `postern serve` would say.
@Suite(.longWork) struct TLSFilesTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String, certificate: String, key: String
        /// nil: the settings hold.
        let says: [String]?
    }

    @Test(arguments: [
        Row(testDescription: "a pair", certificate: "one.pem", key: "one.key", says: nil),
        Row(testDescription: "a certificate that is none", certificate: "noise", key: "one.key", says: ["tls.certificate", "noise"]),
        Row(testDescription: "a key that is none", certificate: "one.pem", key: "noise", says: ["tls.key", "noise"]),
        Row(testDescription: "certificate and key changed over", certificate: "one.key", key: "one.pem", says: ["tls.certificate", "one.key"]),
        Row(testDescription: "the key of another certificate", certificate: "one.pem", key: "two.key", says: ["tls.certificate and tls.key", "one.pem", "two.key"]),
        Row(testDescription: "a file that is not there", certificate: "one.pem", key: "none", says: ["tls.key", "none"]),
    ])
    func files(_ row: Row) async throws {
        let folder = try TemporaryFolder()
        try folder.write("noise", to: "noise")
        let status = try await blocking {
            for name in ["one", "two"] {
                let made = try ChildProcess.run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "\(folder.path)/\(name).key",
                                                            "-out", "\(folder.path)/\(name).pem", "-days", "2", "-subj", "/CN=localhost"], log: "\(folder.path)/openssl.log")
                try #require(made == 0)
            }
            try folder.write("tls:\n  listen: [\"127.0.0.1:0\"]\n  certificate: \(folder.path)/\(row.certificate)\n  key: \(folder.path)/\(row.key)\n", to: "postern.yaml")
            return try ChildProcess(RunningService.program, ["settings", "--config", "\(folder.path)/postern.yaml"], log: "\(folder.path)/log").wait()
        }
        let text = try folder.read("log")
        #expect((status == 0) == (row.says == nil), "\(text)")
        for part in row.says ?? ["The settings hold"] { #expect(text.contains(part), "\(text)") }
    }
}
