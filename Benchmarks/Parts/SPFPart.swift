import DNS
import Foundation
import SPF
import Unbound

/// SPF over the messages of the peers kit, as `anchors spf` has it for libspf2: MAIL FROM, or postmaster at the HELO name.
enum SPFPart {
    private struct Line: Decodable {
        let ip: String, helo: String, mailFrom: String
        enum CodingKeys: String, CodingKey { case ip, helo, mailFrom = "mail_from" }
    }

    static func run(manifest: String, port: UInt16, seconds: Double) async throws {
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        let messages = try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }.compactMap { line -> (SPFSession, String, String)? in
            guard let client = IPAddress(line.ip) else { return nil }
            let session = SPFSession(client: client, helo: line.helo, receiver: "bench", deadline: .now + .seconds(3600), time: 1_700_000_000)
            guard let at = line.mailFrom.lastIndex(of: "@") else { return (session, "postmaster", line.helo) }
            return (session, String(line.mailFrom[..<at]), String(line.mailFrom[line.mailFrom.index(after: at)...]))
        }
        let resolver = CachingResolver(over: try UnboundResolver(settings: UnboundSettings(servers: [NameServer(.v4(0x7f00_0001), port: port)])))
        let evaluator = SPFEvaluator(resolver: resolver, receiver: "bench")
        var results: [SPFResult: Int] = [:]
        for (session, localPart, domain) in messages { results[await evaluator.check(.mailfrom, localPart: localPart, domain: domain, session).result, default: 0] += 1 }
        var place = 0
        let each = await Parts.microseconds(for: seconds) {
            place = (place + 1) % messages.count
            let (session, localPart, domain) = messages[place]
            _ = await evaluator.check(.mailfrom, localPart: localPart, domain: domain, session)
        }
        let words = results.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue)=\($0.value)" }.joined(separator: " ")
        print("postern spf \(Int(1e6 / each.mean)) eval/s  \(words)")
    }
}
