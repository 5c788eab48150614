import API

extension Configuration {
    /// Where the door of the settings is.
    var listeners: [Listener] {
        listen.map { address -> Listener in
            switch address {
            case .tcp(let place): .tcp(host: place.host, port: place.port)
            case .unix(let path): .unix(path: path)
            }
        } + (tls.map { tls in tls.listen.map { .tls(host: $0.host, port: $0.port, certificateFile: tls.certificate, keyFile: tls.key) } } ?? [])
    }
}
