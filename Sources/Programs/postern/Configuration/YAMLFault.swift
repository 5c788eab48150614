/// What is told of a text that is not YAML.
enum YAMLFault {
    /// Octets of what the parser says: it shows lines of the text, however long they are.
    static let octetLimit = 200

    /// A sentence for who wrote the text, cut to ``octetLimit``.
    static func text(_ error: any Error) -> String {
        var said = "\(error)"[...], isCut = false
        if said.utf8.count > octetLimit {
            said = said.prefix(octetLimit)
            isCut = true
        }
        while said.utf8.count > octetLimit { said = said.dropLast() }
        return "is not YAML: \(said)\(isCut ? "…" : "")"
    }
}
