import Letters
import Mail

/// Any octets are HTML: what is visible and what is hidden is no more than there was, and folding it comes to rest.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTMLText(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let html = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    let message = Message(octets: Array("Content-Type: text/html; charset=utf-8\r\n\r\n".utf8) + html)
    for text in message.texts {
        // An octet that is no UTF-8 becomes three; a reference is no shorter than what it stands for.
        precondition(text.text.utf8.count + text.hiddenText.utf8.count <= 3 * size + 16)
        let folded = FoldedText(text.text)
        precondition(folded.octets.count <= FoldedText.longestFolding * text.text.utf8.count)
        precondition(FoldedText(folded.text).octets == folded.octets)
    }
    for url in message.urls { precondition(!url.host.isEmpty) }
    return 0
}
