internal import HummingbirdCore
internal import HummingbirdTLS
internal import NIOSSL

extension HTTPServerBuilder {
    /// The same over TLS 1.2 or better.
    /// - Throws: when a file cannot be read or is not PEM, or when key and certificate do not belong together.
    func overTLS(certificateFile: String, keyFile: String) throws -> HTTPServerBuilder {
        let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try .tls(self, tlsConfiguration: configuration)
    }
}
