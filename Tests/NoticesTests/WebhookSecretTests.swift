import Notices
import Testing

@Suite struct WebhookSecretTests {
    /// Python's `hmac` made these: `b64encode(hmac.new(key, b"id.1700000000.{}", sha256).digest())`.
    @Test func theTwoForms() throws {
        let plain = try #require(WebhookSecret("abcdefghijklmnopqrstuvwxyz")), coded = try #require(WebhookSecret("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="))
        #expect(plain == coded)
        #expect(plain.signature(id: "id", time: 1_700_000_000, body: Array("{}".utf8)) == "v1,zxiAt/1Z/GVt6FB4c5bQ7Je983GH/gDbmnN5zBzFYz4=")
        // The example of Standard Webhooks.
        let example = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect(example.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", time: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8)) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: ["", "short", "abcdefghijklmnopqrstuvw", "whsec_", "whsec_YWJj", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eX", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1d nd4eXo=", "whsec_YWJj*GVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", String(repeating: "x", count: WebhookSecret.longest + 1)])
    func noSecrets(_ text: String) { #expect(WebhookSecret(text) == nil) }

    @Test func itShowsItselfToNobody() throws {
        let secret = try #require(WebhookSecret("abcdefghijklmnopqrstuvwxyz"))
        #expect("\(secret)" == "(secret)" && !String(reflecting: secret).contains("abc"))
        var shown = ""
        dump(Webhook(WebhookSubscription(name: "panel"), base: "https://panel.example.org", path: "/hook?key=1", secret: secret), to: &shown)
        #expect(!shown.contains("97"), "the octets: \(shown)")
    }
}
