import API
import ServiceLifecycle
import Synchronization

/// Work that goes on beside the door until the service stops.
struct Keeper: Service {
    let work: @Sendable () async -> Void

    func run() async throws { await cancelWhenGracefulShutdown { await work() } }
}

/// Waits until every listener can be reached.
final class Places: Sendable {
    private let count: Int
    private let all: @Sendable ([String]) -> Void
    private let open = Mutex<[String]>([])

    init(count: Int, all: @escaping @Sendable ([String]) -> Void) { self.count = count; self.all = all }

    func opened(_ listener: Listener, port: Int?) {
        var text = listener.description
        if let port { text = switch listener {
            case .tcp(let host, _): "http://\(Self.bracketed(host)):\(port)"
            case .tls(let host, _, _, _): "https://\(Self.bracketed(host)):\(port)"
            case .unix: text
        } }
        let places: [String]? = open.withLock { open in
            open.append(text)
            return open.count == count ? open : nil
        }
        if let places { all(places) }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
