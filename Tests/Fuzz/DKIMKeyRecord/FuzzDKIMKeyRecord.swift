/// Reads the octets; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDKIMKeyRecord(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    DKIMKeyRecordTrial(unsafe Array(UnsafeBufferPointer(start: data, count: size))).run()
    return 0
}
