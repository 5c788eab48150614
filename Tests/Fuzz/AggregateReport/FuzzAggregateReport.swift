import Compression
import DMARC
import XML

/// Looks for reports in the octets, as a file and as a message, and reads them; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAggregateReport(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    AggregateReportTrial(octets).run()
    return 0
}
