import Feedback

/// Reads the octets as a message that is a report about mail; whatever is read must keep its promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFeedbackReport(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    FeedbackReportTrial(octets).run()
    return 0
}
