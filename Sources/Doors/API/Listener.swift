internal import HummingbirdCore

/// Where the door can be knocked at.
package enum Listener: Sendable, Hashable {
    /// Plain HTTP. Port 0 takes a free one.
    case tcp(host: String, port: Int)
    /// Plain HTTP on a unix socket with mode 0660; its folder is made with mode 0750 where there is none.
    case unix(path: String)
    /// HTTP over TLS 1.2 or better; both files are PEM, the certificate's with its chain.
    case tls(host: String, port: Int, certificateFile: String, keyFile: String)

    /// Makes sure of what can be known without listening.
    /// - Throws: naming the setting and the file, when certificate and key of a TLS listener cannot be used.
    package func check() throws {
        if case .tls(_, _, let certificateFile, let keyFile) = self { _ = try HTTPServerBuilder.http1().overTLS(certificateFile: certificateFile, keyFile: keyFile) }
    }
}

extension Listener: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port): "http://\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .tls(let host, let port, _, _): "https://\(host):\(port)"
        }
    }
}
