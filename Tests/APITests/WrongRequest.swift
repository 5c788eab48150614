import Testing
import Verdicts

/// A request that is refused, and how.
struct WrongRequest: Sendable, CustomTestStringConvertible {
    var name: String
    var method = "POST"
    var target = judged
    var scope: Scope? = .judge
    var type: String? = raw
    var body: [UInt8]? = message
    var fields: [String] = []
    var status: Int
    var kind: String
    var parameter: String? = nil
    var testDescription: String { name }

    static func form(_ parts: [(String, String, String)], boundary: String = "b0") -> [UInt8] {
        Array(parts.map { "--\(boundary)\r\nContent-Disposition: form-data; name=\"\($0.0)\"\r\nContent-Type: \($0.1)\r\n\r\n\($0.2)\r\n" }.joined().utf8) + Array("--\(boundary)--\r\n".utf8)
    }

    static let formType = "multipart/form-data; boundary=b0"
    static let longest = "%61" + String(repeating: "a", count: 1024)

    static let all = [
        WrongRequest(name: "no such path", target: "/v1/verdict", status: 404, kind: "not-found"),
        WrongRequest(name: "no such path, no token", target: "/", scope: nil, status: 404, kind: "not-found"),
        WrongRequest(name: "wrong method", method: "PUT", status: 405, kind: "method"),
        WrongRequest(name: "wrong method before token", method: "DELETE", scope: nil, status: 405, kind: "method"),
        WrongRequest(name: "no token", scope: nil, status: 401, kind: "unauthorized"),
        WrongRequest(name: "no token, nothing else right either", target: "/v1/verdicts?x=1", scope: nil, type: "text/plain", status: 401, kind: "unauthorized"),
        WrongRequest(name: "not a token", scope: nil, fields: ["Authorization: Bearer nonsense"], status: 401, kind: "unauthorized"),
        WrongRequest(name: "unknown token", scope: nil, fields: ["Authorization: Bearer ptn_0123456789abcdef_\(String(repeating: "0", count: 64))"], status: 401, kind: "unauthorized"),
        WrongRequest(name: "another scheme", scope: nil, fields: ["Authorization: Basic Zm9vOmJhcg=="], status: 401, kind: "unauthorized"),
        WrongRequest(name: "wrong scope", scope: .history, status: 403, kind: "scope"),
        WrongRequest(name: "no media type", type: nil, status: 415, kind: "media-type", parameter: "Content-Type"),
        WrongRequest(name: "what curl says by itself", type: "application/x-www-form-urlencoded", status: 415, kind: "media-type", parameter: "Content-Type"),
        WrongRequest(name: "text", type: "text/plain", status: 415, kind: "media-type", parameter: "Content-Type"),
        WrongRequest(name: "compressed", fields: ["Content-Encoding: gzip"], status: 415, kind: "content-encoding", parameter: "Content-Encoding"),
        WrongRequest(name: "declared too long", body: nil, fields: ["Content-Length: 60000000"], status: 413, kind: "too-large"),
        WrongRequest(name: "no body", body: nil, status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "empty body", body: [], status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "empty chunked body", body: nil, fields: ["Transfer-Encoding: chunked\r\n\r\n0"], status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "no client", target: "/v1/verdicts?rcpt=a@example.org", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "no envelope at all", target: "/v1/verdicts", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "client is no address", target: "/v1/verdicts?client_ip=mx.example.org", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "client twice", target: judged + "&client_ip=192.0.2.2", status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "port too high", target: judged + "&client_port=65536", status: 400, kind: "invalid-parameter", parameter: "client_port"),
        WrongRequest(name: "port is no number", target: judged + "&client_port=smtp", status: 400, kind: "invalid-parameter", parameter: "client_port"),
        WrongRequest(name: "unknown parameter", target: judged + "&sender=x", status: 400, kind: "invalid-parameter", parameter: "sender"),
        WrongRequest(name: "tenant is not the caller's to choose", target: judged + "&tenant=x", status: 400, kind: "invalid-parameter", parameter: "tenant"),
        WrongRequest(name: "direction", target: judged + "&direction=up", status: 400, kind: "invalid-parameter", parameter: "direction"),
        WrongRequest(name: "sender is no address", target: "/v1/verdicts?client_ip=192.0.2.1&mail_from=a%20b", status: 400, kind: "invalid-parameter", parameter: "mail_from"),
        WrongRequest(name: "recipient is the null path", target: judged + "&rcpt=%3C%3E", status: 400, kind: "invalid-parameter", parameter: "rcpt"),
        WrongRequest(name: "NUL", target: judged + "&queue_id=a%00b", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "line end", target: judged + "&queue_id=a%0D%0Ab", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "no UTF-8", target: judged + "&queue_id=%FF", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "overlong UTF-8", target: judged + "&queue_id=%C0%AF", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "half an encoding", target: judged + "&queue_id=%F", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "no encoding", target: judged + "&queue_id=%GG", status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "long value", target: judged + "&queue_id=" + longest, status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "many parameters", target: judged + String(repeating: "&x", count: 1000), status: 400, kind: "invalid-parameter", parameter: "?"),
        WrongRequest(name: "form without boundary", type: "multipart/form-data", status: 400, kind: "invalid-form", parameter: "Content-Type"),
        WrongRequest(name: "form with query", type: formType, body: form([("envelope", "application/json", "{}"), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "form that is none", target: "/v1/verdicts", type: formType, status: 400, kind: "invalid-form"),
        WrongRequest(name: "form without envelope", target: "/v1/verdicts", type: formType, body: form([("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        WrongRequest(name: "form without message", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "{}")]), status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "form with two messages", target: "/v1/verdicts", type: formType, body: form([("message", raw, "x"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "form with another part", target: "/v1/verdicts", type: formType, body: form([("mail", raw, "x")]), status: 400, kind: "invalid-body", parameter: "mail"),
        WrongRequest(name: "form with an empty message", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1"}"#), ("message", raw, "")]), status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "message of the wrong type", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "{}"), ("message", "image/png", "x")]), status: 400, kind: "invalid-body", parameter: "message"),
        WrongRequest(name: "envelope of the wrong type", target: "/v1/verdicts", type: formType, body: form([("envelope", "text/plain", "{}"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        WrongRequest(name: "envelope is no JSON", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "{client_ip}"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        WrongRequest(name: "envelope is a list", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", "[]"), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        WrongRequest(name: "a member twice", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1", "client_ip":"192.0.2.2"}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "envelope with a comma too many", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1",}"#), ("message", raw, "x")]), status: 400, kind: "invalid-body", parameter: "envelope"),
        WrongRequest(name: "neither can it nor can it not", target: judged + "&can_hold=perhaps", status: 400, kind: "invalid-parameter", parameter: "can_hold"),
        WrongRequest(name: "unknown member", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","colour":"red"}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "colour"),
        WrongRequest(name: "number for a text", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","queue_id":7}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "queue_id"),
        WrongRequest(name: "number for recipients", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","rcpt":[1]}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "rcpt"),
        WrongRequest(name: "port beyond", target: "/v1/verdicts", type: formType, body: form([("envelope", "application/json", #"{"client_ip":"192.0.2.1","client_port":70000}"#), ("message", raw, "x")]), status: 400, kind: "invalid-parameter", parameter: "client_port"),
        WrongRequest(name: "verdict that is no id", method: "GET", target: "/v1/verdicts/x", scope: .history, body: nil, status: 404, kind: "not-found"),
        WrongRequest(name: "verdict there is not", method: "GET", target: "/v1/verdicts/019ab1c2-3d4e-7f50-8a1b-2c3d4e5f6071", scope: .history, body: nil, status: 404, kind: "not-found"),
        WrongRequest(name: "verdict with a parameter", method: "GET", target: "/v1/verdicts/019ab1c2-3d4e-7f50-8a1b-2c3d4e5f6071?x=1", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "x"),
        WrongRequest(name: "unknown filter", method: "GET", target: "/v1/verdicts?colour=red", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "colour"),
        WrongRequest(name: "filter twice", method: "GET", target: "/v1/verdicts?code=a&code=b", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "code"),
        WrongRequest(name: "time", method: "GET", target: "/v1/verdicts?since=yesterday", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "since"),
        WrongRequest(name: "times in the wrong order", method: "GET", target: "/v1/verdicts?since=2026-11-23&until=2026-11-22", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "until"),
        WrongRequest(name: "action", method: "GET", target: "/v1/verdicts?action=drop", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "action"),
        WrongRequest(name: "network", method: "GET", target: "/v1/verdicts?client_ip=192.0.2.0/33", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "client_ip"),
        WrongRequest(name: "cursor", method: "GET", target: "/v1/verdicts?cursor=abc", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "cursor"),
        WrongRequest(name: "limit 0", method: "GET", target: "/v1/verdicts?limit=0", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "limit"),
        WrongRequest(name: "limit 1001", method: "GET", target: "/v1/verdicts?limit=1001", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "limit"),
        WrongRequest(name: "bucket", method: "GET", target: "/v1/verdicts/summary?bucket=5", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        WrongRequest(name: "bucket too short", method: "GET", target: "/v1/verdicts/summary?bucket=30s", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        WrongRequest(name: "bucket too long", method: "GET", target: "/v1/verdicts/summary?bucket=32d", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        WrongRequest(name: "bucket on the wrong route", method: "GET", target: "/v1/verdicts?bucket=1h", scope: .history, body: nil, status: 400, kind: "invalid-parameter", parameter: "bucket"),
        WrongRequest(name: "token without a name", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"scopes":["judge"]}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "name"),
        WrongRequest(name: "token with a scope there is not", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"name":"x","scopes":["root"]}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "scopes"),
        WrongRequest(name: "token with another member", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"name":"x","scopes":["judge"],"id":"1"}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "id"),
        WrongRequest(name: "token that is over", target: "/v1/tokens", scope: .admin, type: "application/json", body: Array(#"{"name":"x","scopes":["judge"],"expires_at":"2020-01-01T00:00:00Z"}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "expires_at"),
        WrongRequest(name: "token in another form", target: "/v1/tokens", scope: .admin, type: "text/plain", body: Array("{}".utf8), status: 415, kind: "media-type", parameter: "Content-Type"),
        WrongRequest(name: "token there is not", method: "DELETE", target: "/v1/tokens/0123456789abcdef", scope: .admin, body: nil, status: 404, kind: "not-found"),
        WrongRequest(name: "entry about nothing", target: "/v1/local-list", scope: .lists, type: "application/json", body: Array(#"{"effect":"block","subject":"a b","reason":""}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "subject"),
        WrongRequest(name: "entry without reason", target: "/v1/local-list", scope: .lists, type: "application/json", body: Array(#"{"effect":"block","subject":"example.org"}"#.utf8), status: 400, kind: "invalid-parameter", parameter: "reason"),
        WrongRequest(name: "entry that is a list", target: "/v1/local-list", scope: .lists, type: "application/json", body: Array("[]".utf8), status: 400, kind: "invalid-body"),
        WrongRequest(name: "entry there is not", method: "DELETE", target: "/v1/local-list/x", scope: .lists, body: nil, status: 404, kind: "not-found"),
        ]
}
