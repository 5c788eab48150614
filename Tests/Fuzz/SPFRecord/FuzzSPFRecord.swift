import DNS
import SPF

/// Reads the octets as a record and as an explanation; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSPFRecord(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    SPFRecordTrial(octets).run()
    return 0
}
