import Mail

/// Reads the octets as a payload, and writes them as words of one; whatever is read and written must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAuthenticationResults(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    AuthenticationResultsTrial(octets).run()
    return 0
}
