internal import Foundation

/// The envelope as a JSON object: the names and values of the query parameters, `rcpt` a text or a list of texts.
struct EnvelopeDocument: Decodable {
    private let fields: [Query.Field]

    /// - Returns: names and values as if they had stood in a query, for `EnvelopeReader` to check.
    /// - Throws: a problem that names the member that is wrong.
    static func fields(_ json: [UInt8]) throws(Problem) -> [Query.Field] {
        do {
            try JSONBody.check(json, part: "envelope")
            return try JSONDecoder().decode(EnvelopeDocument.self, from: Data(json)).fields
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .body("The part envelope is not a JSON object.", parameter: "envelope")
        }
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: AnyKey.self)
        var fields: [Query.Field] = []
        for key in members.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            let name = key.stringValue
            if try members.decodeNil(forKey: key) { continue }
            if let text = try? members.decode(String.self, forKey: key) {
                fields.append((name, text))
            } else if name == "client_port", let number = try? members.decode(UInt16.self, forKey: key) {
                fields.append((name, String(number)))
            } else if name == "can_hold", let flag = try? members.decode(Bool.self, forKey: key) {
                fields.append((name, flag ? "yes" : "no"))
            } else if name == "rcpt", let texts = try? members.decode([String].self, forKey: key) {
                for text in texts { fields.append((name, text)) }
            } else {
                throw Problem.parameter(name, name == "rcpt" ? "is neither a text nor a list of texts" : name == "client_port" ? "is not a number from 0 to 65535" : "is not a text")
            }
        }
        self.fields = fields
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
