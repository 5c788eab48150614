/// Reads the octets; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDKIMSignature(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    DKIMSignatureTrial(unsafe Array(UnsafeBufferPointer(start: data, count: size))).run()
    return 0
}
