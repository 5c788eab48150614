/// The payload of an Authentication-Results field, or of an ARC-Authentication-Results field.
/// Source: RFC 8601 §2.2; RFC 8617 §4.1.1.
///
/// What is kept is what can be written, and what is written reads as the same again.
/// Limits: ``AuthenticationResultsLimits``; results beyond them are left out.
package struct AuthenticationResults: Sendable, Hashable {
    /// The instance of an ARC set, 1…50; nil for a field that is of none.
    package let instance: Int?
    /// Who says so; "unknown" where it was given empty.
    package let authservID: String
    /// nil for 1, where nothing is written.
    package let version: Int?
    /// Empty for "none".
    package let results: [AuthenticationResult]

    package init(instance: Int? = nil, authservID: String, version: Int? = nil, results: [AuthenticationResult], limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) {
        self.instance = instance.map { min(max($0, 1), 50) }
        let id = FieldText.visible(authservID, limit: limits.valueOctets)
        self.authservID = id.isEmpty ? "unknown" : id
        self.version = version.map { min(max($0, 0), 999_999_999) }
        // Of the head, and of each result, what it may be at most.
        var octets = self.authservID.utf8.count * 2 + 42, kept: [AuthenticationResult] = []
        for result in results {
            octets += result.mostOctets
            guard kept.count < limits.results, octets <= limits.fieldOctets else { break }
            kept.append(result)
        }
        self.results = kept
    }

    /// Whether the version is the one that is known here (RFC 8601 §2.5).
    package var isKnownVersion: Bool { version == nil || version == 1 }

    /// The results of a method, which is in lower case, in order.
    package func results(of method: String) -> [AuthenticationResult] { results.filter { $0.method == method } }

    /// The value of the field. A result stands on a line of its own when it is folded.
    package var text: FieldText {
        var head = AuthenticationProperty.written(authservID)
        if let version { head += " \(version)" }
        head = (instance.map { "i=\($0); " } ?? "") + head + ";"
        if results.isEmpty { return FieldText([head, "none"]) }
        var lines = [[head]]
        for (place, result) in results.enumerated() {
            var pieces = result.pieces
            if place < results.count - 1, !pieces.isEmpty { pieces[pieces.count - 1] += ";" }
            lines.append(pieces)
        }
        return FieldText(visible: lines)
    }
}
