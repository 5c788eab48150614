import Mail

/// Any octets are a message, and are kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessage(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    let message = Message(octets: octets)
    precondition(message.octets == octets && !message.parts.isEmpty && message.digest.count == 32)
    // The same octets under limits that are soon met.
    var limits = MessageLimits()
    limits.headerFields = 4; limits.parts = 5; limits.nesting = 3; limits.addresses = 3; limits.urls = 3; limits.htmlDepth = 3
    limits.textOctets = 64; limits.urlOctets = 16; limits.fileNameOctets = 7; limits.headerFieldOctets = 40; limits.encodedWords = 2
    let bounded = Message(octets: octets, limits: limits)
    precondition(bounded.parts.count <= 5 && bounded.urls.count <= 3 && bounded.to.count <= 3)
    for part in message.parts { precondition(part.decodedText.utf8.count <= octets.count &* 3 &+ 16) }
    for leaf in message.leaves(limits: MessageLimits()).leaves { precondition(message.parts.indices.contains(leaf.part.index) && leaf.part.decoded.count <= octets.count &* 9 &+ 65_536) }
    precondition(bounded.leaves(limits: limits).leaves.allSatisfy { bounded.parts.indices.contains($0.part.index) })
    return 0
}
