import Foundation

/// The folder in which the signatures lie.
enum SignatureFolder {
    /// What its files come to in octets; nil where it cannot be read.
    static func octets(_ path: String) -> Int? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return nil }
        return names.reduce(0) { sum, name in sum &+ ((try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.size] as? Int) ?? 0) }
    }
}
