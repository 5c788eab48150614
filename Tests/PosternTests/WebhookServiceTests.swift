import Foundation
import Glibc
import TestSupport
import Testing

/// Events at the real service, with its database and a receiver.
@Suite(.longWork) struct WebhookServiceTests {
    private static let secret = "a secret that nobody shall see in any log"

    private func panel(_ service: RunningService) async throws -> [String: Any] {
        try #require((try await service.ask("GET", "/v1/webhooks").json["items"] as? [[String: Any]])?.first)
    }

    /// What a panel does not take is delivered after a service that was killed.
    @Test func whatWaitsOutlivesTheService() async throws {
        let dns = try await TestNameServer.nsd(zones: [".": ExampleZone.root]), receiver = try await WebhookReceiver(secret: Self.secret), folder = try TemporaryFolder()
        try folder.write(Self.secret + "\nwhat else stands there\n", to: "secret")
        let settings = """
            blocklists: {use: []}
            malware: {scan: false}
            webhooks:
              - {name: panel, url: "\(receiver.base)/hook?key=hidden", secret_file: \(folder.path)/secret, events: [sender.frozen]}
              - {name: far, url: "http://panel.example.org/", secret_file: \(folder.path)/secret, tenant: acme}
            """
        let first = try await RunningService(settings: settings, dns: [dns.port], folder: folder)
        let tested = try await first.ask("POST", "/v1/webhooks/panel/test")
        #expect(tested.status == 202, "\(tested.text)")
        try await eventually("it is delivered") { try await panel(first)["last_success_at"] is String }
        #expect(try receiver.requests.map(\.body) == [tested.text] && receiver.requests.allSatisfy { $0.verified && $0.path == "/hook?key=hidden" })
        #expect(try await panel(first)["url"] as? String == "\(receiver.base)/hook")
        try receiver.set(.fails)
        let second = try await first.ask("POST", "/v1/webhooks/panel/test")
        try await eventually("it is refused") { try await panel(first)["last_failure"] as? String == "status 503" }
        #expect(try await panel(first)["pending"] as? Int == 1)
        first.signal(SIGKILL)
        _ = first.wait()
        try receiver.set(.takes)
        let again = try await RunningService(settings: settings, dns: [dns.port], folder: folder)
        try await eventually("it is delivered by the next") { try await panel(again)["pending"] as? Int == 0 }
        #expect(try receiver.requests.filter { $0.status == 204 }.map(\.id).last == second.json["id"] as? String)
        let events = try await again.ask("GET", "/v1/events?order=oldest").json["items"] as? [[String: Any]]
        #expect(events?.map { $0["id"] as? String } == [tested, second].map { $0.json["id"] as? String })
        try await eventually("the metrics tell") {
            let text = try await again.ask("GET", "/metrics").text
            return text.contains(#"postern_webhook_deliveries_total{webhook="panel",result="delivered"} 1"#) && text.contains(#"postern_webhook_pending{webhook="panel"} 0"#)
        }
        again.stop()
        let logs = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("log-") }.map { try folder.read($0) }.joined()
        #expect(logs.contains("unencrypted") && logs.contains(#""webhook":"far""#) && !logs.contains(Self.secret) && !logs.contains("hidden"))
    }
}
