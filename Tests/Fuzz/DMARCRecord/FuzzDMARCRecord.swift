import DMARC

/// Reads the octets as a record and as an address for reports; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDMARCRecord(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    DMARCRecordTrial(octets).run()
    return 0
}
