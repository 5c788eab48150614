import Mail

/// Any text is a list of addresses; what a path yields can be written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAddress(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = unsafe String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    for address in MailAddress.parse(list: text) { _ = address.address }
    _ = MailURL(text)
    guard let path = try? MailAddress.path(text) else { return 0 }
    let again = try? MailAddress.path("<\(path.address)>")
    // Quoting may make a local part too long, and an A-label a domain.
    if let again { precondition(again.localPart == path.localPart && again.domain == path.domain && again.literal == path.literal) }
    return 0
}
