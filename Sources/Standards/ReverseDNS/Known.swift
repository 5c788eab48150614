internal import JSON

/// What a look-up told: yes, no, or that it could not be known. Not knowing is never "no".
package enum Known: String, Decodable, JSONWritable, Sendable, Hashable {
    case yes, no, unknown
}
