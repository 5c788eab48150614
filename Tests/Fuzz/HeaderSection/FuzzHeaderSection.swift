import Mail

/// Any octets are a header section; its fields are pieces of it, in order.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeaderSection(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    let header = HeaderSection(octets: octets)
    var end = 0
    for field in header.fields {
        precondition(field.range.lowerBound >= end && field.range.upperBound <= octets.count && !field.name.isEmpty)
        end = field.range.upperBound
        _ = field.text
        _ = ReceivedField(field.value)
        _ = MailDate(field.value)
        precondition(header.first(field.name) != nil || field.name.contains("\u{fffd}"))
    }
    _ = Message(octets: Array("Content-Type: ".utf8) + octets + Array("\r\n\r\n".utf8)).root.contentType
    return 0
}
