import TransportSecurity

/// Reads the octets as a TLS report and as a date; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTLSReport(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    TLSReportTrial(octets).run()
    return 0
}
