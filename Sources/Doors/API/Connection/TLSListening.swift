internal import HummingbirdCore
internal import HummingbirdTLS
internal import NIOSSL

extension HTTPServerBuilder {
    /// The same over TLS 1.2 or better.
    /// - Throws: when a file cannot be read or is not PEM, or when key and certificate do not belong together.
    func overTLS(certificateFile: String, keyFile: String) throws -> HTTPServerBuilder {
        let chain = try Self.read("tls.certificate", certificateFile) { try NIOSSLCertificate.fromPEMFile(certificateFile) }
        let key = try Self.read("tls.key", keyFile) { try NIOSSLPrivateKey(file: keyFile, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try Self.read("tls.certificate and tls.key", "\(certificateFile), \(keyFile)") {
            // Whether they belong together shows when a context is made of them.
            _ = try NIOSSLContext(configuration: configuration)
            return try .tls(self, tlsConfiguration: configuration)
        }
    }

    private static func read<Value>(_ setting: String, _ file: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw UnusableCertificate(description: "\(setting): \(file) cannot be used: \(error)") }
    }
}

/// What is wrong with the files of a TLS listener, by the name of the setting.
struct UnusableCertificate: Error, CustomStringConvertible {
    let description: String
}
