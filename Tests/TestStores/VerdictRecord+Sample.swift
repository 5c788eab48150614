import DNS
import FoundationEssentials
package import Verdicts

extension VerdictRecord {
    /// A record as a message from the Internet leaves it, about 1.5 kB of JSON.
    package static func sample(tenant: String = "default", at time: Timestamp, queueID: String? = nil, digest: UInt8 = 0, action: Action = .accept) -> VerdictRecord {
        let list = (0..<8).map { #"{"code":"blocklist.list\#($0)","detail":"192.0.2.1 is not listed in list\#($0).example","weight":0.25}"# }
        return VerdictRecord(
            id: VerdictID(at: time), tenant: tenant, receivedAt: time, action: action, messageClass: .legitimate, score: 1.25, direction: .inbound,
            clientIP: .v4(0xc000_0201), helo: "mx.example.org", mailFrom: HistoryPath("bob@example.org"), recipients: ["ann@example.net", "eve@example.net"].map { HistoryPath($0) },
            authUser: nil, queueID: queueID, serverName: "mta.example.net", messageID: "20261123.\(digest)@example.org", subject: "Zugbrücke",
            domains: ["example.org", "mx.example.org", "shop.example"], codes: ["iprev.pass", "spf.pass"], size: 4321,
            digest: [UInt8](repeating: digest, count: 32),
            envelope: Array(#"{"client_ip":"192.0.2.1","helo":"mx.example.org","mail_from":"bob@example.org","rcpt":["ann@example.net","eve@example.net"],"direction":"inbound","tenant":"default"}"#.utf8),
            findings: Array("[\(list.joined(separator: ","))]".utf8),
            evidence: Array(#"{"reverse_dns":{"result":"pass","names":["mx.example.org"]},"spf":{"mail_from":{"result":"pass","domain":"example.org","mechanism":"ip4:192.0.2.0/24"}},"content":{"size":4321,"subject":"Zugbr\u00fccke","parts":2,"attachments":[],"link_hosts":["shop.example"]}}"#.utf8),
            decision: Array(#"{"thresholds":{"tag":5,"quarantine":8,"reject":15},"smtp":{"code":250,"enhanced":"2.0.0","text":"ok"},"headers":{"add":[{"name":"X-Spam-Score","value":"1.25"}],"remove":[]},"timing_ms":{"total":4.75,"spf":1.5}}"#.utf8))
    }
}

extension Timestamp {
    package static var present: Timestamp { Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
}
