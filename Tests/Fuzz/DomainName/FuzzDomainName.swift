import DNS

/// Names, addresses, networks and record data of any octets: nothing crashes, and what was read is read again the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDomainName(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    let text = String(decoding: octets, as: UTF8.self)
    if let name = DomainName(text) { check(name) }
    if let name = DomainName(wire: octets[...]) { check(name) }
    if let address = IPAddress(text) { check(address) }
    if let network = IPNetwork(text) {
        precondition(IPNetwork(network.description) == network, "a network changes when it is written and read")
        precondition(network.contains(network.address))
    }
    for type in RecordType.allCases {
        guard let record = RecordData(wire: octets, type: type) else { continue }
        switch record {
        case .address(let address):
            precondition(address.octets == octets, "an address changes when it is written")
            check(address)
        case .name(let name): check(name)
        case .exchange(_, let host): check(host)
        case .text(let text): precondition(text.count < octets.count, "text longer than its record")
        case .tlsa(_, _, _, let data): precondition(data.count + 3 == octets.count)
        }
    }
    return 0
}

private func check(_ name: DomainName) {
    precondition(DomainName(name.text) == name, "a name changes when it is written and read")
    precondition(name.labels.joined(separator: ".") == name.text)
    precondition(name.isWithin(name))
    var above: DomainName? = name, steps = 0
    while let next = above { precondition(name.isWithin(next)); above = next.parent; steps += 1 }
    precondition(steps <= 128)
    if let parent = name.parent, let first = name.labels.first, let child = DomainName(first) {
        precondition(child.prepended(to: parent) == name, "a name is not its first label under its parent")
    }
    _ = name.isFullyQualifiedHostName
}

private func check(_ address: IPAddress) {
    precondition(IPAddress(address.description) == address, "an address changes when it is written and read")
    precondition(IPAddress(networkOrder: address.octets) == address)
    precondition(DomainName(address.reverseName.text) == address.reverseName)
    _ = NetworkSet.specialPurpose.contains(address)
}
