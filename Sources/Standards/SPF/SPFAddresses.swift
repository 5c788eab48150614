import DNS

/// Look-ups of many hosts' addresses: all at once on the wire, one after the other in what they mean.
struct SPFAddresses: Sendable {
    let resolver: any Resolver
    let v4: Bool
    let deadline: ContinuousClock.Instant

    /// Hands over the answers in the order of the names.
    ///
    /// The first name is asked for alone: it settles most cases, and costs no task.
    /// - Parameter use: says whether it wants the next answer; when it does not, questions under way are cancelled.
    func each(of names: [DomainName], use: (DomainName, Found<IPAddress>) -> Bool) async {
        guard let first = names.first else { return }
        guard use(first, await resolver.addresses(of: first, v4: v4, by: deadline)) else { return }
        let rest = Array(names.dropFirst())
        if rest.count == 1 {
            _ = use(rest[0], await resolver.addresses(of: rest[0], v4: v4, by: deadline))
            return
        }
        await withTaskGroup(of: (Int, Found<IPAddress>).self) { group in
            for (place, name) in rest.enumerated() {
                group.addTask { (place, await resolver.addresses(of: name, v4: v4, by: deadline)) }
            }
            var answers: [Found<IPAddress>?] = Array(repeating: nil, count: rest.count), next = 0
            while let (place, answer) = await group.next() {
                answers[place] = answer
                while next < rest.count, let known = answers[next] {
                    guard use(rest[next], known) else { group.cancelAll(); return }
                    next += 1
                }
            }
        }
    }
}
