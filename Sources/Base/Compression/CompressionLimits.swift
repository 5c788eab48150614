/// How much is undone before a compressed stream or an archive is refused.
package struct CompressionLimits: Sendable, Hashable {
    /// Octets that come out, of all members together.
    package var outputOctets = 33_554_432
    /// Octets that come out for one that went in, once ``freeOctets`` came out; deflate reaches about 1030, reports about 100.
    package var ratio = 400
    /// Octets that may come out at whatever ratio.
    package var freeOctets = 1_048_576
    /// Members of one gzip stream, or of one archive.
    package var members = 100
    /// Octets of the name of a member of an archive.
    package var nameOctets = 1_024

    package init() {}
}

/// The name of a limit that was met.
package enum CompressionLimit: String, Sendable, Hashable, CaseIterable {
    case outputOctets = "output-octets", ratio, members, nameOctets = "name-octets"
}
