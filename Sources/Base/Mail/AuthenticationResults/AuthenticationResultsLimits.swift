/// How much of Authentication-Results is written and read. Each is a count or a number of octets, 1 or more.
package struct AuthenticationResultsLimits: Sendable, Hashable {
    /// Octets of one field.
    package var fieldOctets = 32_768
    /// Results of one field.
    package var results = 64
    /// Properties of one result.
    package var properties = 24
    /// Octets of a method, a property type or a property.
    package var keywordOctets = 64
    /// Octets of an authserv-id, a result, a value, a reason or a comment, before what must be escaped in it is: with all of it escaped, a line stays below 998.
    package var valueOctets = 400
    /// Fields of one header that are read for trusted hosts, from the top.
    package var fields = 100
    /// Names beyond ASCII of one message that are converted to know whose its fields are; a field that would take more is taken for whoever's is asked for.
    package var conversions = 64

    package init() {}
}
