internal import DNS

/// Fields of a message that say they are of this host, or of hosts that it trusts.
/// Source: RFC 8601 §4.1 and §5. Fields of ARC sets have another name, and are never among them.
extension HeaderSection {
    /// The Authentication-Results fields that claim to be of a host, which have to be removed from mail that comes from outside.
    ///
    /// Also where the field is malformed, where comments, quotes, white space or encoded words hide the name, and where it is too long for
    /// knowing better, or would take more work than one message may make. A name that only begins with the host's is another one, and stays.
    /// - Parameter authservID: of the host; case and a final dot do not matter.
    /// - Returns: places among the fields of that name, 1 for the topmost, ascending.
    /// - Limits: ``MessageLimits/headerFields``, ``MessageLimits/headerFieldOctets``, ``AuthenticationResultsLimits/conversions``.
    package func authenticationResultsPlaces(claiming authservID: String) -> [Int] {
        var place = 0, places: [Int] = []
        var claim = AuthservIDClaim(authservID)
        for field in fields where field.isNamed(.authenticationResults) {
            place += 1
            if claim.isMade(by: field) { places.append(place) }
        }
        return places
    }

    /// The Authentication-Results fields of hosts that are trusted, which may be believed only when the message came from there: they say what
    /// those hosts wrote if these remove fields that claim to be of them.
    /// - Parameter ids: authserv-ids; case and a final dot do not matter.
    /// - Returns: the place among the fields of that name, 1 for the topmost, and what it says; fields that cannot be read, or are of another
    ///   version, are left out.
    /// - Limits: ``AuthenticationResultsLimits/fields``, and those of each field.
    package func authenticationResults(trusted ids: [String], limits: AuthenticationResultsLimits = AuthenticationResultsLimits()) -> [(place: Int, results: AuthenticationResults)] {
        let wanted = Set(ids.map(AuthservIDClaim.comparable))
        var place = 0, found: [(place: Int, results: AuthenticationResults)] = []
        for field in fields where field.isNamed(.authenticationResults) {
            place += 1
            if place > limits.fields { break }
            guard let results = try? AuthenticationResults(field.rawValue, limits: limits), results.isKnownVersion,
                  wanted.contains(AuthservIDClaim.comparable(results.authservID)) else { continue }
            found.append((place, results))
        }
        return found
    }
}
