internal import DNS

/// Name and type: what makes two questions the same.
struct Question: Hashable, Sendable {
    let name: DomainName
    let type: RecordType
    /// Taken once, with the process's own seed: it chooses the part of the cache, and the place in it.
    let digest: Int

    init(name: DomainName, type: RecordType) {
        self.name = name
        self.type = type
        var hasher = Hasher()
        hasher.combine(name.text)
        hasher.combine(type.rawValue)
        digest = hasher.finalize()
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    static func == (one: Question, other: Question) -> Bool {
        one.digest == other.digest && one.type == other.type && one.name.text == other.name.text
    }
}
