/// Why a payload of Authentication-Results cannot be read.
package enum AuthenticationResultsError: Error, Sendable, Hashable {
    case tooLong(octets: Int)
    /// What is for an ARC set does not begin with `i=` and 1…50.
    case noInstance
    /// What stands there instead.
    case noAuthservID(String)
    case badVersion(String)
    /// Neither a version nor a semicolon follows the authserv-id.
    case afterAuthservID(String)
    case afterNone(String)
    case noMethod(String)
    case badMethodVersion(method: String)
    case noResult(method: String)
    case noProperty(String)
    case noValue(property: String)
    case tooManyResults, tooManyProperties(method: String)
    case keywordTooLong(String), valueTooLong(String)
    case openComment, openQuote

    static func unclosed(_ fault: StructuredText.Fault) -> AuthenticationResultsError { fault == .openComment ? .openComment : .openQuote }
}

/// Text from outside in it is visible ASCII, and short.
extension AuthenticationResultsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong(let octets): "the field is too long: \(octets) octets"
        case .noInstance: "no instance: an ARC set has i= and 1 to 50"
        case .noAuthservID(let text): "no authserv-id: \(text)"
        case .badVersion(let text): "the version is no number: \(text)"
        case .afterAuthservID(let text): "neither a version nor a semicolon after the authserv-id: \(text)"
        case .afterNone(let text): "something after none: \(text)"
        case .noMethod(let text): "no method: \(text)"
        case .badMethodVersion(let method): "the version of a method is no number: \(method)"
        case .noResult(let method): "a method without a result: \(method)"
        case .noProperty(let text): "no property: \(text)"
        case .noValue(let property): "a property without a value: \(property)"
        case .tooManyResults: "too many results"
        case .tooManyProperties(let method): "too many properties: \(method)"
        case .keywordTooLong(let text): "a word is too long: \(text)"
        case .valueTooLong(let name): "a value is too long: \(name)"
        case .openComment: "a comment does not end"
        case .openQuote: "a quoted string does not end"
        }
    }
}
