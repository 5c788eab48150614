import Compression

/// Opens the octets as gzip, zlib, deflate and ZIP.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzArchive(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let octets = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    ArchiveTrial(octets).run()
    return 0
}
