internal import Foundation
internal import HTTPTypes

/// Reads the small JSON objects that change something.
enum SmallDocument {
    /// - Parameter members: the names there are; others are refused by name.
    static func read<Wish: Decodable>(_ type: Wish.Type, _ octets: [UInt8], members: [String]) throws(Problem) -> Wish {
        do {
            let data = Data(octets)
            for name in try JSONDecoder().decode(Names.self, from: data).names where !members.contains(name) {
                throw Problem.parameter(name, "is not a member here")
            }
            return try JSONDecoder().decode(type, from: data)
        } catch let problem as Problem {
            throw problem
        } catch DecodingError.keyNotFound(let key, _) {
            throw .parameter(key.stringValue, "is missing")
        } catch DecodingError.typeMismatch(_, let place), DecodingError.valueNotFound(_, let place), DecodingError.dataCorrupted(let place) {
            guard let name = place.codingPath.first?.stringValue else { throw .body("The body is not a JSON object.") }
            throw .parameter(name, "has a value that cannot be")
        } catch {
            throw .body("The body is not a JSON object.")
        }
    }

    /// The tenant that something new is for: the caller's own, or any for a caller that is confined to none.
    static func tenant(_ wished: String?, for call: Call) throws(Problem) -> String? {
        if let wished, wished.isEmpty || wished.utf8.count > 255 || wished.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { throw .parameter("tenant", "has not 1 to 255 printable octets") }
        guard let own = call.tenant else { return wished }
        if let wished, wished != own { throw Problem(.forbidden, "tenant", "The token is not for this", "The token is confined to another tenant.", parameter: "tenant") }
        return own
    }

    /// The tenant that the parameter `tenant` names, on a route that has no other: the caller's own, or any for a caller that is confined to none.
    static func tenantMeant(by call: Call) throws(Problem) -> String? {
        var wished: String? = nil
        for field in try call.query().fields {
            guard field.name == "tenant" else { throw .parameter(field.name, "is not a parameter here") }
            guard wished == nil else { throw .parameter(field.name, "is given more than once") }
            wished = field.value
        }
        return try tenant(wished, for: call)
    }

    private struct Names: Decodable {
        let names: [String]

        init(from decoder: any Decoder) throws { names = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue) }

        private struct Name: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }
}
