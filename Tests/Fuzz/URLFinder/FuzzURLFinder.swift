import DNS
import Mail

/// Any octets are a text with URLs in it, each once and within its limit; the registrable part of a host is the end of it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzURLFinder(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    let message = Message(octets: Array("Content-Type: text/plain; charset=utf-8\r\n\r\n".utf8) + text)
    var limits = MessageLimits()
    limits.urls = 3
    limits.urlOctets = 20
    for (read, most, longest) in [(message, MessageLimits().urls, MessageLimits().urlOctets), (Message(octets: message.octets, limits: limits), 3, 20)] {
        precondition(read.urls.count <= most && Set(read.urls.map(\.raw)).count == read.urls.count)
        for url in read.urls {
            precondition(url.raw.utf8.count <= 3 * longest && !url.host.isEmpty)
            let host = Array(url.host.utf8)
            precondition((0...host.count).contains(RegistrableName.start(in: host[...])))
        }
    }
    _ = MailURL(String(decoding: text, as: UTF8.self))
    return 0
}
