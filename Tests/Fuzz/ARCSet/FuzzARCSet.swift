import DMARC

/// Reads the octets as a header with a chain, and as each field of a set.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzARCSet(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    ARCSetTrial(octets).run()
    return 0
}
