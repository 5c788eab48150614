import Verdicts

/// Forms of any octets: nothing crashes, and parts lie in the body, one behind the other. The first line is the Content-Type.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMultipart(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    check(octets, boundary: Array("b".utf8))
    let end = octets.firstIndex(of: 0x0a) ?? 0
    guard let boundary = MultipartForm.boundary(of: String(decoding: octets[..<end], as: UTF8.self)) else { return 0 }
    precondition(boundary.count >= 1 && boundary.count <= 70)
    check(Array(octets[min(end + 1, octets.count)...]), boundary: boundary)
    return 0
}

private func check(_ octets: [UInt8], boundary: [UInt8]) {
    guard let form = try? MultipartForm.parse(octets, boundary: boundary) else { return }
    precondition(form.parts.count <= 16)
    var place = 0
    for part in form.parts {
        precondition(part.content.lowerBound >= place && part.content.upperBound <= octets.count, "a part does not lie in its place")
        precondition(!part.name.isEmpty)
        place = part.content.upperBound
        precondition(!hasDelimiter(octets[part.content], boundary), "a delimiter was taken for content")
    }
}

/// The plain meaning of the search, octet by octet.
private func hasDelimiter(_ content: ArraySlice<UInt8>, _ boundary: [UInt8]) -> Bool {
    let wanted = [0x0d, 0x0a, 0x2d, 0x2d] + boundary
    for start in content.indices where content[start...].starts(with: wanted) {
        var rest = content[(start + wanted.count)...]
        if rest.starts(with: [0x2d, 0x2d]) { rest = rest.dropFirst(2) }
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
        if rest.starts(with: [0x0d, 0x0a]) { return true }
    }
    return false
}
